// The list of monitors: filters, wrong filters, saved views, who sees what, hostile names, and what it costs.
import { beforeAll, describe, expect, test } from 'vitest';
import { countD1 } from '../../../support/d1/counted-d1.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../../support/d1/signed-in.ts';
import { XSS_VECTORS } from '../../../support/xss-vectors.ts';

const LIST = '/dashboard/monitors';
let ada: SignedIn;
const begin = async (): Promise<void> => {
  await empty();
  await bindings.DB.prepare('delete from sessions').run();
  ada = await signIn('admin', { name: 'Ada' });
};

/** Ids, in the order of the rows. */
const rowsOf = (text: string): string[] =>
  [...text.matchAll(/<th scope="row"><a href="\/dashboard\/monitors\/([^"]+)"/g)].map(([, id]) => id!);

async function threeMonitors(): Promise<void> {
  await begin();
  await createMonitor({ id: 'web', name: 'Web', group: 'Shop', tags: { team: 'shop' } });
  await createMonitor({ id: 'db', name: 'Database', tags: { team: 'data', stage: '' } });
  await createMonitor({
    id: 'old',
    name: 'Old',
    paused: true,
    check: { type: 'http', url: 'https://old.test/' },
  });
  await runUntilConfirmed(1, 0);
  await runUntilConfirmed(1, 2);
  await runUntilConfirmed(2, 6);
}

describe('an empty list', () => {
  beforeAll(begin);

  test('asks for an address, and viewers are told who adds monitors', async () => {
    const { text } = await get(LIST, ada);
    expect(text).toContain('<form action="/dashboard/monitors/_new"');
    expect(text).toContain('name="target"');
    const viewer = await signIn('viewer');
    const seen = await get(LIST, viewer);
    expect(seen.text).toContain('An editor adds them.');
    expect(seen.text).not.toContain('name="target"');
  });

  test('says that nothing matches', async () => {
    await createMonitor();
    const { status, text } = await get(`${LIST}?q=nothing`, ada);
    expect(status).toBe(200);
    expect(text).toContain('No monitor matches these filters');
  });
});

