// Owns finding what commits of a Worker without a history left out, after an upgrade was taken back and made again: the history is
// compared with the state, and one row of changes brings it up to date. Does not find votes that failed and ended meanwhile.
import { log } from '../log.ts';
import { type Compaction, readStatusRows } from '../store/history/compaction-rows.ts';
import { fold, type StatusRow } from '../store/history/fold.ts';
import { EMPTY_HISTORY, type HistoryState } from '../store/history/history-state.ts';
import { readEndedSince } from '../store/history/measured-incidents.ts';
import { type IncidentEntry, wholeStatus } from '../store/history/status-change.ts';
import { writeRepair } from '../store/history/status-rows.ts';
import { journalId, SHARD } from '../store/journal/rows.ts';
import { loadState } from '../store/shard.ts';

export async function repairStatus(
  db: D1Database,
  { seq, at, history }: Pick<Compaction, 'seq' | 'at' | 'history'>,
): Promise<void> {
  const state = await loadState(db);
  // The row must be one that is not compacted.
  if (state.seq <= seq) return;
  const rows = await readStatusRows(db, seq, state.seq);
  const known = fold(history, rows).state;
  const whole = wholeStatus(state);
  const row: StatusRow = { id: journalId(SHARD, state.seq), at: state.at, data: whole };
  const missed = missedIncidents(await readEndedSince(db, at, state.at), rows, known);
  if (missed.length === 0 && isSame(known, fold(EMPTY_HISTORY, [row]).state)) return;
  log.warn('history.repaired', { seq: state.seq, incidents: missed.length / 2 });
  await writeRepair(db, state, { ...whole, incidents: [...missed, ...(whole.incidents ?? [])] });
}

/** Their beginnings and ends. */
function missedIncidents(
  ended: readonly IncidentEntry[],
  rows: readonly StatusRow[],
  { monitors }: HistoryState,
): IncidentEntry[] {
  const known = new Set(
    rows.flatMap(({ data }) => (data.incidents ?? []).flatMap(([, id, , , to]) => (to === null ? [] : [id]))),
  );
  return ended.flatMap(([number, id, verdict, from, to]): IncidentEntry[] => {
    const monitor = monitors.get(number);
    if (known.has(id) || monitor === undefined || monitor.from >= to!) return [];
    return [
      [number, id, verdict, from, null],
      [number, id, verdict, from, to],
    ];
  });
}

const isSame = (a: HistoryState, b: HistoryState): boolean => textOf(a) === textOf(b);

/** What lasts, without since when. */
const textOf = ({ monitors, locations, windows }: HistoryState): string =>
  JSON.stringify([
    [...monitors.values()]
      .map(({ number, staleMs, incident, open }) => [number, staleMs, incident, [...open.keys()].sort()])
      .sort(byKey),
    [...locations]
      .map(([number, { id, quarantinedSince }]) => [number, id, quarantinedSince !== null])
      .sort(byKey),
    [...windows].map(([id, { monitors: covered, spans }]) => [id, covered, spans]).sort(byKey),
  ]);

const byKey = ([a]: readonly unknown[], [b]: readonly unknown[]): number =>
  (a as number | string) < (b as number | string) ? -1 : 1;
