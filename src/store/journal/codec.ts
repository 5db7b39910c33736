// A journal entry as a row, and back. What is settled is always what was decoded, so a replay is exact.
import { Buffer } from 'node:buffer';
import {
  type CapturedResponse,
  type Degraded,
  FAILURE_CODES,
  type Phase,
  type Samples,
  type Timings,
  UNMEASURED_REASONS,
} from '../../../probes/contract/index.ts';
import type {
  Change,
  ChangeEntry,
  Entry,
  ReportEntry,
  ReportedObservation,
} from '../../engine/model/journal.ts';
import { VarintReader, VarintWriter } from '../varint.ts';
import { MAX_RESPONSES_PER_REPORT } from './response-budget.ts';
import { readTimings, writeTimings } from './timing-columns.ts';

/** Look starts are kept in steps of 10 ms from the invocation's start. */
const START_STEP_MS = 10;
/** Outcome bytes: 0 ok, 1… failure codes, 128… reasons for unmeasured. */
const UNMEASURED_BASE = 128;

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

/**
 * Of an ok look what it warns of, of any other everything. `network` is there once a target, with the first look that
 * knows it.
 */
interface ExactFigures {
  detail?: string;
  timings?: Timings;
  network?: string;
  degraded?: readonly Degraded[];
  samples?: Samples;
  phase?: Phase;
  response?: CapturedResponse;
}

/** What does not fit a byte: the invocation's own facts, and for each look (by position) its exact figures. */
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
    detail: { changes },
  };
}

function encodeReport(entry: ReportEntry): EntryColumns {
  const runs = [...entry.observations].sort((a, b) => a.monitor - b.monitor || a.startedAt - b.startedAt);
  const detail: ReportDetail = { asked: entry.askedAt, answered: entry.answeredAt };
  if (entry.error !== null) detail.error = entry.error;
  if (entry.missedDeadline) detail.missed = true;
  const kept: NonNullable<ReportDetail['runs']> = {};
  let replies = 0;
  for (const [index, run] of runs.entries()) {
    if (run.response !== undefined) replies += 1;
    const facts = exactFigures(run, replies <= MAX_RESPONSES_PER_REPORT);
    if (facts) kept[index] = facts;
  }
  if (Object.keys(kept).length > 0) detail.runs = kept;
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

/** Null where the columns say everything. */
function exactFigures(run: ReportedObservation, withReply: boolean): ExactFigures | null {
  const { network, degraded, detail, timings, phase, samples, response } = run;
  const everywhere = network === undefined ? {} : { network };
  if (run.outcome === 'ok') {
    const warns = degraded !== undefined && degraded.length > 0;
    if (!warns) return network === undefined ? null : everywhere;
    return { ...everywhere, degraded };
  }
  return {
    ...everywhere,
    ...(detail === undefined ? {} : { detail }),
    ...(Object.keys(timings).length === 0 ? {} : { timings }),
    ...(phase === undefined ? {} : { phase }),
    ...(samples === undefined ? {} : { samples }),
    ...(response === undefined || !withReply ? {} : { response }),
  };
}

const startStep = (run: ReportedObservation, entry: ReportEntry): number =>
  Math.max(0, Math.floor((run.startedAt - entry.askedAt) / START_STEP_MS));

/** Steps from value to value, equal ones counted: monitor numbers in a row, and starts at one moment, cost two bytes. */
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

function outcomeByte(run: ReportedObservation): number {
  if (run.outcome === 'ok') return 0;
  if (run.outcome === 'failed') return 1 + FAILURE_CODES.indexOf(run.code ?? 'unexpected_reply');
  return UNMEASURED_BASE + UNMEASURED_REASONS.indexOf(run.reason ?? 'bad_report');
}

/** Throws when a row is damaged: a journal that cannot be read must not be settled on. */
export function decodeEntry(row: EntryColumns): Entry {
  if (row.kind === 'change') {
    const { changes } = row.detail as { changes: ChangeEntry['changes'] };
    return { kind: 'change', at: row.at, changes: changes.map(withDefaults) };
  }
  const detail = row.detail as ReportDetail;
  const monitors = readDeltaRuns(row.monitors);
  const starts = readDeltaRuns(row.starts);
  const timed = readTimings(row.phases, monitors.length);
  const observations = monitors.map((monitor, index): ReportedObservation => {
    const startedAt = detail.asked + (starts[index] ?? 0) * START_STEP_MS;
    const byte = row.outcomes?.[index] ?? 0;
    // What is kept are optional fields of an observation, by their own names.
    const kept = detail.runs?.[index] ?? {};
    if (byte === 0) {
      const { timings, samples } = timed[index]!;
      return { monitor, startedAt, outcome: 'ok', timings, ...(samples ? { samples } : {}), ...kept };
    }
    const exact = { timings: {}, ...kept };
    if (byte < UNMEASURED_BASE)
      return { monitor, startedAt, outcome: 'failed', code: FAILURE_CODES[byte - 1]!, ...exact };
    return {
      monitor,
      startedAt,
      outcome: 'unmeasured',
      reason: UNMEASURED_REASONS[byte - UNMEASURED_BASE]!,
      ...exact,
    };
  });
  return {
    kind: 'report',
    at: row.at,
    location: row.location ?? 0,
    askedAt: detail.asked,
    answeredAt: detail.answered,
    error: detail.error ?? null,
    missedDeadline: detail.missed === true,
    observations,
  };
}

/** Rows from before dependencies know none. */
const withDefaults = (change: Change): Change =>
  change.type === 'monitor' || change.type === 'monitor.target_changed'
    ? { ...change, policy: { ...change.policy, dependsOn: change.policy.dependsOn ?? [] } }
    : change;

function readDeltaRuns(column: Uint8Array | null): number[] {
  const values: number[] = [];
  const from = new VarintReader(column ?? new Uint8Array());
  let last = 0;
  while (!from.done) {
    const step = from.signed();
    for (let left = from.unsigned(); left >= 0; left -= 1) {
      last += step;
      values.push(last);
    }
  }
  return values;
}
