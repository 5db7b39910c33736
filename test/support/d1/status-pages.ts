// Owns status pages and words of people for tests: written as rows, without the API.
import { readEnv } from '../../../src/env.ts';
import { loadPage } from '../../../src/http/status-page/load-page.ts';
import type { ComponentView, PageView } from '../../../src/http/status-page/page-view.ts';
import { DEFAULT_PAGE, type PageConfig, type StatusPage } from '../../../src/status-pages/model.ts';
import { runBatch } from '../../../src/store/database.ts';
import {
  type IncidentUpdateRow,
  insertIncidentUpdate,
  insertPublicIncident,
  type PublicIncidentRow,
} from '../../../src/store/public-incidents.ts';
import { bindings, clock, empty } from './http-mesh.ts';

const { DB } = bindings;
export const CONFIG = readEnv(bindings);

/** Also what people wrote, and the history. */
export async function emptyPages(): Promise<void> {
  await empty();
  const tables = [
    'public_incidents',
    'incident_updates',
    'announcements',
    'status_changes',
    'monitor_histories',
  ];
  await DB.batch(tables.map((table) => DB.prepare(`delete from ${table}`)));
}

export const pageWith = (config: Partial<PageConfig>, changes: Partial<StatusPage> = {}): StatusPage => ({
  ...DEFAULT_PAGE,
  ...{ id: 'eu', ...changes },
  config: { ...DEFAULT_PAGE.config, ...config },
});

export const load = (page: StatusPage = DEFAULT_PAGE, db: D1Database = DB): Promise<PageView> =>
  loadPage(
    { ...CONFIG, db },
    { page, base: page.id === DEFAULT_PAGE.id ? '' : `/pages/${page.id}` },
    clock.now,
    Date.now,
  );

/** Updates are in the order in which they were written, a minute apart. */
export const publish = (
  changes: Partial<PublicIncidentRow>,
  updates: readonly Partial<IncidentUpdateRow>[] = [],
): Promise<void> => {
  const row: PublicIncidentRow = {
    ...{ id: 'told', title: 'Checkout is slow', state: 'published', status: 'investigating' },
    ...{ components: [], incidents: [], pages: 'all', origin: 'people', startedAt: clock.now - 60_000 },
    ...{ resolvedAt: null, postmortem: null, postmortemAt: null, tags: {}, version: 1 },
    ...{ createdAt: clock.now, updatedAt: clock.now, ...changes },
  };
  return runBatch(DB, [
    insertPublicIncident(DB, row),
    ...updates.map((update, index) =>
      insertIncidentUpdate(DB, {
        ...{ id: `update_${index}`, publicIncidentId: row.id, at: row.startedAt + index * 60_000 },
        ...{ status: 'investigating', body: 'We look into it.', components: [], notify: false },
        ...{ authorId: 'person_secret', authorName: 'Ada Secret', updatedAt: clock.now, ...update },
      }),
    ),
  ]);
};

export const componentOf = (view: PageView, ref: string): ComponentView | undefined =>
  view.groups.flatMap(({ components }) => components).find((one) => one.ref === ref);
