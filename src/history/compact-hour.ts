// Owns a run that appends an hour of the journal to `series`, and corrects written days that the hour changed.

import { log } from '../log.ts';
import {
  type Compaction,
  readSeriesHeads,
  readStatusRows,
  type SeriesHead,
  type SeriesWrite,
  writeCompaction,
} from '../store/history/compaction-rows.ts';
import { factsOfDay, factsOfRows, replaceFacts } from '../store/history/facts.ts';
import { type Folded, fold } from '../store/history/fold.ts';
import { changedDays } from '../store/history/head.ts';
import type { Fact } from '../store/history/history-state.ts';
import { dayOf, dayOfId, dayStart, MAX_PARTS, numberOfId, partOfId, seriesId } from '../store/history/ids.ts';
import type { RunColumns } from '../store/history/run-columns.ts';
import { encodeSegment, type SeriesRun } from '../store/history/series-codec.ts';
import { correctDays } from './correct-days.ts';
import { gatherRuns } from './gather-runs.ts';

/** D1 takes 2,000,000 bytes a value, and a part is written and read as hexadecimal digits: two for each byte. */
const PART_BYTES = 800_000;
/** Above them, for outcomes without words. */
const SPARE_BYTES = 150_000;

/** Returns false if another run was faster. */
export async function compactHour(
  db: D1Database,
  before: Compaction,
  { until, now }: { readonly until: number; readonly now: number },
): Promise<boolean> {
  const gathered = await gatherRuns(db, { seq: before.seq, until, now });
  const { seq, byDay, isPartial } = gathered;
  const folded = fold(before.history, await readStatusRows(db, before.seq, seq));
  const endedByDay = endedFacts(folded, before.day);
  const ids = [...new Set([...byDay.keys(), ...endedByDay.keys()])].sort((a, b) => a - b);
  const heads = Map.groupBy(await readSeriesHeads(db, ids), ({ id }) => id - partOfId(id));
  const series = ids.flatMap((id) =>
    seriesWrites(id, seq, heads.get(id) ?? [], byDay.get(id), endedByDay.get(id) ?? []),
  );
  const late = new Map([...byDay].filter(([id]) => dayOfId(id) <= before.day));
  const changed = changedWrittenDays(folded, before.day);
  const corrected = await correctDays(db, { folded, changed, late });
  const at = isPartial ? Math.max(before.at, Math.min(gathered.at ?? until, until)) : until;
  const newMonitors = [...folded.state.monitors.values()].filter(
    ({ number }) => !before.history.monitors.has(number),
  );
  const after = { ...before, seq, at, history: folded.state };
  return writeCompaction(db, { before, after, series, ...corrected, newMonitors }, now);
}

/** Conditions that ended, by the unwritten days that they touch. What still lasts is in the state. */
function endedFacts({ ended }: Folded, written: number): Map<number, Fact[]> {
  const byDay = new Map<number, Fact[]>();
  for (const [number, facts] of ended)
    for (const fact of facts)
      for (let day = Math.max(dayOf(fact.from), written + 1); dayStart(day) < fact.to; day += 1) {
        const id = seriesId(day, number);
        byDay.set(id, [...(byDay.get(id) ?? []), ...factsOfDay([fact], day)]);
      }
  return byDay;
}

/** By id of the day's row. */
function changedWrittenDays(folded: Folded, written: number): Map<number, Fact[]> {
  const changed = new Map<number, Fact[]>();
  for (const number of new Set([...folded.state.monitors.keys(), ...folded.ended.keys()]))
    for (const [day, facts] of changedDays(folded, written, number))
      changed.set(seriesId(day, number), facts);
  return changed;
}

function seriesWrites(
  id: number,
  seq: number,
  heads: readonly SeriesHead[],
  columns: RunColumns | undefined,
  ended: readonly Fact[],
): SeriesWrite[] {
  const day = dayOfId(id);
  const facts = replaceFacts(factsOfRows(heads[0]?.facts ?? [], day), ended);
  const last = heads.at(-1) ?? { id, bytes: 0 };
  const segment = columns ? segmentThatFits(columns.runs(), seq, day, last) : null;
  const isFull = segment !== null && last.bytes > 0 && last.bytes + segment.length > PART_BYTES;
  const target = isFull && partOfId(last.id) < MAX_PARTS - 1 ? last.id + 1 : last.id;
  if (target === id) return [{ id, day, facts, segment }];
  return [
    ...(ended.length > 0 ? [{ id, day, facts, segment: null }] : []),
    ...(segment === null ? [] : [{ id: target, day, facts: [], segment }]),
  ];
}

/** A day with more words than its rows can hold keeps what happened, without the words. */
function segmentThatFits(
  runs: readonly SeriesRun[],
  seq: number,
  day: number,
  last: Pick<SeriesHead, 'id' | 'bytes'>,
): Uint8Array | null {
  const segment = encodeSegment({ seq, runs }, dayStart(day));
  const isLastPart = partOfId(last.id) === MAX_PARTS - 1;
  const room = isLastPart ? PART_BYTES - last.bytes : PART_BYTES;
  if (segment.length <= room) return segment;
  const shorter = runs.map(
    ({ detail: _, degraded: __, ...run }): SeriesRun => ({
      ...run,
      timings: run.outcome === 'ok' ? run.timings : {},
    }),
  );
  const rest = encodeSegment({ seq, runs: shorter }, dayStart(day));
  if (rest.length <= room + SPARE_BYTES) return rest;
  log.error('history.day_is_full', { monitor: numberOfId(last.id), day, runs: runs.length });
  return null;
}
