// Owns the replay of journal rows from D1, in pages, up to the newest or to the first one that is damaged.
import { apply } from '../../engine/apply.ts';
import { emptyState, type State } from '../../engine/model/state.ts';
import { Damage } from '../damage.ts';
import { journalId, type MarkedRow, readRow, SHARD, selectRows } from './rows.ts';

/** Rows read at once. A busy hour of a large mesh has fewer. */
export const PAGE_ROWS = 500;

export interface Replayed {
  readonly state: State;
  readonly rows: number;
  /** Check runs in these rows. */
  readonly runs: number;
  /** Why the row after `state` cannot be applied. Null if the state is the newest one. */
  readonly damage: Damage | null;
  /** Whether the transaction of the newest row kept the tables that lists read. Undefined without a row. */
  readonly kept?: boolean;
}

/** More would take longer than the 30 s of CPU that Cloudflare allows: the mesh would stop. */
const LIMIT = { rows: 20_000, runs: 3_000_000 };

/** Replays the rows after `base`. `first` are the first of them, if they are known. */
export async function replayFrom(
  db: D1Database,
  base: State | null,
  first?: readonly MarkedRow[],
  limit: { readonly rows: number; readonly runs: number } = LIMIT,
): Promise<Replayed> {
  let state = base ?? emptyState;
  let page = first ?? (await selectRows(db, journalId(SHARD, state.seq), PAGE_ROWS));
  let rows = 0;
  let runs = 0;
  let kept: boolean | undefined;
  for (;;) {
    for (const row of page) {
      try {
        const entry = readRow(row, state.seq);
        state = apply(state, entry).value;
        rows += 1;
        kept = row.statesKept === 1;
        runs += entry.kind === 'report' ? entry.observations.length : 0;
      } catch (damage) {
        if (!(damage instanceof Damage)) throw damage;
        return { state, rows, runs, damage };
      }
    }
    if (page.length < PAGE_ROWS)
      return { state, rows, runs, damage: null, ...(kept === undefined ? {} : { kept }) };
    if (rows >= limit.rows || runs >= limit.runs) {
      const why = `more than ${rows} journal rows follow the newest whole checkpoint: too many for a replay`;
      return { state, rows, runs, damage: new Damage('damaged_journal', why) };
    }
    page = await selectRows(db, journalId(SHARD, state.seq), PAGE_ROWS);
  }
}
