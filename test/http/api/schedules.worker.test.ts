// On-call schedules over the API: the calendar, overrides, who is on call, references, and what a restriction shows.
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { asKey, emptyAccess, makeKey } from '../../support/d1/access.ts';
import { ask, bindings, clock, empty, post, RECEIVER } from '../../support/d1/http-mesh.ts';

const PATH = '/api/v1/schedules';
const people: Record<string, string> = {};

beforeAll(async () => {
  await empty();
  await emptyAccess();
  await post('/api/v1/channels', { ...RECEIVER, id: 'ada-sms', name: 'SMS' });
  for (const username of ['ada', 'bob']) {
    const { json } = await post('/api/v1/people', { name: username, username, role: 'responder' });
    people[username] = json.id;
  }
  await bindings.DB.prepare('update people set channels = ? where username = ?')
    .bind('["ada-sms"]', 'ada')
    .run();
});

beforeEach(async () => {
  await bindings.DB.prepare('delete from schedules').run();
});

const ROTATION = { name: 'Primary', people: ['ada', 'bob'], start: '2026-11-02T09:00' };
const create = (more: object = {}) =>
  post(PATH, { id: 'shop', name: 'Shop', timeZone: 'Europe/Berlin', rotations: [ROTATION], ...more });

test.each([
  ['an unknown time zone', { timeZone: 'Mars/Olympus' }, 'timeZone'],
  ['an offset in place of a time zone', { timeZone: '+01:00' }, 'timeZone'],
  [
    'a date that does not exist',
    { rotations: [{ ...ROTATION, start: '2026-02-30T09:00' }] },
    'rotations[0].start',
  ],
  ['an end before the start', { rotations: [{ ...ROTATION, end: '2026-11-01T09:00' }] }, 'rotations[0].end'],
  [
    'a person who does not exist',
    { rotations: [{ ...ROTATION, people: ['ada', 'cem'] }] },
    'rotations[0].people[1]',
  ],
  [
    'a turn that is too long',
    { rotations: [{ ...ROTATION, turn: { unit: 'weeks', count: 9 } }] },
    'rotations[0].turn.count',
  ],
])('%s is refused at its field', async (_, more, path) => {
  const { status, json } = await create(more);
  expect([404, 422]).toContain(status);
  expect(json.errors.map((one: { path: string }) => one.path)).toEqual([path]);
});

test('people are named by id, username or e-mail address, and stored by id', async () => {
  const { status, json } = await create({ rotations: [{ ...ROTATION, people: ['ADA', people.bob] }] });
  expect(status).toBe(201);
  expect(json.rotations[0].people).toEqual([people.ada, people.bob]);
  const again = await ask(`${PATH}/shop`, { method: 'PATCH', body: { rotations: json.rotations } });
  expect([again.status, again.headers.get('etag')]).toEqual([200, '"1"']);
});

test('the API says who is on call now and next, and who cannot be reached', async () => {
  await create();
  const { json } = await ask(`${PATH}/shop/on-call?at=2026-11-05T12:00:00Z`);
  expect(json).toEqual({
    at: '2026-11-05T12:00:00.000Z',
    people: [{ id: people.ada, name: 'ada', rotation: 'Primary', channels: ['ada-sms'], problem: null }],
    next: {
      startsAt: '2026-11-09T08:00:00.000Z',
      endsAt: '2026-11-16T08:00:00.000Z',
      people: [{ id: people.bob, name: 'bob', rotation: 'Primary', channels: [], problem: 'no_channel' }],
    },
  });
});

test('a list of shifts has no gaps, and covers at most 62 days', async () => {
  await create();
  const { json } = await ask(`${PATH}/shop/shifts?from=2026-11-01T00:00:00Z&to=2026-11-12T00:00:00Z`);
  expect(
    json.shifts.map((shift: { people: { name: string }[] }) => shift.people.map(({ name }) => name)),
  ).toEqual([[], ['ada'], ['bob']]);
  const long = await ask(`${PATH}/shop/shifts?from=2026-11-01T00:00:00Z&to=2027-11-01T00:00:00Z`);
  expect(long.status).toBe(422);
});

