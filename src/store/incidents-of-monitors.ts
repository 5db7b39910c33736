// Owns the condition that an incident is among the newest of given monitors. It reads a page of each monitor's index, so a
// team with few monitors does not read the incidents of all the others. Does not know why these monitors are given.
import { type SQL, sql } from 'drizzle-orm';
import type { IncidentRow } from './incidents.ts';
import { incidents } from './schema.ts';

/** The number too: a deleted monitor's id may belong to another monitor now. */
export interface IncidentMonitor {
  readonly id: string;
  readonly number: number;
}

interface Range {
  readonly state: IncidentRow['state'];
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly after?: { readonly startedAt: number; readonly id: string } | undefined;
  readonly limit: number;
}

/**
 * SQLite has no lateral join. A table-valued function takes values of the tables before it, so `json_each` around a
 * subquery is one.
 */
export function isNewestOf(
  monitors: readonly IncidentMonitor[],
  { state, since, until, after, limit }: Range,
): SQL {
  const pairs = JSON.stringify(monitors.map(({ id, number }) => [id, number]));
  const conditions = [
    sql`i.monitor_id = m.value ->> 0 and i.monitor_number = m.value ->> 1 and i.state = ${state}`,
    ...(since === undefined ? [] : [sql`i.started_at >= ${since}`]),
    ...(until === undefined ? [] : [sql`i.started_at < ${until}`]),
    ...(after === undefined ? [] : [sql`(i.started_at, i.id) < (${after.startedAt}, ${after.id})`]),
  ];
  return sql`${incidents.id} in (
    select n.value ->> 1 from json_each(${pairs}) m, json_each((
      select json_group_array(json_array(started_at, id)) from (
        select i.started_at, i.id from ${incidents} i where ${sql.join(conditions, sql` and `)}
        order by i.started_at desc, i.id desc limit ${limit}
      )
    )) n order by n.value ->> 0 desc, n.value ->> 1 desc limit ${limit}
  )`;
}
