// Owns the chart of response times by location, and of the durations of a job: an SVG that is made on the server. The table below it has the figures, for
// readers who do not see the lines. Lines differ in dashes as well as in colours.
import type { Texts } from '../../status-pages/languages/texts.ts';
import type { MonitorPageView } from './monitor-page-view.ts';
import type { Rendering } from './rendering.tsx';

const WIDTH = 1_000;
const HEIGHT = 250;
/** As many colours and dashes as the stylesheet has. */
const KINDS = 8;
const ROUND = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10];

/** The next round number from the largest value up, of which a quarter is round too. */
export function niceMaximum(values: readonly number[]): number {
  const largest = Math.max(1, ...values);
  const power = 10 ** Math.floor(Math.log10(largest));
  return (ROUND.find((step) => step * power >= largest) ?? 10) * power;
}

/** The lines of a series: a part without data ends a line. One point alone is a line without length: a dot. */
export function linesOf(points: readonly (number | null)[], maximum: number): string[] {
  const step = WIDTH / Math.max(1, points.length - 1);
  const round = (value: number): number => Math.round(value * 10) / 10;
  const lines: string[][] = [[]];
  points.forEach((value, index) => {
    const line = lines.at(-1) as string[];
    if (value === null) {
      if (line.length > 0) lines.push([]);
    } else line.push(`${round(index * step)},${round(HEIGHT - (value / maximum) * HEIGHT)}`);
  });
  return lines
    .filter((line) => line.length > 0)
    .map((line) => (line.length === 1 ? `${line[0]} ${line[0]}` : line.join(' ')));
}

/** A dot is wide enough to be seen: the first minutes of a monitor are one point. */
function isDot(line: string): boolean {
  const [first, second, ...rest] = line.split(' ');
  return first === second && rest.length === 0;
}

interface ChartProps {
  readonly view: MonitorPageView;
  readonly series: readonly Series[];
  readonly of: Rendering;
  /** What the chart is, for readers who do not see it. */
  readonly label: string;
  /** What the axis counts in. */
  readonly unit: Unit;
}

export interface Series {
  readonly name: string;
  readonly points: readonly (number | null)[];
}

export interface Unit {
  /** In ms. */
  readonly length: number;
  readonly words: (value: string) => string;
}

/** The largest unit of which the longest duration has one. */
export function unitOf(longestMs: number, { monitor }: Texts): Unit {
  if (longestMs >= 3_600_000) return { length: 3_600_000, words: monitor.hours };
  if (longestMs >= 60_000) return { length: 60_000, words: monitor.minutes };
  if (longestMs >= 1_000) return { length: 1_000, words: monitor.seconds };
  return { length: 1, words: monitor.milliseconds };
}

const Y_TICKS = 4;

export const LatencyChart = ({ view, series, of, label, unit }: ChartProps) => {
  const { formats } = of;
  const values = series.flatMap(({ points }) => points.filter((value) => value !== null));
  const maximum = niceMaximum(values.map((value) => value / unit.length));
  const ticks = Array.from({ length: Y_TICKS + 1 }, (_, index) => (maximum * (Y_TICKS - index)) / Y_TICKS);
  return (
    <div class="chart">
      <div class="y" aria-hidden="true">
        {ticks.map((tick) => (
          <span>{unit.words(formats.number(tick))}</span>
        ))}
      </div>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {ticks.map((_, index) => (
          <path class="grid" d={`M0 ${(HEIGHT * index) / Y_TICKS}H${WIDTH}`} />
        ))}
        {series.map(({ points, name }, index) => (
          <g class={`k${index % KINDS}`}>
            <title>{name}</title>
            {linesOf(points, maximum * unit.length).map((line) => (
              <polyline points={line} class={isDot(line) ? 'dot' : undefined} />
            ))}
          </g>
        ))}
      </svg>
      <div class="x" aria-hidden="true">
        {xLabels(view, of).map((label) => (
          <span>{label}</span>
        ))}
      </div>
    </div>
  );
};

const X_TICKS = 4;

const xLabels = ({ from, to, range }: MonitorPageView, { formats }: Rendering): string[] =>
  Array.from({ length: X_TICKS + 1 }, (_, index) => {
    const at = from + ((to - from) * index) / X_TICKS;
    return range === '24h' ? formats.clock(at) : formats.shortDate(at);
  });

export const Swatch = ({ index }: { index: number }) => (
  <svg class={`swatch k${index % KINDS}`} viewBox="0 0 24 4" aria-hidden="true">
    <path d="M0 2H24" />
  </svg>
);
