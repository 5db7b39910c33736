// Owns the picture of the shifts of two weeks: one line for each layer, the resulting one last. Decoration: the table beside
// it says the same in words.

import { localAt } from '../../../routing/local-clock.ts';
import type { Shift } from '../../../routing/on-call.ts';
import { dayText } from './time-zones.tsx';

export interface Layer {
  readonly name: string;
  readonly shifts: readonly Shift[];
}

const WIDTH = 1_120;
const LABEL = 120;
const ROW = 34;
const HEAD = 26;
const DAY_MS = 86_400_000;
const COLOURS = 8;

interface ShiftChartProps {
  readonly layers: readonly Layer[];
  readonly from: number;
  readonly to: number;
  readonly timeZone: string;
  /** By id. */
  readonly names: ReadonlyMap<string, string>;
}

export const ShiftChart = ({ layers, from, to, timeZone, names }: ShiftChartProps) => {
  const people = [
    ...new Set(
      layers.flatMap(({ shifts }) => shifts.flatMap(({ onCall }) => onCall.map((one) => one.person))),
    ),
  ];
  const x = (at: number): number => Math.round(LABEL + ((at - from) / (to - from)) * (WIDTH - LABEL));
  const height = HEAD + layers.length * ROW + 4;
  return (
    <section class="scroll" tabindex={0} aria-label="Picture of the shifts">
      <svg
        class="shifts"
        viewBox={`0 0 ${WIDTH} ${height}`}
        width={WIDTH}
        height={height}
        role="img"
        aria-label="Shifts of the next 14 days. The table below lists them."
      >
        {midnights(from, to, timeZone).map(({ at, label }) => (
          <>
            <line class="day" x1={x(at)} x2={x(at)} y1={4} y2={height} />
            <text class="date" x={x(at) + 4} y={17}>
              {label}
            </text>
          </>
        ))}
        {layers.map(({ name, shifts }, row) => (
          <>
            <text class="layer" x={0} y={HEAD + row * ROW + 22}>
              {cut(name, 15)}
            </text>
            {shifts.flatMap(({ startsAt, endsAt, onCall }) =>
              onCall.slice(0, 3).map(({ person }, index, all) => {
                const [left, right] = [x(Math.max(startsAt, from)), x(Math.min(endsAt, to))];
                const each = (ROW - 6) / all.length;
                const width = Math.max(1, right - left - 2);
                return (
                  <>
                    <rect
                      class={`p${people.indexOf(person) % COLOURS}`}
                      x={left}
                      y={HEAD + row * ROW + 3 + index * each}
                      width={width}
                      height={each - 1}
                      rx={4}
                    >
                      <title>{names.get(person) ?? person}</title>
                    </rect>
                    {width > 40 && each > 12 ? (
                      <text class="who" x={left + 6} y={HEAD + row * ROW + 3 + index * each + each / 2 + 4}>
                        {cut(names.get(person) ?? person, Math.floor((width - 10) / 7))}
                      </text>
                    ) : null}
                  </>
                );
              }),
            )}
          </>
        ))}
      </svg>
    </section>
  );
};

const cut = (text: string, length: number): string => {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, Math.max(1, length - 1)).join('')}…`;
};

/** Midnights of the zone. Around a jump of the clock, the nearest hour. */
function midnights(from: number, to: number, timeZone: string): { at: number; label: string }[] {
  const found: { at: number; label: string }[] = [];
  for (let at = from; at < to; at += DAY_MS) {
    const local = localAt(timeZone, at);
    const midnight = at + (Math.ceil(local / DAY_MS) * DAY_MS - local);
    if (midnight >= from && midnight < to)
      found.push({ at: midnight, label: dayText(Math.ceil(local / DAY_MS) * DAY_MS).slice(0, -4) });
  }
  return found;
}
