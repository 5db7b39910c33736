// Owns a journal entry as a row, and back. The engine applies what was decoded, so a replay is exact.
import { Buffer } from 'node:buffer';
import type { Entry, ReportEntry, ReportedObservation } from '../../engine/model/journal.ts';
import { isMeasuredByte, outcomeByte, outcomeOfByte } from '../outcome-bytes.ts';
import { check, figuresSchema, reportDetailSchema } from '../stored-schemas.ts';
import { VarintReader, VarintWriter } from '../varint.ts';
import { decodeChanges, encodeChanges } from './changes.ts';
import { readTimings, readTimingsAt, writeTimings } from './timing-columns.ts';

/** Run starts are stored in steps of 10 ms from the start of the invocation. */
const START_STEP_MS = 10;
/** As many as a report may have: a damaged count must not fill the memory. */
const MAX_RUNS = 10_000;

/** The columns of a row that hold the entry. */
export interface EntryColumns {
  readonly at: number;
  readonly kind: 'report' | 'change';
  readonly location: number | null;
  readonly monitors: Buffer | null;
  readonly starts: Buffer | null;
  readonly outcomes: Buffer | null;
  readonly phases: Buffer | null;
  readonly detail: unknown;
}

/** What the columns of a run do not hold: of an ok run its warnings, of any other run everything. */
export type ExactFigures = Partial<
  Pick<ReportedObservation, 'detail' | 'timings' | 'network' | 'degraded' | 'samples' | 'phase' | 'response'>
>;

/** What does not fit a byte: the invocation's own times and error, and exact figures by the position of the run. */
interface ReportDetail {
  asked: number;
  answered: number;
  error?: string;
  missed?: true;
  runs?: Record<string, ExactFigures>;
}

export function encodeEntry(entry: Entry): EntryColumns {
  if (entry.kind === 'report') return encodeReport(entry);
  const { at, kind, changes } = entry;
  return {
    at,
    kind,
    location: null,
    monitors: null,
    starts: null,
    outcomes: null,
    phases: null,
    detail: encodeChanges(changes),
  };
}

function encodeReport(entry: ReportEntry): EntryColumns {
  const runs = [...entry.observations].sort((a, b) => a.monitor - b.monitor || a.startedAt - b.startedAt);
  const detail: ReportDetail = { asked: entry.askedAt, answered: entry.answeredAt };
  if (entry.error !== null) detail.error = entry.error;
  if (entry.missedDeadline) detail.missed = true;
  const exact = runs.flatMap((run, index) => {
    const figures = exactFigures(run);
    return figures ? [[index, figures] as const] : [];
  });
  if (exact.length > 0) detail.runs = Object.fromEntries(exact);
  const column = (write: (to: VarintWriter) => void): Buffer => {
    const to = new VarintWriter();
    write(to);
    return Buffer.from(to.finish());
  };
  const allOk = runs.every((run) => run.outcome === 'ok');
  return {
    at: entry.at,
    kind: 'report',
    location: entry.location,
    monitors: column((to) =>
      writeDeltaRuns(
        to,
        runs.map((run) => run.monitor),
      ),
    ),
    starts: column((to) =>
      writeDeltaRuns(
        to,
        runs.map((run) => startStep(run, entry)),
      ),
    ),
    outcomes: allOk ? null : column((to) => writeOutcomes(to, runs)),
    phases: column((to) => writeTimings(to, runs)),
    detail,
  };
}

/** Null if the columns hold everything. */
export function exactFigures(run: ReportedObservation): ExactFigures | null {
  const { network, degraded, detail, timings, phase, samples, response } = run;
  const base = network === undefined ? {} : { network };
  if (run.outcome === 'ok') {
    if (degraded !== undefined && degraded.length > 0) return { ...base, degraded };
    return network === undefined ? null : base;
  }
  return {
    ...base,
    ...(detail === undefined ? {} : { detail }),
    ...(Object.keys(timings).length === 0 ? {} : { timings }),
    ...(phase === undefined ? {} : { phase }),
    ...(samples === undefined ? {} : { samples }),
    ...(response === undefined ? {} : { response }),
  };
}

const startStep = (run: ReportedObservation, entry: ReportEntry): number =>
  Math.max(0, Math.floor((run.startedAt - entry.askedAt) / START_STEP_MS));

/** Run lengths of equal steps: consecutive monitor numbers, or equal starts, cost two bytes. */
function writeDeltaRuns(to: VarintWriter, values: readonly number[]): void {
  for (let from = 0; from < values.length; ) {
    const step = deltaAt(values, from);
    let until = from + 1;
    while (until < values.length && deltaAt(values, until) === step) until += 1;
    to.signed(step);
    to.unsigned(until - from - 1);
    from = until;
  }
}

const deltaAt = (values: readonly number[], index: number): number =>
  values[index]! - (values[index - 1] ?? 0);

function writeOutcomes(to: VarintWriter, runs: readonly ReportedObservation[]): void {
  for (const run of runs) to.byte(outcomeByte(run));
}

