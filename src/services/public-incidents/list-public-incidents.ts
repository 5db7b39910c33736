// Reads pages of public incidents as a caller sees them. Does not change them.
import type { Caller } from '../../access/caller.ts';
import { isInside } from '../../access/restriction.ts';
import * as store from '../../store/public-incidents.ts';
import type { ReadIncident } from './change-incident.ts';
import { readShown, shownIncident } from './naming.ts';

type Position = NonNullable<store.PublicIncidentFilter['after']>;

/** Rows that one request reads at most while it looks for those inside. */
const MAX_READ = 1_000;
const READ_AT_ONCE = 100;

/** At most `limit` incidents inside, and the position for the next page. Null: there is none. */
export async function listPublicIncidents(
  db: D1Database,
  filter: store.PublicIncidentFilter,
  { restriction }: Pick<Caller, 'restriction'>,
): Promise<{ readonly rows: readonly ReadIncident[]; readonly next: Position | null }> {
  const inside: store.PublicIncident[] = [];
  let { after } = filter;
  let isEnd = false;
  for (let read = 0; !isEnd && inside.length < filter.limit && read < MAX_READ; read += READ_AT_ONCE) {
    const limit = restriction === null ? filter.limit + 1 : READ_AT_ONCE;
    const rows = await store.listPublicIncidents(db, { ...filter, after, limit });
    isEnd = rows.length < limit;
    for (const row of rows) {
      if (inside.length === filter.limit) {
        isEnd = false;
        break;
      }
      after = { startedAt: row.startedAt, id: row.id };
      if (isInside(restriction, row)) inside.push(row);
    }
  }
  const ids = [...new Set(inside.flatMap(({ incidents }) => incidents))];
  const [measured, naming] = await Promise.all([store.findMeasured(db, ids), readShown(db, restriction)]);
  return {
    rows: inside.map((incident) => ({
      incident: shownIncident(naming, incident, measured),
      measured: measured.filter(({ id }) => incident.incidents.includes(id)),
    })),
    next: isEnd ? null : (after ?? null),
  };
}
