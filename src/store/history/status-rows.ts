// Owns the rows of status changes: written in the transaction of the commit that made them.
import { Buffer } from 'node:buffer';
import { sql } from 'drizzle-orm';
import type { IncidentRecord } from '../../engine/model/notification.ts';
import type { State } from '../../engine/model/state.ts';
import { log } from '../../log.ts';
import { database, type Statement } from '../database.ts';
import { journalId, SHARD } from '../journal/rows.ts';
import { insertFrom } from '../json-rows.ts';
import { monitorHistories, monitors, statusChanges } from '../schema.ts';
import { DAY_MS } from './ids.ts';
import { type StatusChange, statusChange, wholeStatus } from './status-change.ts';

/** A row of changes has at most 500,000 bytes of them, and a report at most 10,000 runs. */
const MAX_BYTES = 1_500_000;

interface Committed {
  readonly before: State;
  readonly after: State;
  readonly records: readonly IncidentRecord[];
  /** The entry corrects the clock. */
  readonly corrected: boolean;
}

/** Comes before the statements that delete monitors: it copies their names. */
export function statusStatements(db: D1Database, committed: Committed): Statement[] {
  const { before, after, records, corrected } = committed;
  const change = statusChange(before, after, records, corrected);
  if (change === null) return [];
  return [
    insertStatus(db, after, change),
    ...(change.removed ? [keepRemovedMonitors(db, change.removed, after.at)] : []),
  ];
}

/** For a state that does not follow from the journal row before it: after a rebuild. */
export const wholeStatusStatement = (db: D1Database, state: State): Statement =>
  insertStatus(db, state, wholeStatus(state));

/**
 * The whole status beside the newest row, unless that row has changes of its own: then a later run writes it. Monitors that were
 * deleted without a word to the history end here.
 */
export async function writeRepair(db: D1Database, { seq, at }: State, change: StatusChange): Promise<void> {
  await db.batch([
    db
      .prepare('insert into status_changes (id, at, data) values (?, ?, ?) on conflict (id) do nothing')
      .bind(journalId(SHARD, seq), at, fittingJson(change, seq)),
    db
      .prepare(
        `update monitor_histories set deleted_at = ? where deleted_at is null
          and not exists (select 1 from monitors m where m.number = monitor_histories.number)`,
      )
      .bind(at),
  ]);
}

function insertStatus(db: D1Database, { seq, at }: State, change: StatusChange): Statement {
  const data = fittingJson(change, seq);
  return (
    database(db)
      .insert(statusChanges)
      .values({ id: journalId(SHARD, seq), at, data: sql`${data}` })
      // Only after a person deleted journal rows. The history must not stop the mesh.
      .onConflictDoUpdate({ target: statusChanges.id, set: { at, data: sql`${data}` } })
  );
}

/**
 * The change as JSON that a row can hold. What locations voted is left out of one that is too large: the uptime of locations
 * then misses a change, and that of monitors does not. The history must not stop a commit.
 */
export function fittingJson(change: StatusChange, seq: number, maxBytes = MAX_BYTES): string {
  const data = JSON.stringify(change);
  const bytes = Buffer.byteLength(data);
  if (bytes <= maxBytes) return data;
  log.error('history.change_too_large', { seq, bytes, maxBytes });
  const withoutVotes = JSON.stringify({
    ...change,
    ...(change.monitors
      ? {
          monitors: change.monitors.map(([number, kind, since, staleMs]) => [
            number,
            kind,
            since,
            staleMs,
            [],
            [],
          ]),
        }
      : {}),
  });
  return Buffer.byteLength(withoutVotes) <= maxBytes
    ? withoutVotes
    : JSON.stringify({ incidents: change.incidents ?? [] });
}

/** The history of a deleted monitor keeps its name. */
const keepRemovedMonitors = (db: D1Database, numbers: readonly number[], at: number): Statement =>
  insertFrom(
    db,
    monitorHistories,
    {
      number: sql`${monitors.number}`,
      id: sql`${monitors.id}`,
      name: sql`${monitors.name}`,
      tags: sql`${monitors.tags}`,
      group: sql`${monitors.group}`,
      startsAt: sql`${monitors.createdAt}`,
      deletedAt: sql`${at}`,
      recentDay: sql`${monitors.createdAt} / ${DAY_MS} - 1`,
      recent: sql`x''`,
    },
    sql`from ${monitors} where ${monitors.number} in (select value from json_each(${JSON.stringify(numbers)}))`,
  ).onConflictDoUpdate({
    target: monitorHistories.number,
    set: {
      ...{ id: sql`excluded.id`, name: sql`excluded.name` },
      ...{ tags: sql`excluded.tags`, group: sql`excluded.group_name`, deletedAt: at },
    },
  });
