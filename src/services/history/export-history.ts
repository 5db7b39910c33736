// Exports observations, days and incidents: read in pages and yielded one by one, so that memory is bounded. Does not
// format.
import type { Caller } from '../../access/caller.ts';
import { type HistoryObservation, readDays, readObservations } from '../../history/read-history.ts';
import { type ExportedIncident, readIncidentsAfter } from '../../store/history/measured-incidents.ts';
import type { HistoryMonitor } from '../../store/history/monitor-histories.ts';
import type { DayFigures } from '../../uptime/model.ts';
import { listReadableFormerMonitors, listReadableMonitors } from './history-access.ts';

export interface ExportRange {
  readonly from: number;
  readonly to: number;
  readonly now: number;
  /** Null: all monitors that the caller reads, deleted ones included. */
  readonly monitor: HistoryMonitor | null;
}

const INCIDENTS_PER_PAGE = 200;
const DAY_MS = 86_400_000;
/** Days of so many monitors are decoded at once. */
const MONITORS_PER_PAGE = 4;
const DAYS_PER_PAGE = 400;

type ExportedMonitor = Pick<HistoryMonitor, 'number' | 'id' | 'name'>;

/** By number, so that the order of an export does not depend on names. */
async function exportedMonitors(
  db: D1Database,
  { monitor }: ExportRange,
  caller: Pick<Caller, 'restriction'>,
): Promise<ExportedMonitor[]> {
  if (monitor !== null) return [monitor];
  const [existing, former] = await Promise.all([
    listReadableMonitors(db, caller),
    listReadableFormerMonitors(db, caller),
  ]);
  return [...existing, ...former].sort((a, b) => a.number - b.number);
}

export interface ExportedObservation extends HistoryObservation {
  readonly monitorId: string;
}

/** Monitor by monitor, each in the order of its runs. */
export async function* exportObservations(
  db: D1Database,
  range: ExportRange,
  caller: Pick<Caller, 'restriction'>,
): AsyncGenerator<ExportedObservation> {
  const { from, to, now } = range;
  for (const { number, id } of await exportedMonitors(db, range, caller))
    for await (const observation of readObservations(db, { number, from, to, now }))
      yield { ...observation, monitorId: id };
}

export interface ExportedDay extends DayFigures {
  readonly monitorId: string;
  readonly monitorName: string;
}

/** UTC days that the range touches, monitor by monitor. */
export async function* exportDays(
  db: D1Database,
  range: ExportRange,
  caller: Pick<Caller, 'restriction'>,
): AsyncGenerator<ExportedDay> {
  const monitors = await exportedMonitors(db, range, caller);
  const first = Math.floor(range.from / DAY_MS) * DAY_MS;
  for (let index = 0; index < monitors.length; index += MONITORS_PER_PAGE) {
    const page = monitors.slice(index, index + MONITORS_PER_PAGE);
    const numbers = page.map(({ number }) => number);
    for (let from = first; from < range.to; from += DAYS_PER_PAGE * DAY_MS) {
      const to = Math.min(from + DAYS_PER_PAGE * DAY_MS, range.to);
      const days = await readDays(db, { numbers, from, to, now: range.now });
      for (const { number, id, name } of page)
        for (const day of days.get(number) ?? []) yield { ...day, monitorId: id, monitorName: name };
    }
  }
}

/** Incidents that began in the range, oldest first. Without a restriction and for all monitors, also those of locations. */
export async function* exportIncidents(
  db: D1Database,
  { monitor, from, to }: ExportRange,
  caller: Pick<Caller, 'restriction'>,
): AsyncGenerator<ExportedIncident> {
  const numbers =
    monitor !== null
      ? [monitor.number]
      : caller.restriction === null
        ? null
        : (await listReadableMonitors(db, caller)).map(({ number }) => number);
  let after: { readonly startedAt: number; readonly id: string } | null = null;
  for (;;) {
    const rows: readonly ExportedIncident[] = await readIncidentsAfter(db, {
      ...{ from, to, numbers, after, limit: INCIDENTS_PER_PAGE },
    });
    yield* rows;
    const last: ExportedIncident | undefined = rows.at(-1);
    if (last === undefined || rows.length < INCIDENTS_PER_PAGE) return;
    after = { startedAt: last.startedAt, id: last.id };
  }
}
