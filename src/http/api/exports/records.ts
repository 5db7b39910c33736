// Owns the records of exports: their columns as CSV, and the same fields as one JSON object a line.
import type { ExportedDay, ExportedObservation } from '../../../services/history/export-history.ts';
import type { ExportedIncident } from '../../../store/history/measured-incidents.ts';
import { jitterOf, locationUptimeOf, lossOf, percentileOf } from '../../../uptime/figures.ts';
import { uptimeOf } from '../../../uptime/moments.ts';
import { type CsvValue, csvLine } from '../../csv.ts';
import { iso, isoOrNull } from '../common.ts';

type Value = CsvValue | readonly string[];
type Fields = Readonly<Record<string, Value>>;

/** How one kind of record is written. A record can become several lines. */
export interface RecordKind<R> {
  readonly columns: readonly string[];
  toFields(record: R): Fields[];
}

const define = <R, C extends string>(
  columns: readonly C[],
  toFields: (record: R) => Record<C, Value>[],
): RecordKind<R> => ({ columns, toFields });

const PHASES = ['dnsMs', 'connectMs', 'tlsMs', 'firstByteMs', 'totalMs'] as const;

export const observationRecords = define(
  [
    ...(['monitor', 'location', 'startedAt', 'outcome', 'code', 'reason', 'phase', 'detail'] as const),
    ...PHASES,
    ...(['samplesSent', 'samplesLost', 'degraded'] as const),
  ],
  (run: ExportedObservation) => [
    {
      ...{ monitor: run.monitorId, location: run.location, startedAt: iso(run.startedAt) },
      ...{ outcome: run.outcome, code: run.code ?? null, reason: run.reason ?? null },
      ...{ phase: run.phase ?? null, detail: run.detail ?? null },
      dnsMs: run.timings.dnsMs ?? null,
      connectMs: run.timings.connectMs ?? null,
      tlsMs: run.timings.tlsMs ?? null,
      firstByteMs: run.timings.firstByteMs ?? null,
      totalMs: run.timings.totalMs ?? null,
      ...{ samplesSent: run.samples?.sent ?? null, samplesLost: run.samples?.lost ?? null },
      degraded: (run.degraded ?? []).map(({ code }) => code),
    },
  ],
);

const RUNS = ['ok', 'failed', 'unmeasured', 'p50Ms', 'p95Ms', 'p99Ms', 'jitterMs', 'loss'] as const;

const DAY_MS = 86_400_000;

/** A line of the monitor, without a location, and one for each location. */
export const dayRecords = define(
  [
    ...(['day', 'monitor', 'name', 'location', 'uptime', 'upSeconds', 'partialSeconds'] as const),
    ...(['downSeconds', 'noDataSeconds', 'maintenanceSeconds', 'pausedSeconds'] as const),
    ...(['votedSeconds', 'failingSeconds'] as const),
    ...RUNS,
  ],
  ({ day, monitorId, monitorName, totals, byLocation }: ExportedDay) => {
    const about = {
      day: iso(day * DAY_MS).slice(0, 10),
      ...{ monitor: monitorId, name: monitorName },
    };
    const noTimes = {
      ...{ upSeconds: null, partialSeconds: null, downSeconds: null },
      ...{ noDataSeconds: null, maintenanceSeconds: null, pausedSeconds: null },
    };
    const noRuns = {
      ...{ votedSeconds: null, failingSeconds: null, ok: null, failed: null, unmeasured: null },
      ...{ p50Ms: null, p95Ms: null, p99Ms: null, jitterMs: null, loss: null },
    };
    return [
      {
        ...{ ...about, location: null, uptime: uptimeOf(totals), ...noRuns },
        ...{ upSeconds: totals.up / 1000, partialSeconds: totals.partial / 1000 },
        ...{ downSeconds: totals.down / 1000, noDataSeconds: totals.no_data / 1000 },
        ...{ maintenanceSeconds: totals.maintenance / 1000, pausedSeconds: totals.paused / 1000 },
      },
      ...byLocation.map((figures) => ({
        ...{ ...about, location: figures.location, uptime: locationUptimeOf(figures), ...noTimes },
        ...{ votedSeconds: figures.votedMs / 1000, failingSeconds: figures.failingMs / 1000 },
        ...{ ok: figures.ok, failed: figures.failed, unmeasured: figures.unmeasured },
        p50Ms: percentileOf(figures.latency, 0.5),
        p95Ms: percentileOf(figures.latency, 0.95),
        p99Ms: percentileOf(figures.latency, 0.99),
        ...{ jitterMs: jitterOf(figures), loss: lossOf(figures) },
      })),
    ];
  },
);

export const incidentRecords = define(
  [
    ...(['id', 'monitor', 'name', 'location', 'verdict', 'state', 'startedAt', 'detectedAt'] as const),
    ...(['resolvedAt', 'durationSeconds', 'reason', 'scope', 'acknowledgedAt', 'acknowledgedBy'] as const),
  ],
  (row: ExportedIncident) => [
    {
      ...{ id: row.id, monitor: row.monitorId || null, name: row.monitorName || null },
      ...{ location: row.location, verdict: row.verdict, state: row.state, startedAt: iso(row.startedAt) },
      ...{ detectedAt: iso(row.detectedAt), resolvedAt: isoOrNull(row.resolvedAt) },
      durationSeconds: row.resolvedAt === null ? null : (row.resolvedAt - row.startedAt) / 1000,
      ...{ reason: row.reason, scope: row.scope, acknowledgedAt: isoOrNull(row.acknowledgedAt) },
      acknowledgedBy: row.acknowledgedBy,
    },
  ],
);

export type ExportFormat = 'csv' | 'ndjson';

/** The records as text, one or more lines at a time. */
export async function* recordLines<R>(
  { columns, toFields }: RecordKind<R>,
  records: AsyncGenerator<R>,
  format: ExportFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(columns);
  for await (const record of records)
    for (const fields of toFields(record))
      yield format === 'csv' ? csvRecord(columns, fields) : `${JSON.stringify(ordered(columns, fields))}\n`;
}

/** A list is one cell, separated by spaces: ids have none. */
const csvRecord = (columns: readonly string[], fields: Fields): string =>
  csvLine(
    columns.map((column) => {
      const value = fields[column];
      return Array.isArray(value) ? value.join(' ') : (value as CsvValue);
    }),
  );

const ordered = (columns: readonly string[], fields: Fields): Record<string, Value> =>
  Object.fromEntries(columns.map((column) => [column, fields[column]]));
