// The list of monitors: filters, wrong filters, saved views, who sees what, hostile names, and what it costs.
import { beforeEach, describe, expect, test } from 'vitest';
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
beforeEach(async () => {
  await empty();
  await bindings.DB.prepare('delete from sessions').run();
  ada = await signIn('admin', { name: 'Ada' });
});

/** Ids, in the order of the rows. */
const rowsOf = (text: string): string[] =>
  [...text.matchAll(/<th scope="row"><a href="\/dashboard\/monitors\/([^"]+)"/g)].map(([, id]) => id!);

async function threeMonitors(): Promise<void> {
  await createMonitor({ id: 'web', name: 'Web', group: 'Shop', tags: { team: 'shop' } });
  await createMonitor({ id: 'db', name: 'Database', tags: { team: 'data', stage: '' } });
  await createMonitor({
    id: 'old',
    name: 'Old',
    paused: true,
    check: { type: 'http', url: 'https://old.test/' },
  });
  await runUntilConfirmed(1, 1);
  await runUntilConfirmed(2, 6);
}

describe('an empty list', () => {
  test('asks for an address, and viewers are told who adds monitors', async () => {
    const { text } = await get(LIST, ada);
    expect(text).toContain('<form action="/dashboard/monitors/new"');
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
  beforeEach(threeMonitors);

  test('has the worst first, says where one fails, and counts the states', async () => {
    const { status, text } = await get(LIST, ada);
    expect(status).toBe(200);
    expect(rowsOf(text)).toEqual(['db', 'web', 'old']);
    expect(text).toContain('Northern Virginia, 1 of 6');
    expect(text).toContain('6 of 6 locations');
    expect(text).toMatch(/Down<span class="count">1</);
    expect(text).toMatch(/<title>Northern Virginia failing since \d\d:\d\d UTC, 5 others passing<\/title>/);
    expect(text).toMatch(/<title>All 6 locations failing since/);
    expect(text).toContain('href="/dashboard/monitors?tag=team%3Ashop"');
    expect(text).toContain('href="/dashboard/monitors/new?clone=web"');
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
    ['location=aws:us-west-2', ['db']],
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
    clock.now += 600_000;
    const { text } = await get(LIST, ada);
    expect(text).toContain('Checks have stopped');
    expect(text).toMatch(/No data<span class="count">2</);
    expect(rowsOf((await get(`${LIST}?state=down`, ada)).text)).toEqual([]);
    expect(rowsOf((await get(`${LIST}?state=no_data`, ada)).text)).toEqual(['db', 'web']);
  });

  test('reads at most five statements, with the session', async () => {
    const counted = countD1(bindings.DB);
    const answer = await ask(LIST, { token: null, headers: { cookie: ada.cookie }, env: { DB: counted.db } });
    expect(answer.status).toBe(200);
    expect(counted.take().map(({ sql }) => sql.slice(0, 60)).length).toBeLessThanOrEqual(5);
  });

  test('shows a restricted person nothing from outside: no row, count, group, tag or channel', async () => {
    await post('/api/v1/channels', { ...RECEIVER, name: 'Data on call', tags: { team: 'data' } });
    const shop = await signIn('editor', { tags: ['team:shop'] });
    const { text } = await get(LIST, shop);
    expect(rowsOf(text)).toEqual(['web']);
    expect(text).not.toMatch(/Database|data|stage/i);
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
  beforeEach(threeMonitors);
  const save = (person: SignedIn, fields: object) =>
    submit(`${LIST}/views`, person, { name: 'Failing', query: 'tag=team&state=down', ...fields });

  test('are tabs of the person, or of everybody', async () => {
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
  });

  test('of everybody are not for viewers, and leave an entry of the audit log', async () => {
    const viewer = await signIn('viewer');
    expect((await save(viewer, { shared: 'yes' })).status).toBe(303);
    expect((await ask('/api/v1/monitor-views')).json.views).toEqual([]);
    await save(viewer, {});
    const { actor, action } = (await ask('/api/v1/audit-entries?limit=1')).json.auditEntries[0];
    expect([actor.id, action]).toEqual([viewer.id, 'monitor_view.created']);
  });

  test('are deleted by those who see them, and undo saves them again', async () => {
    await save(ada, { shared: 'yes' });
    const [{ id }] = (await ask('/api/v1/monitor-views')).json.views;
    const viewer = await signIn('viewer');
    await submit(`${LIST}/views/${id}/delete`, viewer, {});
    expect((await ask('/api/v1/monitor-views')).json.views).toHaveLength(1);
    const fields = { name: 'Failing', query: 'state=down', shared: 'yes' };
    await submit(`${LIST}/views/${id}/delete`, ada, fields);
    expect((await ask('/api/v1/monitor-views')).json.views).toEqual([]);
    await submit(`${LIST}/views`, ada, fields);
    expect((await ask('/api/v1/monitor-views')).json.views).toHaveLength(1);
  });

  test('with the name of another one, or without one, are refused in words', async () => {
    await save(ada, {});
    for (const [name, text] of [
      ['Failing', 'exists. Choose another name.'],
      [' ', 'Must be 1 to'],
    ]) {
      const cookie = (await save(ada, { name })).headers.get('set-cookie')!;
      expect(decodeURIComponent(decodeURIComponent(cookie))).toContain(text);
    }
  });
});
