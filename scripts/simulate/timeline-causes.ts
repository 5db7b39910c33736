// Owns what a scenario does, as lines of its timeline: faults and maintenance, which are the causes of what the engine finds.
// Does not know the engine.
import type { Scenario } from './scenario.ts';
import { formatMoment, joinNames, type Line } from './timeline-text.ts';

/** More faults than this are not a story. */
const MAX_FAULTS = 200;

/** What the scenario does, which the engine does not know. */
export function causesOf({ faults, monitors, durationSeconds }: Scenario): Line[] {
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
  return lines.filter(({ at }) => at <= durationSeconds * 1_000);
}
