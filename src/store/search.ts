// Owns finding monitors and incidents by a part of their name, for people who want to go there. One statement. Does not rank
// beyond: the beginning of a name first, what is down first.
import { sql } from 'drizzle-orm';
import type { Restriction } from '../access/restriction.ts';
import { hasText, inside, listed } from './monitor-list.ts';
import type { ListState } from './monitor-list-model.ts';
import { incidents as i, monitors as m } from './schema.ts';
import { readUnion } from './union.ts';

export interface Found<State> {
  readonly id: string;
  readonly name: string;
  readonly state: State;
}

export interface SearchResult {
  readonly monitors: readonly Found<ListState>[];
  /** The newest first. */
  readonly incidents: readonly Found<'open' | 'acknowledged' | 'resolved'>[];
}

/** Incidents among which a text is looked for: the newest. */
const NEWEST_INCIDENTS = 2_000;

export async function searchMesh(
  db: D1Database,
  {
    q,
    restriction,
    limit,
  }: { readonly q: string; readonly restriction: Restriction; readonly limit: number },
  now: number,
): Promise<SearchResult> {
  const text = q.toLowerCase();
  const seen = restriction === null ? sql`true` : sql`${m.number} is not null and ${inside(restriction)}`;
  const place = sql`instr(lower(name), ${text})`;
  const { rows } = await readUnion(
    db,
    ['id', 'name', 'state', 'place'],
    [
      {
        kind: 'monitor',
        columns: {
          ...{ id: sql`id`, name: sql`name`, state: sql`state` },
          place: sql`row_number() over (order by ${place} <> 1, rank, name collate nocase, number)`,
        },
        rest: sql`from ${listed(sql`${inside(restriction)} and ${hasText(q)}`, now)} order by place limit ${limit}`,
      },
      {
        kind: 'incident',
        columns: {
          id: sql`${i.id}`,
          name: sql`coalesce(${i.location}, ${i.monitorName})`,
          state: sql`iif(${i.state} = 'open' and ${i.acknowledgedAt} is not null, 'acknowledged', ${i.state})`,
          place: sql`${i.startedAt}`,
        },
        rest: sql`from (select * from ${i} order by ${i.startedAt} desc, ${i.id} desc limit ${NEWEST_INCIDENTS}) ${i}
          left join ${m} on ${m.number} = ${i.monitorNumber}
          where ${seen} and (instr(lower(${i.monitorName}), ${text}) or instr(lower(${i.monitorId}), ${text})
            or instr(lower(coalesce(${i.location}, '')), ${text}) or ${i.id} = ${q})
          order by ${i.state} <> 'open', ${i.startedAt} desc, ${i.id} desc limit ${limit}`,
      },
    ],
  );
  const found = <State>(kind: string, descending: boolean): Found<State>[] =>
    rows
      .filter((row) => row.kind === kind)
      .sort((a, b) => ((a.place as number) - (b.place as number)) * (descending ? -1 : 1))
      .map(({ id, name, state }) => ({ id: id as string, name: name as string, state: state as State }));
  return { monitors: found('monitor', false), incidents: found('incident', true) };
}
