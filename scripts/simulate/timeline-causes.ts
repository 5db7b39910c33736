// Owns what a scenario does, as lines of its timeline: faults, maintenance, the cron trigger and the clock, which are the
// causes of what the engine finds.
// Does not know the engine.
import type { Scenario } from './scenario.ts';
import { formatDuration, formatMoment, joinNames, type Line } from './timeline-text.ts';

/** More faults than this are not a story. */
const MAX_FAULTS = 200;

/** What the scenario does, which the engine does not know. */
export function causesOf({ faults, monitors, cron, clock, durationSeconds }: Scenario): Line[] {
  const lines: Line[] = [];
  if (faults.length > MAX_FAULTS)
    lines.push({ at: 0, text: `${faults.length} faults follow, too many to list.` });
  for (const { from, to, kind, probability, ...where } of faults.length > MAX_FAULTS ? [] : faults) {
    const who = where.monitors === '*' ? 'everything' : joinNames(where.monitors);
    const places = where.locations === '*' ? 'all locations' : joinNames(where.locations);
    const share = probability < 1 ? `, ${Math.round(probability * 100)} % of the runs` : '';
    const until = to >= durationSeconds ? 'to the end' : `until ${formatMoment(to * 1_000, durationSeconds)}`;
    lines.push({ at: from * 1_000, text: `FAULT ${kind} begins: ${who} at ${places}${share}, ${until}.` });
    if (to < durationSeconds)
      lines.push({ at: to * 1_000, text: `FAULT ${kind} ends: ${who} at ${places}.` });
  }
  for (const { id, maintenance } of monitors)
    for (const { from, to } of maintenance) {
      const until = formatMoment(to * 1_000, durationSeconds);
      lines.push({ at: from * 1_000, name: id, text: `maintenance begins, until ${until}.` });
      lines.push({ at: to * 1_000, name: id, text: 'maintenance ends.' });
    }
  lines.push(...cronLines(cron, durationSeconds), ...clockLines(clock, durationSeconds));
  return lines.filter(({ at }) => at <= durationSeconds * 1_000);
}

function cronLines({ skip, double, restartAt }: Scenario['cron'], durationSeconds: number): Line[] {
  const until = (to: number): string => formatMoment(to * 1_000, durationSeconds);
  return [
    ...skip.flatMap(([from, to]) => [
      { at: from * 1_000, text: `CRON stops: no tick runs, until ${until(to)}.` },
      { at: to * 1_000, text: 'CRON runs again.' },
    ]),
    ...double.flatMap(([from, to]) => [
      { at: from * 1_000, text: `CRON runs every tick twice, until ${until(to)}.` },
      { at: to * 1_000, text: 'CRON runs every tick once again.' },
    ]),
    ...restartAt.map((at) => ({
      at: at * 1_000,
      text: 'RESTART of the coordinator: the tick that runs is lost.',
    })),
  ];
}

function clockLines(clock: Scenario['clock'], durationSeconds: number): Line[] {
  return clock.flatMap(({ from, to, offsetSeconds }) => {
    const direction = offsetSeconds < 0 ? 'behind' : 'ahead';
    const until = to === undefined ? 'to the end' : `until ${formatMoment(to * 1_000, durationSeconds)}`;
    const offset = formatDuration(Math.abs(offsetSeconds) * 1_000);
    const begins = {
      at: from * 1_000,
      text: `CLOCK of the coordinator is ${offset} ${direction}, ${until}.`,
    };
    return to === undefined
      ? [begins]
      : [begins, { at: to * 1_000, text: 'CLOCK of the coordinator is right again.' }];
  });
}
