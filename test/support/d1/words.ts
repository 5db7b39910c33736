// Owns the tables of what people write for readers, as tests read and empty them.
import { DEFAULT_PAGE, type PageAccess, type PageConfig } from '../../../src/status-pages/model.ts';
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

interface PageRow {
  readonly config?: Partial<PageConfig>;
  readonly access?: PageAccess;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A status page, straight into its row. */
export const addPageRow = (id: string, { config, access, tags }: PageRow = {}): Promise<unknown> =>
  bindings.DB.prepare(
    'insert into status_pages (id, title, config, access, tags, created_at, updated_at) values (?, ?, ?, ?, ?, 1, 1)',
  )
    .bind(
      ...[id, id, JSON.stringify({ ...DEFAULT_PAGE.config, ...config })],
      ...[JSON.stringify(access ?? { type: 'public' }), JSON.stringify(tags ?? {})],
    )
    .run();
