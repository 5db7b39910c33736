// The public status of a large mesh: its pages, its filters and its size.
import { beforeEach, expect, test } from 'vitest';
import { ask, bindings, clock, createMonitor, post, runUntilConfirmed } from '../../support/d1/http-mesh.ts';
import { limitedD1 } from '../../support/d1/limited-d1.ts';
import { emptyPages } from '../../support/d1/status-pages.ts';

const { DB } = bindings;
const open = (query = '', env = {}) => ask(`/api/v1/status${query}`, { token: null, env });
const iso = (ms: number): string => new Date(ms).toISOString();
const names = (json: { monitors: { id: string }[] }): string[] => json.monitors.map(({ id }) => id);

beforeEach(async () => {
  await emptyPages();
  await DB.prepare('delete from status_pages').run();
});

const rows = (count: number) =>
  DB.prepare(
    `insert into monitors (number, id, name, "check", interval_seconds, locations, alert, channels, tags, public,
       paused, created_at, updated_at)
     with recursive n(i) as (select 100 union all select i + 1 from n where i < ${99 + count})
     select i, 'monitor-' || i, 'Monitor number ' || i, '{}', 60, '"all"', '{}', '"default"', '{}', 1, 0, 0, 0 from n`,
  ).run();

test('5,000 monitors that are in a maintenance, and one outage, are one statement and less than 20 kB', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 0);
  await runUntilConfirmed(1, 6);
  const span = { startsAt: iso(clock.now), endsAt: iso(clock.now + 86_400_000) };
  await post('/api/v1/maintenances', { id: 'work', name: 'Work', monitors: 'all', ...span });
  await rows(5_000);
  const { db, queries } = limitedD1(DB);
  const { text, json } = await open('', { DB: db });
  expect(queries()).toBe(1);
  expect(text.length).toBeLessThan(20_000);
  expect([json.monitors.length, json.monitorCount]).toEqual([40, 5_001]);
  expect(names(json)[0]).toBe('shop');
  expect(json.maintenances[0].monitors).toHaveLength(40);
});

test('the pages have every monitor once, in one order', async () => {
  await rows(95);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const { json } = await open(`?limit=30${cursor === null ? '' : `&cursor=${cursor}`}`);
    seen.push(...names(json));
    cursor = json.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(Array.from({ length: 95 }, (_, index) => `monitor-${index + 100}`));
});

test('monitors are filtered by verdict and group, and a wrong filter or cursor is refused', async () => {
  await createMonitor({ group: 'Shop' });
  await createMonitor({ id: 'mail', name: 'Mail' });
  await runUntilConfirmed(1, 6);
  expect(names((await open('?verdict=down')).json)).toEqual(['shop']);
  expect(names((await open('?verdict=no_data')).json)).toEqual(['mail']);
  expect((await open('?group=Shop')).json).toMatchObject({ monitorCount: 1, monitors: [{ id: 'shop' }] });
  expect((await open('?group=Nothing')).json).toMatchObject({ monitorCount: 0, monitors: [] });
  for (const query of ['?verdict=bad', '?cursor=x', '?limit=101', '?other=1'])
    expect([query, (await open(query)).status]).toEqual([query, 422]);
});

test('the status is not public while the default page is not', async () => {
  await createMonitor();
  const page = (access: string) =>
    DB.prepare(
      `insert or replace into status_pages (id, title, config, access, tags, created_at, updated_at)
       values ('default', 'Status', '{}', ?, '{}', 0, 0)`,
    )
      .bind(access)
      .run();
  await page('{"type":"public"}');
  expect((await open()).status).toBe(200);
  await page('{"type":"password"}');
  const refused = await open();
  expect([refused.status, refused.headers.get('cache-control')]).toEqual([403, 'no-store']);
  expect(refused.text).not.toContain('shop');
});
