// A status page as one value: what probes see and what people say, for the components of the page and no others.
import { beforeEach, describe, expect, test } from 'vitest';
import { readEnv } from '../../../src/env.ts';
import { loadPage } from '../../../src/http/status-page/load-page.ts';
import type { PageView } from '../../../src/http/status-page/page-view.ts';
import { DEFAULT_PAGE, type PageConfig, type StatusPage } from '../../../src/status-pages/model.ts';
import { runBatch } from '../../../src/store/database.ts';
import {
  insertIncidentUpdate,
  insertPublicIncident,
  type PublicIncidentRow,
} from '../../../src/store/public-incidents.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  run,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';

const DAY = 86_400_000;
const { DB } = bindings;

beforeEach(async () => {
  await empty();
  await DB.batch(
    ['public_incidents', 'incident_updates', 'announcements'].map((table) =>
      DB.prepare(`delete from ${table}`),
    ),
  );
});

const pageWith = (config: Partial<PageConfig>, changes: Partial<StatusPage> = {}): StatusPage => ({
  ...DEFAULT_PAGE,
  ...{ id: 'eu', ...changes },
  config: { ...DEFAULT_PAGE.config, ...config },
});

const load = (page: StatusPage = DEFAULT_PAGE): Promise<PageView> =>
  loadPage(
    readEnv(bindings),
    { page, base: page.id === 'default' ? '' : `/pages/${page.id}` },
    clock.now,
    Date.now,
  );

const incident = (changes: Partial<PublicIncidentRow>): PublicIncidentRow => ({
  ...{ id: 'pinc_1', title: 'Checkout is slow', state: 'published', status: 'investigating' },
  ...{ components: [], incidents: [], pages: 'all', origin: 'people', startedAt: clock.now - 60_000 },
  ...{ resolvedAt: null, postmortem: null, postmortemAt: null, tags: {}, version: 1 },
  ...{ createdAt: clock.now, updatedAt: clock.now, ...changes },
});

const publish = (changes: Partial<PublicIncidentRow>): Promise<void> =>
  runBatch(DB, [insertPublicIncident(DB, incident(changes))]);

const rowOf = (view: PageView, ref: string) =>
  view.groups.flatMap(({ components }) => components).find((one) => one.ref === ref)!;

test('a page names its monitors in groups, when they were checked, and from which cities', async () => {
  await createMonitor({ id: 'shop', name: 'Web shop', group: 'Shop' });
  await createMonitor({ id: 'mail', name: 'Mail' });
  await runUntilConfirmed(1, 0);
  await runUntilConfirmed(2, 0);
  const view = await load();
  expect(view).toMatchObject({ state: 'operational', locationCount: 6, hidden: 0, stale: false });
  expect(view.groups.map(({ name, ref, state }) => [name, ref, state])).toEqual([
    [null, null, 'operational'],
    ['Shop', 'group:Shop', 'operational'],
  ]);
  expect(view.locationNames).toMatchObject({ 'aws:eu-central-1': 'Frankfurt', 'aws:sa-east-1': 'São Paulo' });
  expect(view.checkedAt).toBeGreaterThan(clock.now - 120_000);
  expect(view.checkedAt).toBeLessThanOrEqual(clock.now);
  expect(view.since).toBe(Math.max(...view.groups.map(({ components }) => components[0]!.monitor!.since)));
  expect(view.url).toBe('https://status.test');
});

test('what people say colours row, group and page, and makes nothing better', async () => {
  await createMonitor({ id: 'shop', name: 'Web shop', group: 'Shop' });
  await createMonitor({ id: 'mail', name: 'Mail' });
  await runUntilConfirmed(1, 0);
  await runUntilConfirmed(2, 6);
  await publish({
    components: [
      { component: 'monitor:shop', impact: 'degraded' },
      { component: 'monitor:mail', impact: 'operational' },
    ],
  });
  const view = await load();
  expect(rowOf(view, 'monitor:shop')).toMatchObject({
    said: 'degraded',
    state: 'degraded',
    monitor: { verdict: 'up' },
  });
  expect(rowOf(view, 'monitor:mail')).toMatchObject({ said: 'operational', state: 'major_outage' });
  expect(view.groups.map(({ state }) => state)).toEqual(['major_outage', 'degraded']);
  expect(view.state).toBe('major_outage');
  expect(view.incidents.map(({ title, sources }) => [title, sources])).toEqual([
    ['Checkout is slow', ['people']],
    ['Mail', ['probes']],
  ]);
});
