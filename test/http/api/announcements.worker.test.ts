// Announcements and update templates over the API, and who may write them.
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { asKey, emptyAccess, makeKey } from '../../support/d1/access.ts';
import { ask, clock, createMonitor, empty, patch, post } from '../../support/d1/http-mesh.ts';
import { addPageRow, emptyWords, mailings } from '../../support/d1/words.ts';

const PATH = '/api/v1/announcements';
const TEMPLATES = '/api/v1/update-templates';
const WORDS = { title: 'Moved', body: 'Addresses change.', notify: false };

beforeAll(async () => {
  await empty();
  await emptyAccess();
});
beforeEach(emptyWords);

test.each([
  ['an end before its start', { startsAt: '2030-01-02T00:00:00Z', endsAt: '2030-01-01T00:00:00Z' }, 'endsAt'],
  ['a page that does not exist', { pages: ['nil'] }, 'pages[0]'],
  ['an empty list of pages', { pages: [] }, 'pages'],
  ['no choice whether subscribers are notified', { notify: undefined }, 'notify'],
])('an announcement with %s is refused at its field', async (_, more, path) => {
  const { json } = await post(PATH, { ...WORDS, ...more });
  expect(json.errors.map((one: { path: string }) => one.path)).toEqual([path]);
});

test('an announcement begins now, is mailed once, and can be changed and deleted', async () => {
  const created = await post(PATH, { ...WORDS, notify: true });
  expect([created.status, created.json.startsAt, created.json.endsAt]).toEqual([
    ...[201, new Date(clock.now).toISOString(), null],
  ]);
  const path = created.headers.get('location')!;
  const changed = await patch(path, { title: 'We moved', tags: { team: 'shop' } });
  expect(changed.json).toMatchObject({ title: 'We moved', body: WORDS.body, tags: { team: 'shop' } });
  const stale = await ask(path, { method: 'DELETE', headers: { 'if-match': '"1"' } });
  expect(stale.status).toBe(412);
  expect(await mailings()).toEqual([`announcement_${created.json.id}`]);
  expect((await ask(path, { method: 'DELETE' })).status).toBe(204);
  expect((await ask(path)).status).toBe(404);
});

test('a restricted responder writes for pages of the own team only, and names components inside', async () => {
  await addPageRow('shop-page', { tags: { team: 'shop' } });
  await addPageRow('pay-page', { tags: { team: 'pay' } });
  await createMonitor({ id: 'shop', tags: { team: 'shop' }, group: 'Sales' });
  await createMonitor({ id: 'pay', name: 'Pay', tags: { team: 'pay' }, group: 'Sales' });
  const shop = asKey(await makeKey('responder', ['team:shop']));
  const own = { ...WORDS, tags: { team: 'shop' } };
  const write = async (more: object) => (await shop(PATH, 'POST', { ...own, ...more })).status;
  expect(await write({})).toBe(422);
  expect(await write({ pages: ['pay-page'] })).toBe(404);
  expect(await write({ pages: ['default'] })).toBe(404);
  expect(await write({ pages: ['shop-page'] })).toBe(201);
  expect(await write({ pages: ['shop-page'], tags: { team: 'pay' } })).toBe(422);
  const incident = async (refs: string[]) => {
    const components = refs.map((component) => ({ component, impact: 'major' }));
    return (await shop('/api/v1/public-incidents', 'POST', { ...own, components })).status;
  };
  // Without a component, the words are for the readers of every page.
  expect(await incident([])).toBe(422);
  expect(await incident(['monitor:shop', 'monitor:pay'])).toBe(404);
  // A part of the group is another team's.
  expect(await incident(['group:Sales'])).toBe(404);
  expect(await incident(['monitor:shop'])).toBe(201);
});

test('a restricted reader sees of an own incident what is inside, and a change keeps the rest', async () => {
  await addPageRow('shop-page', { tags: { team: 'shop' } });
  await addPageRow('pay-page', { tags: { team: 'pay' } });
  const both = ['shop', 'pay'].map((id) => ({ component: `monitor:${id}`, impact: 'major' }));
  const more = { components: both, pages: ['pay-page', 'shop-page'], tags: { team: 'shop' } };
  const { id } = (await post('/api/v1/public-incidents', { ...WORDS, ...more })).json;
  const shop = asKey(await makeKey('responder', ['team:shop']));
  const path = `/api/v1/public-incidents/${id}`;
  const seen = (await shop(path)).json;
  expect([seen.components, seen.updates[0].components, seen.pages]).toEqual([
    ...[[both[0]], [both[0]], ['shop-page']],
  ]);
  expect((await shop(path, 'PATCH', { title: 'Other', pages: ['shop-page'] })).status).toBe(200);
  expect((await ask(path)).json).toMatchObject({ title: 'Other', components: both });
  expect((await ask(path)).json.pages.toSorted()).toEqual(['pay-page', 'shop-page']);
});

test('a template has an id of its name, and only editors without a restriction write it', async () => {
  const template = { name: 'Slow checkout', title: 'Checkout is slow', body: 'Payments take longer.' };
  const created = await post(TEMPLATES, template);
  expect([created.status, created.json.id, created.json.status]).toEqual([
    201,
    'slow-checkout',
    'investigating',
  ]);
  expect((await post(TEMPLATES, { ...template, id: 'slow-checkout' })).status).toBe(409);
  expect((await post(TEMPLATES, template)).json.id).toBe('slow-checkout-2');
  const changed = await patch(`${TEMPLATES}/slow-checkout`, { body: 'Wait.' });
  expect([changed.json.body, changed.headers.get('etag')]).toEqual(['Wait.', '"2"']);
  expect((await patch(`${TEMPLATES}/slow-checkout`, { body: 'Wait.' })).headers.get('etag')).toBe('"2"');
  const responder = asKey(await makeKey('responder'));
  const restricted = asKey(await makeKey('editor', ['team:shop']));
  expect((await responder(TEMPLATES, 'POST', template)).status).toBe(403);
  expect((await restricted(TEMPLATES, 'POST', template)).status).toBe(403);
  expect((await restricted(TEMPLATES)).json.updateTemplates).toHaveLength(2);
  expect((await ask(`${TEMPLATES}/slow-checkout`, { method: 'DELETE' })).status).toBe(204);
  expect((await ask(`${TEMPLATES}/slow-checkout`)).status).toBe(404);
});