describe('the list', () => {
  beforeAll(threeMonitors, 60_000);

  test('has the worst first, says where one fails, and counts the states', async () => {
    const { status, text } = await get(LIST, ada);
    expect(status).toBe(200);
    expect(rowsOf(text)).toEqual(['db', 'web', 'old']);
    expect(text).toContain('Northern Virginia and Oregon, 2 of 6');
    expect(text).toContain('6 of 6 locations');
    expect(text).toMatch(/Down<span class="count">1</);
    const strips = [...text.matchAll(/<svg class="strip"[^>]*><title>([^<]*)</g)].map(([, title]) => title);
    expect(strips.map((title) => title!.replaceAll(/\d\d:\d\d/g, 'HH:MM'))).toEqual([
      'all 6 locations failing since HH:MM UTC. Earlier: all 6 locations without data from HH:MM to HH:MM UTC',
      'Northern Virginia and Oregon failing since HH:MM UTC, 4 others passing. Earlier: all 6 locations without data from HH:MM to HH:MM UTC',
      'all 6 locations paused since HH:MM UTC',
    ]);
    expect(text).toContain('href="/dashboard/monitors?tag=team%3Ashop"');
    expect(text).toContain('href="/dashboard/monitors/_new?clone=web"');
  });

  test.each([
    ['state=down', ['db']],
    ['state=down,paused', ['db', 'old']],
    ['tag=team', ['db', 'web']],
    ['tag=team:shop', ['web']],
    ['tag=team&tag=stage', ['db']],
    ['group=Shop', ['web']],
    ['type=http', ['old']],
    ['location=aws:us-east-1', ['db', 'web']],
    ['location=aws:eu-central-1', ['db']],
    ['q=BASE', ['db']],
    ['sort=name', ['db', 'old', 'web']],
    ['sort=-name', ['web', 'old', 'db']],
    ['q=old&sort=-since&page=1', ['old']],
  ])('filters by %s', async (query, ids) => {
    const { status, text } = await get(`${LIST}?${query}`, ada);
    expect(status).toBe(200);
    expect(rowsOf(text)).toEqual(ids);
  });

  test.each([
    ['state=broken', 'State: Must be one of down, partial'],
    ['type=ftp', 'id="f-type-error">Must be one of'],
    ['location=aws:nowhere', 'id="f-location-error">Must be one of'],
    ['channel=nothing', 'No channel has this id.'],
    ['tag=no%20tag', 'id="f-tag-error">Must be a tag'],
    ['sort=size', 'Order: Must be one of'],
    ['page=0', 'Page: Must be the number of a page'],
  ])('says what is wrong with %s', async (query, text) => {
    const answer = await get(`${LIST}?${query}`, ada);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(text);
    expect(rowsOf(answer.text)).toEqual([]);
  });

  test('claims nothing once checks have stopped', async () => {
    const before = clock.now;
    clock.now += 600_000;
    const { text } = await get(LIST, ada);
    expect(text).toContain('Checks have stopped');
    expect(text).toMatch(/No data<span class="count">2</);
    expect(rowsOf((await get(`${LIST}?state=down`, ada)).text)).toEqual([]);
    expect(rowsOf((await get(`${LIST}?state=no_data`, ada)).text)).toEqual(['db', 'web']);
    clock.now = before;
  });

  test('reads at most five statements, with the session', async () => {
    const counted = countD1(bindings.DB);
    const answer = await ask(LIST, { token: null, headers: { cookie: ada.cookie }, env: { DB: counted.db } });
    expect(answer.status).toBe(200);
    // The first use of a session is also written down.
    const reads = counted.take().filter(({ sql }) => !/^update "sessions"/.test(sql));
    expect(reads.length).toBeLessThanOrEqual(5);
  });

  test('shows a restricted person nothing from outside: no row, count, group, tag or channel', async () => {
    await post('/api/v1/channels', { ...RECEIVER, name: 'Data on call', tags: { team: 'data' } });
    const shop = await signIn('editor', { tags: ['team:shop'] });
    const { text } = await get(LIST, shop);
    expect(rowsOf(text)).toEqual(['web']);
    expect(text).not.toMatch(/Database|team:data|Data on call|stage/);
    expect(text).toMatch(/All<span class="count">1</);
    expect((await get(`${LIST}?channel=on-call`, shop)).status).toBe(422);
  });

  test('offers a viewer no change', async () => {
    const viewer = await signIn('viewer');
    const { text } = await get(LIST, viewer);
    expect(rowsOf(text)).toHaveLength(3);
    expect(text).not.toMatch(/type="checkbox" name="monitor"|Clone|Add a monitor/);
  });
});