test('an override takes the place of the rotations, and its deletion restores them', async () => {
  await create();
  const startsAt = new Date(clock.now - 60_000).toISOString();
  const endsAt = new Date(clock.now + 3_600_000).toISOString();
  const past = await post(`${PATH}/shop/overrides`, {
    person: 'bob',
    startsAt: '2026-01-01T00:00:00Z',
    endsAt: startsAt,
  });
  expect(past.status).toBe(422);
  const added = await post(`${PATH}/shop/overrides`, { person: 'bob', startsAt, endsAt });
  expect([added.status, added.json]).toMatchObject([201, { person: people.bob, startsAt, endsAt }]);
  const { json } = await ask(`${PATH}/shop/on-call`);
  expect(json.people).toMatchObject([{ name: 'bob', rotation: null }]);
  const path = `${PATH}/shop/overrides/${added.json.id}`;
  expect((await ask(path, { method: 'DELETE' })).status).toBe(204);
  expect((await ask(path, { method: 'DELETE' })).status).toBe(404);
  expect((await ask(`${PATH}/shop`)).json.overrides).toEqual([]);
});

test('a schedule that a route names is deleted with detach only, and the route loses it', async () => {
  await create();
  await bindings.DB.prepare(
    `insert into routes (id, name, position, match, continues, steps, enabled, tags, created_at, updated_at)
      values ('all', 'All', 1, '{}', 0, '[{"afterSeconds":0,"channels":[],"schedules":["shop"]}]', 1, '{}', 0, 0)`,
  ).run();
  const refused = await ask(`${PATH}/shop`, { method: 'DELETE' });
  expect([refused.status, refused.json.references]).toMatchObject([409, [{ kind: 'route', id: 'all' }]]);
  const deleted = await ask(`${PATH}/shop?detach=true`, { method: 'DELETE' });
  expect([deleted.status, deleted.json.references]).toMatchObject([200, [{ kind: 'route', id: 'all' }]]);
  const row = await bindings.DB.prepare("select steps, version from routes where id = 'all'").first();
  expect(row).toEqual({ steps: '[{"afterSeconds":0,"channels":[],"schedules":[]}]', version: 2 });
  await bindings.DB.prepare('delete from routes').run();
});

test('a restricted editor sees schedules inside only, and cannot name people who do not see them', async () => {
  await create({ tags: { team: 'pay' } });
  await post('/api/v1/people', { name: 'Cem', username: 'cem', role: 'editor', tags: ['team:pay'] });
  const own = asKey(await makeKey('editor', ['team:shop']));
  expect((await own(PATH)).json.schedules).toEqual([]);
  const mine = (who: string) => ({
    ...{ name: 'Ours', tags: { team: 'shop' }, rotations: [{ ...ROTATION, people: [who] }] },
  });
  const theirs = await own(PATH, 'POST', mine('cem'));
  const missing = await own(PATH, 'POST', mine('nil'));
  expect(theirs.text.replaceAll('cem', 'nil')).toBe(missing.text);
  expect((await own(PATH, 'POST', mine('ada'))).status).toBe(201);
  expect((await own(PATH, 'POST', { ...mine('ada'), tags: { team: 'pay' } })).status).toBe(422);
});

test('a configuration replaces the schedules, keeps their overrides, and is read back as it was written', async () => {
  await create();
  const override = { person: 'bob', startsAt: '2029-01-01T00:00:00Z', endsAt: '2029-01-02T00:00:00Z' };
  await post(`${PATH}/shop/overrides`, override);
  const put = (schedules: object[], query = '') =>
    ask(`/api/v1/configuration${query}`, { method: 'PUT', body: { schedules } });
  const wrong = await put([{ name: 'Shop', rotations: [{ ...ROTATION, people: ['nil'] }] }]);
  expect([wrong.status, wrong.json.errors[0].path]).toEqual([404, 'schedules[0].rotations[0].people[0]']);
  const renamed = { id: 'shop', name: 'Shop team', timeZone: 'Europe/Berlin', rotations: [ROTATION] };
  const applied = await put([renamed, { name: 'New' }]);
  expect(applied.json).toMatchObject({ created: 1, updated: 1, deleted: 0 });
  expect((await ask(`${PATH}/shop`)).json).toMatchObject({
    name: 'Shop team',
    overrides: [{ person: people.bob }],
  });
  const { schedules } = (await ask('/api/v1/configuration')).json;
  expect((await put(schedules)).json).toMatchObject({ created: 0, updated: 0, deleted: 0 });
  expect((await put([renamed], '?dryRun')).json.plan.schedules.delete).toEqual(['new']);
  expect((await put([renamed])).json).toMatchObject({ deleted: 1 });
});
