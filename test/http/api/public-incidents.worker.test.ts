// Public incidents over the API: drafts, updates, corrections, postmortems, and what subscribers and channels get of them.
import { beforeEach, expect, test } from 'vitest';
import { asKey, auditTrail, emptyAccess, makeKey } from '../../support/d1/access.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';
import { auditEntriesOf } from '../../support/d1/keys.ts';
import { emptyWords, mailings } from '../../support/d1/words.ts';

const PATH = '/api/v1/public-incidents';
const MINUTE = 60_000;

beforeEach(async () => {
  await empty();
  await emptyAccess();
  await emptyWords();
});

const WORDS = { title: 'Checkout is slow', body: 'We look into it.', notify: false };
const create = async (more: object = {}) => {
  const created = await post(PATH, { ...WORDS, ...more });
  if (created.status !== 201) throw new Error(created.text);
  return created.json;
};
const update = (id: string, more: object = {}) =>
  post(`${PATH}/${id}/updates`, { status: 'identified', body: 'A full disk.', notify: false, ...more });

test.each([
  ['a title of two lines', { title: 'a\nb' }, 'title'],
  ['an empty text', { body: ' ' }, 'body'],
  ['a control character', { body: 'a\u0007' }, 'body'],
  [
    'a component of no kind',
    { components: [{ component: 'shop', impact: 'major' }] },
    'components[0].component',
  ],
  [
    'a monitor that does not exist',
    { components: [{ component: 'monitor:nil', impact: 'major' }] },
    'components[0].component',
  ],
  [
    'a group that does not exist',
    { components: [{ component: 'group:Nil', impact: 'major' }] },
    'components[0].component',
  ],
  [
    'an impact that does not exist',
    { components: [{ component: 'monitor:shop', impact: 'bad' }] },
    'components[0].impact',
  ],
  ['a measured incident that does not exist', { incidents: ['inc_nil'] }, 'incidents[0]'],
  ['a page that does not exist', { pages: ['nil'] }, 'pages[0]'],
  ['a start in the future', { startedAt: '2099-01-01T00:00:00Z' }, 'startedAt'],
  ['a first update in the future', { at: '2099-01-01T00:00:00Z' }, 'at'],
  ['a draft that notifies', { state: 'draft', notify: true }, 'notify'],
  ['no choice whether subscribers are notified', { notify: undefined }, 'notify'],
])('%s is refused at its field', async (_, more, path) => {
  const { status, json } = await post(PATH, { ...WORDS, ...more });
  expect([404, 422]).toContain(status);
  expect(json.errors.map((one: { path: string }) => one.path)).toEqual([path]);
  expect(await mailings()).toEqual([]);
});

test('the newest update decides status and impact, and resolved makes every component operational', async () => {
  await createMonitor();
  const shop = (impact: string) => [{ component: 'monitor:shop', impact }];
  const { id } = await create({ components: shop('major') });
  clock.now += MINUTE;
  await update(id, { components: shop('degraded') });
  clock.now += MINUTE;
  const { json } = await update(id, { status: 'resolved', body: 'It is over.' });
  expect(json).toMatchObject({
    ...{ state: 'published', status: 'resolved', impact: 'operational', components: shop('operational') },
    resolvedAt: new Date(clock.now).toISOString(),
    proposedUpdate: null,
  });
  expect(json.updates.map((one: { status: string }) => one.status)).toEqual([
    ...['resolved', 'identified', 'investigating'],
  ]);
  clock.now += MINUTE;
  const again = await update(id, {
    status: 'investigating',
    body: 'It is back.',
    components: shop('partial'),
  });
  expect(again.json).toMatchObject({ resolvedAt: null, impact: 'partial' });
});

test('what is over is reported with its times, and a static past is not notified by itself', async () => {
  const hour = (hours: number) => new Date(clock.now - hours * 3_600_000).toISOString();
  const past = await create({ status: 'resolved', startedAt: hour(5), at: hour(3) });
  expect(past).toMatchObject({ startedAt: hour(5), resolvedAt: hour(3), status: 'resolved' });
  const early = await post(PATH, { ...WORDS, startedAt: hour(2), at: hour(3) });
  expect(early.json.errors[0]).toMatchObject({ path: 'startedAt' });
  expect(await mailings()).toEqual([]);
});

