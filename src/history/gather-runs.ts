// Owns the reading of journal rows for a run of the compaction: the observations of each monitor's day, a page at a time.
import type { ReportEntry } from '../engine/model/journal.ts';
import { log } from '../log.ts';
import { NewerFormat } from '../store/damage.ts';
import { readPending } from '../store/history/compaction-rows.ts';
import { dayOf, dayStart, seriesId } from '../store/history/ids.ts';
import { RunColumns, seriesRun } from '../store/history/run-columns.ts';
import type { SeriesRun } from '../store/history/series-codec.ts';
import { decodeEntry } from '../store/journal/codec.ts';
import {
  isWhole,
  type JournalRow,
  journalId,
  SHARD,
  selectRowsWithin,
  sizeAfter,
} from '../store/journal/rows.ts';

/** A report of 10,000 runs has 90 kB. A result of D1 has at most 50 MB, and a Worker 128 MB for everything. */
const PAGE = { rows: 500, bytes: 4_000_000 };
/**
 * An hour of a mesh with 10,000 monitors has 3,600,000 runs, which become three segments a monitor: shorter ones take more bytes a
 * check. A run takes about 16 bytes of memory here. More rows wait for the next run, which follows at once.
 */
const LIMIT = { rows: 6_000, runs: 1_250_000, whole: 60_000 };
/** A row further ahead than this was dated by a wrong clock: it does not wait for its time. */
const MAX_AHEAD_MS = 120_000;

export interface GatheredRuns {
  /** The newest row. */
  readonly seq: number;
  /** Time of the newest row. Null without one. */
  readonly at: number | null;
  /** By id of the series' first part. */
  readonly byDay: ReadonlyMap<number, RunColumns>;
  /** More rows wait before the end of the span. */
  readonly isPartial: boolean;
  readonly damagedRows: number;
}

interface Span {
  readonly seq: number;
  readonly until: number;
  readonly now: number;
  /** Only of these monitors. Null: of all. */
  readonly numbers?: ReadonlySet<number> | null;
}

/** Rows after `seq` whose time is before `until`. */
export async function gatherRuns(
  db: D1Database,
  { seq: after, until, now, numbers = null }: Span,
): Promise<GatheredRuns> {
  const byDay = new Map<number, RunColumns>();
  const counts = { rows: 0, runs: 0, whole: 0 };
  let seq = after;
  let at: number | null = null;
  let damagedRows = 0;
  const done = (isPartial: boolean): GatheredRuns => ({ seq, at, byDay, isPartial, damagedRows });
  for (;;) {
    const page = await selectRowsWithin(db, journalId(SHARD, seq), PAGE);
    for (const row of page) {
      if (row.at >= until && row.at <= now + MAX_AHEAD_MS) return done(false);
      if (counts.rows >= LIMIT.rows || counts.runs >= LIMIT.runs || counts.whole >= LIMIT.whole)
        return done(true);
      const entry = readReport(row);
      if (entry === 'damaged') damagedRows += 1;
      else if (entry !== null) {
        counts.runs += entry.observations.length;
        counts.whole += addRuns(byDay, entry, numbers);
      }
      counts.rows += 1;
      seq = row.id - journalId(SHARD, 0);
      at = row.at;
    }
    if (page.length === 0) return done(false);
  }
}

/** Null for a change. A damaged row loses its observations, and does not stop the history. */
export function readReport(row: JournalRow): ReportEntry | 'damaged' | null {
  if (row.kind !== 'report') return null;
  const seq = row.id - journalId(SHARD, 0);
  try {
    if (!isWhole(row)) throw new Error('it does not match its checksum');
    const entry = decodeEntry({ ...row, detail: row.detail === null ? null : JSON.parse(row.detail) });
    return entry.kind === 'report' ? entry : null;
  } catch (error) {
    if (error instanceof NewerFormat) throw error;
    log.warn('history.damaged_row', { seq, error });
    return 'damaged';
  }
}

/** Returns how many of them take more than a few bytes. */
function addRuns(
  byDay: Map<number, RunColumns>,
  entry: ReportEntry,
  numbers: ReadonlySet<number> | null,
): number {
  let whole = 0;
  for (const observation of entry.observations) {
    if (numbers !== null && !numbers.has(observation.monitor)) continue;
    const day = dayOf(observation.startedAt);
    const id = seriesId(day, observation.monitor);
    let columns = byDay.get(id);
    if (!columns) {
      columns = new RunColumns(dayStart(day));
      byDay.set(id, columns);
    }
    if (columns.add(seriesRun(entry, observation))) whole += 1;
  }
  return whole;
}

/** What is not compacted, as few bytes: an hour of 1,000 monitors has 360,000 runs. */
export interface Tail {
  /** The rows after this one. */
  readonly seq: number;
  /** By id of the day. */
  readonly byDay: ReadonlyMap<number, readonly RunColumns[]>;
}

/** Every row after `seq`, for a reader of what is not compacted. */
export async function gatherTail(
  db: D1Database,
  seq: number,
  numbers: ReadonlySet<number> | null,
): Promise<Tail> {
  const byDay = new Map<number, RunColumns[]>();
  for (let after = seq; ; ) {
    const part = await gatherRuns(db, { seq: after, until: Number.POSITIVE_INFINITY, now: after, numbers });
    for (const [id, columns] of part.byDay) byDay.set(id, [...(byDay.get(id) ?? []), columns]);
    if (!part.isPartial) return { seq, byDay };
    after = part.seq;
  }
}

export const runsOfDay = ({ byDay }: Tail, id: number): SeriesRun[] =>
  (byDay.get(id) ?? []).flatMap((columns) => columns.runs());

/** Three hours of 1,000 monitors at six locations: then the health of the mesh shows that the compaction is behind. */
const MOST = { rows: 20_000, bytes: 12_000_000 };

/**
 * What a reader with a limit needs of the journal for a range that ends at `to`. Null: it is too long for a request, so nothing is
 * known of the runs from `openFrom` on.
 */
export async function gatherTailWithin(
  db: D1Database,
  numbers: readonly number[],
  to: number,
): Promise<{ readonly openFrom: number; readonly tail: Tail | null }> {
  const { seq, day } = (await readPending(db)).compaction ?? { seq: 0, day: -1 };
  const openFrom = dayStart(day + 1);
  if (to <= openFrom) return { openFrom, tail: { seq, byDay: new Map() } };
  const { rows, bytes } = await sizeAfter(db, journalId(SHARD, seq), MOST.rows + 1);
  if (rows > MOST.rows || bytes > MOST.bytes) return { openFrom, tail: null };
  return { openFrom, tail: await gatherTail(db, seq, new Set(numbers)) };
}

/** Runs of one monitor in these rows, by id of the day. */
export function runsOfRows(
  rows: readonly JournalRow[],
  number: number,
): ReadonlyMap<number, readonly SeriesRun[]> {
  const byDay = new Map<number, RunColumns>();
  for (const row of rows) {
    const entry = readReport(row);
    if (entry !== null && entry !== 'damaged') addRuns(byDay, entry, new Set([number]));
  }
  return new Map([...byDay].map(([id, columns]) => [id, columns.runs()]));
}