test('hostile names are text', async () => {
  await begin();
  const { text: without } = await get(LIST, ada);
  for (const [index, vector] of XSS_VECTORS.slice(0, 45).entries()) {
    const name =
      vector
        .replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
        .trim()
        .slice(0, 100) || 'x';
    await post('/api/v1/monitors', {
      ...{ id: `m${index}`, name, group: name, tags: { note: name } },
      ...{ check: { type: 'tcp', host: 'shop.example.com', port: 443 }, intervalSeconds: 60 },
    });
  }
  const { status, text } = await get(LIST, ada);
  expect(status).toBe(200);
  expect(rowsOf(text).length).toBeGreaterThan(20);
  const tags = text.replaceAll(/="[^"]*"/g, '=""');
  expect(tags).not.toMatch(/<(img|iframe|object|base)|<[^>]*\son\w+=/i);
  expect(tags.match(/<script/g)?.length).toBe(without.match(/<script/g)?.length);
  expect(text).not.toMatch(/(href|src|action)="\s*javascript:/i);
});

describe('saved views', () => {
  test('go with the person who is deleted, and nobody else loses one', async () => {
    const [bob, carl] = [await signIn('viewer', { name: 'Bob' }), await signIn('viewer', { name: 'Carl' })];
    for (const person of [bob, carl])
      expect((await submit(`${LIST}/views`, person, { name: 'Mine', query: 'state=down' })).status).toBe(303);
    const rows = async () => {
      const query = "select name from settings where name like 'monitor_views.person.%' order by name";
      return (await bindings.DB.prepare(query).all<{ name: string }>()).results.map(({ name }) => name);
    };
    expect(await rows()).toHaveLength(2);
    expect((await ask(`/api/v1/people/${bob.id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await rows()).toEqual([`monitor_views.person.${carl.id}`]);
  });

  beforeAll(threeMonitors, 60_000);
  const save = (person: SignedIn, fields: object) =>
    submit(`${LIST}/views`, person, { name: 'Failing', query: 'tag=team&state=down', ...fields });
  const shared = async () => (await ask('/api/v1/monitor-views')).json.views;

  test('are tabs of the person, or of everybody with the same access', async () => {
    const saved = await save(ada, {});
    expect([saved.status, saved.headers.get('location')]).toEqual([303, `${LIST}?state=down&tag=team`]);
    await save(ada, { name: 'Team', query: 'tag=team', shared: 'yes' });
    const { text } = await get(`${LIST}?state=down&tag=team`, ada);
    expect(text).toContain('href="/dashboard/monitors?state=down&amp;tag=team" aria-current="page">Failing');
    const viewer = await signIn('viewer');
    const seen = (await get(LIST, viewer)).text;
    expect(seen).toContain('>Team<');
    expect(seen).not.toContain('>Failing<');
    // A filter of others may name what a restriction hides.
    const shop = await signIn('editor', { tags: ['team:shop'] });
    expect((await get(LIST, shop)).text).not.toContain('>Team<');
    await save(shop, { name: 'Ours', shared: 'yes' });
    expect((await get(LIST, await signIn('viewer', { tags: ['team:shop'] }))).text).toContain('>Ours<');
    expect((await get(LIST, ada)).text).not.toContain('>Ours<');
  });

  test('of everybody are not for viewers to save or delete, and own ones leave an entry of the audit log', async () => {
    const viewer = await signIn('viewer');
    expect((await save(viewer, { name: 'Mine', shared: 'yes' })).status).toBe(303);
    const [{ id }] = await shared();
    await submit(`${LIST}/views/${id}/delete`, viewer, {});
    expect(await shared()).toMatchObject([{ name: 'Team' }]);
    await save(viewer, { name: 'Mine' });
    const { actor, action } = (await ask('/api/v1/audit-entries?limit=1')).json.auditEntries[0];
    expect([actor.id, action]).toEqual([viewer.id, 'monitor_view.created']);
  });

  test('of another person do not exist', async () => {
    const other = await signIn('admin');
    await save(other, { name: 'Private' });
    const { text } = await get(`${LIST}?state=down&tag=team`, other);
    const path = /action="([^"]+\/delete)"/.exec(text)![1]!;
    await submit(path, ada, {});
    expect((await get(LIST, other)).text).toContain('>Private<');
    await submit(path, other, {});
    expect((await get(LIST, other)).text).not.toContain('>Private<');
  });

  test('are deleted, and the undo saves them again', async () => {
    const [{ id }] = await shared();
    const fields = { name: 'Team', query: 'tag=team', shared: 'yes' };
    await submit(`${LIST}/views/${id}/delete`, ada, fields);
    expect(await shared()).toEqual([]);
    await submit(`${LIST}/views`, ada, fields);
    expect(await shared()).toHaveLength(1);
  });

  test('with the name of another one, or without one, are refused in words', async () => {
    for (const [name, text] of [
      ['Failing', 'exists. Choose another name.'],
      [' ', 'Must be 1 to'],
    ] as const) {
      const cookie = (await save(ada, { name })).headers.get('set-cookie')!;
      expect(decodeURIComponent(decodeURIComponent(cookie))).toContain(text);
    }
  });
});
