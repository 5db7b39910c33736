// Owns the state of the history as the JSON of the compaction's row, and back.
import { Buffer } from 'node:buffer';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Condition, HistoryState, Layer, TrackedMonitor } from './history-state.ts';

/** Where the next run continues. */
export interface CompactionState {
  /** The day after `compaction.day` is written up to this monitor. 0: not begun. */
  readonly cursor: number;
  readonly history: HistoryState;
}

type OpenRow = [layer: Layer, by: number, since: number];
type MonitorRow = [number: number, from: number, staleMs: number, open?: OpenRow[], incident?: string];

interface Stored {
  monitors: MonitorRow[];
  locations: [number: number, id: string, quarantinedSince: number | null][];
  windows: [
    id: string,
    monitors: 'all' | readonly number[],
    spans: readonly (readonly [number, number])[],
    since: number,
  ][];
  maintenances: [monitors: 'all' | readonly number[], from: number, to: number][];
  quarantines: [location: number, from: number, to: number][];
  removed: [number: number, staleMs: number, at: number][];
}

/** As in the column: the history, or its deflated JSON if it is large. */
type Column = { cursor: number } & (Stored | { deflated: string });

/** A row has at most 2,000,000 bytes, and an outage of every monitor is long. */
const DEFLATE_FROM = 50_000;

export function encodeState({ cursor, history }: CompactionState): string {
  const stored: Stored = {
    monitors: [...history.monitors.values()].map(monitorRow),
    locations: [...history.locations].map(([number, { id, quarantinedSince }]) => [
      number,
      id,
      quarantinedSince,
    ]),
    windows: [...history.windows].map(([id, { monitors, spans, since }]) => [id, monitors, spans, since]),
    maintenances: history.maintenances.map(({ monitors, from, to }) => [monitors, from, to]),
    quarantines: history.quarantines.map(({ location, from, to }) => [location, from, to]),
    removed: history.removed.map(({ number, staleMs, at }) => [number, staleMs, at]),
  };
  const text = JSON.stringify(stored);
  if (text.length < DEFLATE_FROM) return JSON.stringify({ cursor, ...stored } satisfies Column);
  const deflated = deflateRawSync(Buffer.from(text)).toString('base64');
  return JSON.stringify({ cursor, deflated } satisfies Column);
}

function monitorRow({ number, from, staleMs, open, incident }: TrackedMonitor): MonitorRow {
  const row: MonitorRow = [number, from, staleMs];
  if (open.size > 0) row.push([...open].map(([layer, { by, since }]): OpenRow => [layer, by, since]));
  if (incident !== null) row.push(incident);
  return row;
}

export function decodeState(column: unknown): CompactionState {
  const { cursor, ...rest } = column as Column;
  const stored: Stored =
    'deflated' in rest
      ? JSON.parse(inflateRawSync(Buffer.from(rest.deflated, 'base64')).toString())
      : (rest as Stored);
  return {
    cursor,
    history: {
      monitors: new Map(stored.monitors.map((row) => [row[0], trackedMonitor(row)])),
      locations: new Map(
        stored.locations.map(([number, id, quarantinedSince]) => [number, { id, quarantinedSince }]),
      ),
      windows: new Map(
        stored.windows.map(([id, monitors, spans, since]) => [id, { monitors, spans, since }]),
      ),
      maintenances: stored.maintenances.map(([monitors, from, to]) => ({ monitors, from, to })),
      quarantines: stored.quarantines.map(([location, from, to]) => ({ location, from, to })),
      removed: stored.removed.map(([number, staleMs, at]) => ({ number, staleMs, at })),
    },
  };
}

const trackedMonitor = ([number, from, staleMs, open = [], incident]: MonitorRow): TrackedMonitor => ({
  ...{ number, from, staleMs, incident: incident ?? null },
  open: new Map(open.map(([layer, by, since]): [Layer, Condition] => [layer, { by, since }])),
});
