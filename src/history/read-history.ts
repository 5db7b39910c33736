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
import { readStoredDays } from '../store/history/days.ts';
import { momentsOf, replaceFacts } from '../store/history/facts.ts';
import { changedDays, existence, type HistoryHead, openDayFacts, readHead } from '../store/history/head.ts';
import type { Fact } from '../store/history/history-state.ts';
import { dayOf } from '../store/history/ids.ts';
import type { DayFigures, MomentSpan } from '../uptime/model.ts';
import { disjointSpans } from '../uptime/moments.ts';

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

export async function readSpans(db: D1Database, range: HistoryRange): Promise<readonly HistorySpans[]> {
  const head = await readHead(db, range);
  const written = await writtenFacts(db, head, range);
  return [...head.rows.values()].flatMap((row): HistorySpans[] => {
    const { number, id, name, group, tags } = row;
    const existed = existence(head, number, range.from, range.to);
    if (existed === null) return [];
    const facts = [...(written.get(number) ?? []), ...openDayFacts(head, number)];
    const spans = joinSpans(disjointSpans(momentsOf(facts), existed.from, existed.to));
    return [{ number, id, name, group, tags, ...existed, spans }];
  });
}

async function writtenFacts(
  db: D1Database,
  head: HistoryHead,
  { numbers, from, to }: HistoryRange,
): Promise<ReadonlyMap<number, readonly Fact[]>> {
  const facts = new Map<number, Fact[]>();
  const changed = new Map<number, ReadonlyMap<number, readonly Fact[]>>();
  for (const number of head.rows.keys()) changed.set(number, changedDays(head.folded, head.day, number));
  const lastDay = Math.min(head.day, dayOf(to - 1));
  for await (const stored of readStoredDays(db, numbers, dayOf(from), lastDay)) {
    const own = replaceFacts(stored.facts, changed.get(stored.number)?.get(stored.day) ?? []);
    const known = facts.get(stored.number);
    if (known) known.push(...own);
    else facts.set(stored.number, own);
  }
  return facts;
}

/** A span that midnight cuts is one again. */
function joinSpans(spans: readonly MomentSpan[]): MomentSpan[] {
  const joined: MomentSpan[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last && last.moment === span.moment && last.to === span.from)
      joined[joined.length - 1] = { ...last, to: span.to };
    else joined.push(span);
  }
  return joined;
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
