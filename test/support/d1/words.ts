// Owns the tables of what people write for readers, as tests read and empty them.
import { bindings } from './http-mesh.ts';

const TABLES = [
  ...[
    'public_incidents',
    'incident_updates',
    'announcements',
    'update_templates',
    'mailings',
    'status_pages',
  ],
];

export const emptyWords = (): Promise<unknown> =>
  bindings.DB.batch(TABLES.map((table) => bindings.DB.prepare(`DELETE FROM ${table}`)));

/** Ids of the mailings, in the order in which they were written. */
export async function mailings(): Promise<string[]> {
  const { results } = await bindings.DB.prepare('select id from mailings order by rowid').all<{
    id: string;
  }>();
  return results.map(({ id }) => id);
}