/** Throws if a row is damaged: the engine must not continue from it. */
export function decodeEntry(row: EntryColumns): Entry {
  if (!Number.isSafeInteger(row.at)) throw new Error('`at` is not a time');
  if (row.kind === 'change') return { kind: 'change', at: row.at, changes: decodeChanges(row.detail) };
  if (row.kind !== 'report') throw new Error('`kind` is neither report nor change');
  if (!Number.isSafeInteger(row.location)) throw new Error('`location` is not a number');
  const detail = check(reportDetailSchema, row.detail, 'detail');
  const monitors = readDeltaRuns(row.monitors, 'monitors');
  const starts = readDeltaRuns(row.starts, 'starts');
  if (starts.length !== monitors.length)
    throw new Error(`there are ${monitors.length} monitors, but ${starts.length} starts`);
  if (row.outcomes !== null && row.outcomes.length !== monitors.length)
    throw new Error(`there are ${monitors.length} monitors, but ${row.outcomes.length} outcomes`);
  const timed = readTimings(row.phases, monitors.length);
  const figures = figuresOf(detail.runs ?? {}, monitors.length);
  const observations = monitors.map((monitor, index): ReportedObservation => {
    const startedAt = detail.asked + starts[index]! * START_STEP_MS;
    const cause = outcomeOfByte(row.outcomes?.[index] ?? 0);
    if (cause.outcome === 'ok') return { monitor, startedAt, ...cause, ...timed[index]!, ...figures[index] };
    return { monitor, startedAt, ...cause, timings: {}, ...figures[index] };
  });
  return { ...reportOf(row, detail), observations };
}

/** Everything of a report but its observations. */
const reportOf = (
  row: EntryColumns,
  detail: Pick<ReportDetail, 'asked' | 'answered'> & {
    readonly error?: string | undefined;
    readonly missed?: true | undefined;
  },
) => ({
  kind: 'report' as const,
  at: row.at,
  location: row.location ?? 0,
  askedAt: detail.asked,
  answeredAt: detail.answered,
  error: detail.error ?? null,
  missedDeadline: detail.missed === true,
});

/** An entry with the observations of these monitors only. The caller knows that the row is whole. */
export function decodePartOfEntry(row: EntryColumns, isWanted: (monitor: number) => boolean): Entry {
  if (row.kind === 'change') return decodeEntry(row);
  const detail = row.detail as ReportDetail;
  const monitors = readDeltaRuns(row.monitors, 'monitors');
  const starts = readDeltaRuns(row.starts, 'starts');
  const observations: ReportedObservation[] = [];
  monitors.forEach((monitor, index) => {
    if (!isWanted(monitor)) return;
    const startedAt = detail.asked + starts[index]! * START_STEP_MS;
    const cause = outcomeOfByte(row.outcomes?.[index] ?? 0);
    const timed =
      cause.outcome === 'ok' ? readTimingsAt(row.phases, monitors.length, index) : { timings: {} };
    const figures = detail.runs?.[index];
    if (figures !== undefined && !isPlain(figures)) check(figuresSchema, figures, `detail.runs.${index}`);
    observations.push({ monitor, startedAt, ...cause, ...timed, ...figures });
  });
  return {
    ...reportOf(row, detail),
    observations,
    measured: monitors.length > 0 && (row.outcomes?.some(isMeasuredByte) ?? true),
  };
}

/** Exact figures by the position of the run. */
function figuresOf(runs: Readonly<Record<string, unknown>>, count: number): ExactFigures[] {
  const figures: ExactFigures[] = [];
  for (const [key, value] of Object.entries(runs)) {
    const index = Number(key);
    if (!Number.isInteger(index) || index < 0 || index >= count) throw new Error(`run ${key} does not exist`);
    if (!isPlain(value)) check(figuresSchema, value, `detail.runs.${key}`);
    figures[index] = value as ExactFigures;
  }
  return figures;
}

/** Only a sentence, a network and timings, all valid: nearly all figures of an outage. The schema is ten times slower. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  for (const [key, field] of Object.entries(value)) {
    if (key === 'detail' || key === 'network') {
      if (typeof field !== 'string') return false;
    } else if (key !== 'timings' || typeof field !== 'object' || field === null) return false;
    else if (!TIMINGS.every((one) => field[one] === undefined || isDuration(field[one]))) return false;
  }
  return true;
}

const TIMINGS = ['dnsMs', 'connectMs', 'tlsMs', 'firstByteMs', 'totalMs'] as const;
const isDuration = (ms: unknown): boolean => typeof ms === 'number' && Number.isFinite(ms) && ms >= 0;

export function readDeltaRuns(column: Uint8Array | null, name: string): number[] {
  const values: number[] = [];
  const from = new VarintReader(column ?? new Uint8Array());
  let last = 0;
  while (!from.done) {
    const step = from.signed();
    const more = from.unsigned();
    if (values.length + more >= MAX_RUNS) throw new Error(`\`${name}\` has more than ${MAX_RUNS} values`);
    for (let left = more; left >= 0; left -= 1) {
      last += step;
      if (!Number.isSafeInteger(last) || last < 0) throw new Error(`\`${name}\` has a value out of range`);
      values.push(last);
    }
  }
  return values;
}
