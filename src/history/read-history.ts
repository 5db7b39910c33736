// Owns the history of monitors as one, whatever of it is compacted: journal, series and days. A reader sees the same history
// before, during and after a run of the compaction.
import type { Degraded, Phase, Samples, Timings } from '../../probes/contract/index.ts';
import type { OutcomeCode, OutcomeReason } from '../engine/model/heartbeat.ts';
import { dayFigures } from '../store/history/day-record.ts';
import { readStoredDays, type StoredDay } from '../store/history/days.ts';
import { momentsOf, replaceFacts } from '../store/history/facts.ts';
import {
  changedDays,
  existence,
  type HistoryHead,
  locationIds,
  openDayFacts,
  readHead,
} from '../store/history/head.ts';
import type { Fact } from '../store/history/history-state.ts';
import { DAY_MS, dayOf, dayStart, partOfId, seriesId } from '../store/history/ids.ts';
import type { SeriesRun } from '../store/history/series-codec.ts';
import { listParts, readPart } from '../store/history/series-rows.ts';
import type { DayFigures, MomentSpan } from '../uptime/model.ts';
import { disjointSpans } from '../uptime/moments.ts';
import { gatherTail, runsOfDay, type Tail } from './gather-runs.ts';
import { readOpenDays } from './open-days.ts';

/** One run, as the history keeps it: without the response, which only evidence has. */
export interface HistoryObservation {
  readonly monitor: number;
  /** Its id, such as `aws:eu-central-1`. */
  readonly location: string;
  /** In steps of 10 ms. */
  readonly startedAt: number;
  readonly outcome: 'ok' | 'failed' | 'unmeasured';
  readonly code?: OutcomeCode;
  readonly reason?: OutcomeReason;
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
  range: HistoryRange,
): Promise<ReadonlyMap<number, readonly Fact[]>> {
  const facts = new Map<number, Fact[]>();
  for await (const { number, facts: own } of writtenDays(db, head, range)) {
    const known = facts.get(number);
    if (known) known.push(...own);
    else facts.set(number, [...own]);
  }
  return facts;
}

/** With what changed since the newest run. */
async function* writtenDays(
  db: D1Database,
  head: HistoryHead,
  { numbers, from, to }: HistoryRange,
): AsyncGenerator<StoredDay> {
  const changed = new Map<number, ReadonlyMap<number, readonly Fact[]>>();
  for (const number of head.rows.keys()) changed.set(number, changedDays(head.folded, head.day, number));
  const lastDay = Math.min(head.day, dayOf(to - 1));
  for await (const stored of readStoredDays(db, numbers, dayOf(from), lastDay)) {
    const newer = changed.get(stored.number)?.get(stored.day) ?? [];
    yield { ...stored, facts: replaceFacts(stored.facts, newer) };
  }
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

/**
 * UTC days that the range touches, today so far included, oldest first, by monitor number. `tail`: what a reader with a limit has
 * read of the journal. Without it, all of the journal that is not compacted is read.
 */
export async function readDays(
  db: D1Database,
  range: HistoryRange,
  tail?: Tail,
): Promise<ReadonlyMap<number, readonly DayFigures[]>> {
  const head = await readHead(db, range);
  const days = new Map<number, DayFigures[]>();
  const add = (number: number, figures: DayFigures): void => {
    const own = days.get(number);
    if (own) own.push(figures);
    else days.set(number, [figures]);
  };
  for await (const { number, ...record } of writtenDays(db, head, range)) {
    const existed = existence(head, number, dayStart(record.day), dayStart(record.day) + DAY_MS);
    if (existed !== null) add(number, dayFigures(record, existed, locationIds(head)));
  }
  for await (const [number, figures] of readOpenDays(db, head, range, tail)) add(number, figures);
  return days;
}

/** Every observation that is still kept of one monitor, by start, then location. Reads a part at a time. */
export async function* readObservations(
  db: D1Database,
  range: Omit<HistoryRange, 'numbers'> & { readonly number: number },
): AsyncGenerator<HistoryObservation> {
  const { number, from, now } = range;
  // What is not compacted first: a run of the compaction that follows only adds segments, which are left out.
  const head = await readHead(db, { numbers: [number], now });
  if (!head.hasBegun) return;
  const tail = await gatherTail(db, head.seq, new Set([number]));
  const to = Math.min(range.to, now + MAX_AHEAD_MS);
  const ids: number[] = [];
  for (let day = dayOf(from); dayStart(day) < to; day += 1) ids.push(seriesId(day, number));
  const parts = Map.groupBy(await listParts(db, ids), (id) => id - partOfId(id));
  const idOf = locationIds(head);
  for (const id of ids) {
    const runs: SeriesRun[] = [];
    for (const part of parts.get(id) ?? []) runs.push(...((await readPart(db, part, head.seq))?.runs ?? []));
    runs.push(...runsOfDay(tail, id));
    const observations = runs
      .filter(({ startedAt }) => startedAt >= from && startedAt < to)
      .map((run) => observationOf(number, run, idOf));
    yield* observations.sort(
      (a, b) => a.startedAt - b.startedAt || (a.location < b.location ? -1 : a.location > b.location ? 1 : 0),
    );
  }
}

/** Two clocks differ by less. */
const MAX_AHEAD_MS = 120_000;

/** The same order of fields, wherever the run was stored. */
export function observationOf(
  monitor: number,
  { location, startedAt, outcome, code, reason, phase, detail, timings, samples, degraded }: SeriesRun,
  idOf: (location: number) => string,
): HistoryObservation {
  const times: Timings = {};
  for (const time of TIMES) if (timings[time] !== undefined) times[time] = timings[time];
  return {
    monitor,
    location: idOf(location),
    startedAt,
    outcome,
    ...(code === undefined ? {} : { code }),
    ...(reason === undefined ? {} : { reason }),
    ...(phase === undefined ? {} : { phase }),
    ...(detail === undefined ? {} : { detail }),
    timings: times,
    ...(samples === undefined ? {} : { samples }),
    ...(degraded === undefined ? {} : { degraded }),
  };
}

const TIMES = ['dnsMs', 'connectMs', 'tlsMs', 'firstByteMs', 'totalMs'] as const;
