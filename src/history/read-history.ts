// Owns the history of monitors as one, whatever of it is compacted: journal, series and days. A reader sees the same history
// before, during and after a run of the compaction.
import type {
  Degraded,
  FailureCode,
  Phase,
  Samples,
  Timings,
  UnmeasuredReason,
} from '../../probes/contract/index.ts';
import type { DayFigures, MomentSpan } from '../uptime/model.ts';

/** One run, as the history keeps it: without the response, which only evidence has. */
export interface HistoryObservation {
  readonly monitor: number;
  /** Its id, such as `aws:eu-central-1`. */
  readonly location: string;
  /** In steps of 10 ms. */
  readonly startedAt: number;
  readonly outcome: 'ok' | 'failed' | 'unmeasured';
  readonly code?: FailureCode;
  readonly reason?: UnmeasuredReason;
  readonly phase?: Phase;
  readonly detail?: string;
  /** Of ok runs at most 3 % off (a total that is the sum of its phases: 9 %), of others exact. */
  readonly timings: Timings;
  readonly samples?: Samples;
  readonly degraded?: readonly Degraded[];
}

/** The spans of a monitor in a range, and the part of the range in which it existed. */
export interface HistorySpans {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly group: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** The monitor existed from here, and to here; `to` is at most now. */
  readonly from: number;
  readonly to: number;
  /** Disjoint, in order, cut at `from` and `to`. What no span covers is up. */
  readonly spans: readonly MomentSpan[];
}

export interface HistoryRange {
  /** Numbers of monitors, deleted ones included. Null: all that ever had a history. */
  readonly numbers: readonly number[] | null;
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

export async function readSpans(_db: D1Database, _range: HistoryRange): Promise<readonly HistorySpans[]> {
  return [];
}

/** UTC days that the range touches, today so far included, oldest first, by monitor number. */
export async function readDays(
  _db: D1Database,
  _range: HistoryRange,
): Promise<ReadonlyMap<number, readonly DayFigures[]>> {
  return new Map();
}

/** Every observation that is still kept of one monitor, by start, then location. Reads a part at a time. */
export async function* readObservations(
  _db: D1Database,
  _range: Omit<HistoryRange, 'numbers'> & { readonly number: number },
): AsyncGenerator<HistoryObservation> {}