test('a subscriber gets a mailing for each update that was chosen to notify, and an edit sends nothing', async () => {
  const { id, updates } = await create({ notify: true });
  const second = await update(id, { notify: true });
  await update(id, { status: 'monitoring' });
  const [newest] = second.json.updates;
  expect(await mailings()).toEqual([`update_${updates[0].id}`, `update_${newest.id}`]);
  clock.now += MINUTE;
  const edited = await ask(`${PATH}/${id}/updates/${newest.id}`, {
    ...{ method: 'PATCH', body: { body: 'A full disk of the database.' } },
  });
  expect(edited.status).toBe(200);
  const shown = edited.json.updates.find((one: { id: string }) => one.id === newest.id);
  expect(shown).toMatchObject({
    body: 'A full disk of the database.',
    editedAt: new Date(clock.now).toISOString(),
  });
  expect(await mailings()).toHaveLength(2);
  const entry = (await auditEntriesOf()).at(-1)!;
  expect(entry).toMatchObject({
    action: 'incident_update.updated',
    before: { update: { body: 'A full disk.' } },
    after: { update: { body: 'A full disk of the database.' } },
  });
});

test('of two people who publish a draft at once, the second learns that it is published, and readers get it once', async () => {
  const { id } = await create({ state: 'draft' });
  const publish = () => post(`${PATH}/${id}/publish`, { notify: true });
  const answers = await Promise.all([publish(), publish(), publish()]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
  expect(await mailings()).toHaveLength(1);
  expect((await auditTrail()).filter((entry) => entry.startsWith('public_incident.published'))).toHaveLength(
    1,
  );
});

test('a draft notifies no one before it is published, and its last update cannot be deleted', async () => {
  const { id, updates } = await create({ state: 'draft' });
  expect((await update(id, { notify: true })).json.errors[0]).toMatchObject({ path: 'notify' });
  const removed = await ask(`${PATH}/${id}/updates/${updates[0].id}`, { method: 'DELETE' });
  expect(removed.status).toBe(409);
  const postmortem = { body: 'A full disk.', notify: true };
  expect((await ask(`${PATH}/${id}/postmortem`, { method: 'PUT', body: postmortem })).status).toBe(422);
  expect(await mailings()).toEqual([]);
});

test('deleting an update takes the status back to the one before', async () => {
  const { id } = await create();
  clock.now += MINUTE;
  const { json } = await update(id, { status: 'resolved' });
  const { json: after } = await ask(`${PATH}/${id}/updates/${json.updates[0].id}`, { method: 'DELETE' });
  expect(after).toMatchObject({ status: 'investigating', resolvedAt: null });
});

test('a postmortem that comes later keeps its first day, and is sent if its author chooses so', async () => {
  const { id } = await create({ status: 'resolved' });
  const write = (body: string, notify: boolean) =>
    ask(`${PATH}/${id}/postmortem`, { method: 'PUT', body: { body, notify } });
  clock.now += MINUTE;
  const at = new Date(clock.now).toISOString();
  expect((await write('#### Cause', true)).json.postmortem).toEqual({ at, body: '#### Cause' });
  clock.now += MINUTE;
  expect((await write('#### Cause and effect', false)).json.postmortem.at).toBe(at);
  expect(await mailings()).toHaveLength(1);
  const removed = await ask(`${PATH}/${id}/postmortem`, { method: 'DELETE' });
  expect(removed.json.postmortem).toBeNull();
  expect((await ask(`${PATH}/${id}/postmortem`, { method: 'DELETE' })).status).toBe(404);
});

test('open incidents of the named monitors are linked, their channels get the update, and their end proposes one', async () => {
  await post('/api/v1/channels', RECEIVER);
  await createMonitor();
  await runUntilConfirmed(1, 6);
  const [measured] = (await ask('/api/v1/incidents')).json.incidents;
  const created = await create({ components: [{ component: 'monitor:shop', impact: 'major' }] });
  expect(created).toMatchObject({
    incidents: [measured.id],
    startedAt: measured.startedAt,
    proposedUpdate: null,
  });
  await runUntilConfirmed(1, 0);
  const { json } = await ask(`${PATH}/${created.id}`);
  expect(json).toMatchObject({ status: 'investigating', proposedUpdate: { status: 'resolved' } });
  const { deliveries } = (await ask('/api/v1/deliveries?channel=on-call')).json;
  const events = deliveries.map((one: { event: string }) => one.event);
  expect(events.toSorted()).toEqual(['incident.opened', 'incident.resolved', 'incident.updated']);
  const { results } = await bindings.DB.prepare(
    "select body from notifications where event = 'incident.updated'",
  ).all<{ body: string }>();
  const body = JSON.parse(results[0]!.body);
  expect([body.title, body.data.action.text]).toEqual(['Update on Web shop', 'We look into it.']);
});

test('a responder discards a draft, and only an editor deletes what readers have seen', async () => {
  const responder = asKey(await makeKey('responder'));
  const draft = await create({ state: 'draft' });
  const published = await create();
  expect((await responder(`${PATH}/${draft.id}`, 'DELETE')).status).toBe(204);
  expect((await responder(`${PATH}/${published.id}`, 'DELETE')).status).toBe(403);
  expect((await ask(`${PATH}/${published.id}`)).status).toBe(200);
  expect((await ask(`${PATH}/${published.id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await ask(`${PATH}/${published.id}`)).status).toBe(404);
  const { results } = await bindings.DB.prepare('select * from incident_updates').all();
  expect(results).toEqual([]);
});

test('a version that is not the stored one changes nothing', async () => {
  const { id } = await create();
  const stale = { method: 'PATCH', body: { title: 'Other' }, headers: { 'if-match': '"7"' } };
  expect((await ask(`${PATH}/${id}`, stale)).status).toBe(412);
  const changed = await ask(`${PATH}/${id}`, { method: 'PATCH', body: { title: 'Checkout was slow' } });
  expect([changed.status, changed.headers.get('etag'), changed.json.title]).toEqual([
    ...[200, '"2"', 'Checkout was slow'],
  ]);
  const same = await ask(`${PATH}/${id}`, { method: 'PATCH', body: { title: 'Checkout was slow' } });
  expect(same.headers.get('etag')).toBe('"2"');
});

test('lists come in pages, newest first, with drafts and open ones by filter', async () => {
  for (const title of ['One', 'Two', 'Three']) {
    clock.now += MINUTE;
    await create({ title, state: title === 'Two' ? 'draft' : 'published' });
  }
  await create({ title: 'Four', status: 'resolved' });
  const titles = async (query: string) => {
    const { json } = await ask(`${PATH}?${query}`);
    return [json.publicIncidents.map((one: { title: string }) => one.title), json.nextCursor];
  };
  const [first, cursor] = await titles('limit=3');
  expect([...first].toSorted()).toEqual(['Four', 'Three', 'Two']);
  expect(await titles(`limit=3&cursor=${cursor}`)).toEqual([['One'], null]);
  expect(await titles('state=draft')).toEqual([['Two'], null]);
  expect((await titles('open=false'))[0]).toEqual(['Four']);
});

test('a text of an incident that is too long in all is refused, so that a page can always read it', async () => {
  const { id } = await create({ body: 'ä'.repeat(5_000) });
  await bindings.DB.prepare(
    `insert into incident_updates (id, public_incident_id, at, status, body, components, notify, author_id, author_name, updated_at)
     select 'upd_' || value, ?1, 1, 'identified', ?2, '[]', 0, 'k', 'K', 1 from json_each(?3)`,
  )
    .bind(id, 'ä'.repeat(5_000), JSON.stringify(Array.from({ length: 98 }, (_, index) => index)))
    .run();
  expect((await update(id)).status).toBe(409);
});
