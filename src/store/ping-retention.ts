// Owns the deletion of pings that are too old or too many. Does not decide how long they are kept: scheduler/prune.ts does.
import { sql } from 'drizzle-orm';
import { database } from './database.ts';
import { pingId } from './pings.ts';

const SPAN = pingId(1, 0);

/** Pings of one heartbeat that a statement looks at, so that those which stay cost little. */
const LOOKED_AT = 500;

export interface PingRetention {
  /** Older ones go. */
  readonly before: number;
  /** Of each heartbeat, so many stay. */
  readonly keep: number;
  /** Rows of one statement. */
  readonly limit: number;
}

/**
 * Returns the number of deleted rows. A ping that was not evaluated stays, unless its heartbeat is paused: then nobody will. The
 * newest one stays too, since the next one is numbered after it.
 */
export async function deletePings(db: D1Database, { before, keep, limit }: PingRetention): Promise<number> {
  const result = await database(db).run(sql`
    delete from pings where id in (
      select p.id from (
        select h.number * ${SPAN} + case when m.paused then ${SPAN - 1}
            when json_valid(h.memory) then coalesce(h.memory ->> 'seq', 0) else 0 end evaluated,
          (select min(id) from pings where id > h.number * ${SPAN} and id < (h.number + 1) * ${SPAN}) oldest,
          (select max(id) from pings where id > h.number * ${SPAN} and id < (h.number + 1) * ${SPAN}) newest
        from heartbeats h join monitors m on m.number = h.number
      ) b cross join pings p on p.id >= b.oldest and p.id < b.oldest + ${LOOKED_AT}
        and p.id < b.newest and p.id <= b.evaluated and (p.id <= b.newest - ${keep} or p.at < ${before})
      where b.oldest <= b.newest - ${keep}
        or (select o.at from pings o where o.id = b.oldest) < ${before}
      limit ${limit})`);
  return result.meta.changes;
}
