// What a page costs D1: every form of a page that exists, on a small mesh, and the page itself on a large one. At most four
// statements, so that a crowd which no cache absorbs does not stop the ticks.
import { beforeAll, expect, test } from 'vitest';
import { RULES } from '../../../src/http/access/rules.ts';
import { ask, bindings, createMonitor, post, runUntilConfirmed } from '../../support/d1/http-mesh.ts';
import { limitedD1 } from '../../support/d1/limited-d1.ts';
import { CONFIG, emptyPages, load, pageWith, publish } from '../../support/d1/status-pages.ts';

const { DB } = bindings;
const MAX_STATEMENTS = 4;

let measured = '';
beforeAll(async () => {
  await emptyPages();
  await createMonitor({ id: 'shop', name: 'Web shop', group: 'Shop', tags: { team: 'web' } });
  await runUntilConfirmed(1, 0);
  await runUntilConfirmed(1, 6);
  measured = (await ask('/api/v1/incidents')).json.incidents[0].id;
  await publish({ id: 'told', components: [{ component: 'group:Shop', impact: 'major' }] }, [{}, {}]);
  const span = { startsAt: '2027-01-15T09:00:00Z', endsAt: '2027-01-16T09:00:00Z' };
  await post('/api/v1/maintenances', { id: 'work', name: 'Work', monitors: 'all', ...span });
  await post('/api/v1/maintenances', { id: 'past', name: 'Past', monitors: 'all', ...span });
});

/** Forms give access or write: they are no page that a crowd reads. */
const FORMS = /^\/(access|subscribe|unsubscribe)/;
const paths = Object.keys(RULES).flatMap((endpoint) => {
  const [method, path] = endpoint.split(' ') as [string, string];
  const below = path === '/' ? 'GET /pages/:page' : `GET /pages/:page${path}`;
  return method === 'GET' && below in RULES && !FORMS.test(path) ? [path] : [];
});

/** A value for every parameter of a path. */
function examplesOf(path: string): string[] {
  const filled = path
    .replace(':month', '2027-01')
    .replace(':component', 'shop')
    .replace(':file', 'uptime.svg')
    .replace(/^\/monitors\/:id/, '/monitors/shop');
  const ids = filled.includes(':id') ? [measured, 'told', 'unknown'] : [''];
  const ranges = path === '/monitors/:id' ? ['', '?range=7d', '?range=90d'] : [''];
  return ids.flatMap((id) => ranges.map((range) => `${filled.replace(':id', id)}${range}`));
}

test('every form of a page runs at most four statements, and the page itself at least one', async () => {
  expect(paths).toEqual(expect.arrayContaining(['/', '/incidents/:id', '/monitors/:id', '/history/:month']));
  for (const path of paths.flatMap(examplesOf)) {
    const { db, queries } = limitedD1(DB);
    const { status } = await ask(path, { token: null, env: { DB: db } });
    const found = { path, status, isCheap: queries() <= MAX_STATEMENTS, statements: queries() };
    expect(found).toMatchObject({ isCheap: true, status: path.includes('unknown') ? 404 : 200 });
    if (path === '/') expect(queries()).toBeGreaterThan(0);
  }
});

test('the Statuspage API lists incidents and maintenance of long ago, which the page does not, in no more statements', async () => {
  const old = Date.parse('2026-06-01T10:00:00Z');
  await publish({ id: 'old', startedAt: old, resolvedAt: old + 3_600_000 }, [
    { id: 'old_update', at: old, status: 'resolved' },
  ]);
  await DB.prepare('update windows set schedule = ?1, created_at = ?2 where id = ?3')
    .bind(JSON.stringify({ startsAt: old, endsAt: old + 3_600_000 }), old - 1, 'past')
    .run();
  const read = async (path: string) => {
    const { db, queries } = limitedD1(DB);
    const { text } = await ask(`/api/v2/${path}`, { token: null, env: { DB: db } });
    expect(queries()).toBeLessThanOrEqual(MAX_STATEMENTS);
    return text;
  };
  expect(await read('incidents.json')).toContain('"id":"old"');
  expect(await read('scheduled-maintenances.json')).toMatch(
    /"id":"past-\d+","name":"Past","status":"completed"/,
  );
  const summary = await read('summary.json');
  expect([summary.includes('"old"'), summary.includes('past-')]).toEqual([false, false]);
});

test('the page of fifty monitors reads none of 5,000 others, and parses little beside the state', async () => {
  await DB.prepare(
    `insert into monitors (number, id, name, "check", interval_seconds, locations, alert, channels, tags, group_name,
       public, paused, created_at, updated_at)
     with recursive n(i) as (select 100 union all select i + 1 from n where i < 5099)
     select i, 'monitor-' || i, 'Number ' || i, '{}', 60, '"all"', '{}', '"default"', '{"team":"' || (i / 50) || '"}',
       case when i < 150 then 'Fifty' end, 1, 0, 0, 0 from n`,
  ).run();
  const answers: string[] = [];
  const watched = {
    prepare: (sql: string) => DB.prepare(sql),
    batch: async (statements: D1PreparedStatement[]) => {
      const results = await DB.batch(statements);
      answers.push(JSON.stringify(results.map(({ results: rows }) => rows)));
      return results;
    },
  } as unknown as D1Database;
  const none = { monitors: [], groups: [], tags: [], static: [] };
  for (const components of [
    { ...none, groups: ['Fifty'] },
    { ...none, tags: ['team:2'] },
  ]) {
    answers.length = 0;
    const view = await load(pageWith({ components }), watched);
    expect(view.groups.flatMap((group) => group.components)).toHaveLength(50);
    expect(answers.join('').match(/monitor-\d+/g)?.length).toBeLessThanOrEqual(50);
  }
  expect(CONFIG.publicUrl).toBe('https://status.test');
});

test('the parameters of a page with the longest lists fit a statement', async () => {
  const many = (count: number, name: string) =>
    Array.from({ length: count }, (_, index) => `${name}-${index}`);
  const components = {
    ...{ monitors: many(5_000, 'monitor'), groups: many(500, 'group'), tags: many(500, 'tag') },
    static: [],
  };
  for (const access of [{ type: 'public' }, { type: 'password' }] as const) {
    const { db, queries } = limitedD1(DB);
    const view = await load(pageWith({ components }, { access }), db);
    expect([view.groups.flatMap((group) => group.components).length, queries()]).toEqual([4_900, 2]);
  }
});
