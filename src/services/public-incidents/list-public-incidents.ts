// Reads pages of public incidents as a caller sees them. Does not change them.
import type { Caller } from '../../access/caller.ts';
import * as store from '../../store/public-incidents.ts';
import type { ReadIncident } from './change-incident.ts';
import { readShown, shownIncident } from './naming.ts';

type Position = NonNullable<store.PublicIncidentFilter['after']>;

/** At most `limit` incidents inside, and the position for the next page. Null: there is none. */
export async function listPublicIncidents(
  db: D1Database,
  filter: store.PublicIncidentFilter,
  { restriction }: Pick<Caller, 'restriction'>,
): Promise<{ readonly rows: readonly ReadIncident[]; readonly next: Position | null }> {
  const { limit } = filter;
  const [found, naming] = await Promise.all([
    store.listPublicIncidents(db, { ...filter, limit: limit + 1 }, restriction),
    readShown(db, restriction),
  ]);
  const inside = found.slice(0, limit);
  const last = found.length > limit ? inside.at(-1) : undefined;
  const ids = [...new Set(inside.flatMap(({ incidents }) => incidents))];
  const measured = await store.findMeasured(db, ids);
  return {
    rows: inside.map((incident) => ({
      incident: shownIncident(naming, incident, measured),
      measured: measured.filter(({ id }) => incident.incidents.includes(id)),
    })),
    next: last === undefined ? null : { startedAt: last.startedAt, id: last.id },
  };
}
