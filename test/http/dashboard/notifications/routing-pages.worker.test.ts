// The pages of routes, the dry run, schedules and deliveries: what each person sees, forms, and what they cost.
import { beforeEach, describe, expect, test } from 'vitest';
import { countD1 } from '../../../support/d1/counted-d1.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  keepDefaultChannels,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../../support/d1/signed-in.ts';

const ROUTES = '/dashboard/routes';
const WHO = `${ROUTES}/_who-would-be-notified`;
const SCHEDULES = '/dashboard/schedules';
const DELIVERIES = '/dashboard/deliveries';

let ada: SignedIn;
let editor: SignedIn;
let viewer: SignedIn;
let shop: SignedIn;
beforeEach(async () => {
  await empty();
  await keepDefaultChannels();
  await bindings.DB.batch(
    ['sessions', 'people', 'audit_entries', 'audit_chain'].map((table) =>
      bindings.DB.prepare(`DELETE FROM ${table}`),
    ),
  );
  ada = await signIn('admin', { name: 'Ada', username: 'ada' });
  editor = await signIn('editor', { name: 'Eva' });
  viewer = await signIn('viewer');
  shop = await signIn('editor', { tags: ['team:shop'] });
  await post('/api/v1/channels', { ...RECEIVER, tags: { team: 'shop' } });
  await post('/api/v1/channels', { ...RECEIVER, id: 'bank', name: 'Bank room', tags: { team: 'bank' } });
});

const statements = async (path: string, person: SignedIn): Promise<number> => {
  const counted = countD1(bindings.DB);
  const { status } = await ask(path, {
    token: null,
    headers: { cookie: person.cookie },
    env: { DB: counted.db },
  });
  expect(status).toBe(200);
  return counted.take().length;
};

const textOf = (html: string): string =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .trim();

const route = async (changes: object = {}) => {
  const created = await post('/api/v1/routes', {
    ...{ id: 'shop', name: 'Shop team', match: { tags: ['team:shop'], severities: ['critical'] } },
    steps: [{ channels: ['on-call'] }, { afterSeconds: 600, channels: ['bank'] }],
    tags: { team: 'shop' },
    ...changes,
  });
  expect(created.status).toBe(201);
};
const order = async () => (await ask('/api/v1/routes')).json.routes.map(({ id }: { id: string }) => id);

describe('routes', () => {
  test('are a sentence each, in their order', async () => {
    await route();
    await route({ id: 'rest', name: 'Rest', match: {}, steps: [], tags: {} });
    const { text } = await get(ROUTES, viewer);
    expect(textOf(text)).toContain(
      'Monitors with team:shop that go down → notify On call, after 10 min → notify Bank room',
    );
    expect(textOf(text)).toContain('All notifications → notify nobody');
    expect(text).not.toContain('Move Shop team');
    expect(await statements(ROUTES, viewer)).toBeLessThanOrEqual(5);
  });

  test('change their order by buttons, which keep the focus', async () => {
    await route();
    await route({ id: 'rest', name: 'Rest', match: {}, steps: [], tags: {} });
    const moved = await submit(`${ROUTES}/rest/move`, editor, { by: 'up' });
    expect(moved.headers.get('location')).toBe(`${ROUTES}?moved=rest&by=up#route-rest`);
    expect(await order()).toEqual(['rest', 'shop']);
    await submit(`${ROUTES}/rest/move`, editor, { by: 'down' });
    expect(await order()).toEqual(['shop', 'rest']);
    expect((await get(`${ROUTES}?moved=rest&by=up`, editor)).text).toMatch(
      /aria-label="Move Rest up" autofocus/,
    );
  });

  test('are created by a form with steps in minutes', async () => {
    const created = await submit(ROUTES, editor, {
      ...{ name: 'Night', 'match.tags': 'team:shop', 'match.severities': 'critical' },
      ...{ 'steps~count': '3', 'steps[0].channels': 'on-call', 'steps[1].afterSeconds': '' },
      ...{ 'steps[2].afterSeconds': '15', 'steps[2].channels': 'bank' },
      ...{ repeatMinutes: '30', 'quietHours.days~present': 'yes', 'quietHours.from': '', enabled: 'yes' },
    });
    expect(created.status).toBe(303);
    expect((await ask('/api/v1/routes/night')).json).toMatchObject({
      match: { tags: ['team:shop'], severities: ['critical'] },
      steps: [
        { afterSeconds: 0, channels: ['on-call'] },
        { afterSeconds: 900, channels: ['bank'] },
      ],
      ...{ repeatMinutes: 30, quietHours: null, enabled: true },
    });
  });

  test('with an invalid field show the error there, keep what was typed, and change nothing', async () => {
    await route();
    const refused = await submit(`${ROUTES}/shop`, editor, {
      ...{ version: '1', name: 'Renamed', 'match.tags': 'no tag!', 'steps~count': '1' },
      ...{ 'steps[0].channels': 'gone', enabled: 'yes' },
    });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('id="match.tags-error"');
    expect(refused.text).toContain('value="Renamed"');
    expect((await ask('/api/v1/routes/shop')).json.name).toBe('Shop team');
    const stale = await submit(`${ROUTES}/shop`, editor, {
      ...{
        version: '0',
        name: 'Renamed',
        'steps~count': '1',
        'steps[0].channels': 'on-call',
        enabled: 'yes',
      },
    });
    expect(stale.status).toBe(409);
    expect(stale.text).toContain('Another person has changed the route');
  });

  test('of another team, and their channels, are not shown to a restricted person', async () => {
    await route();
    await route({ id: 'money', name: 'Money', match: { tags: ['team:bank'] }, tags: { team: 'bank' } });
    const { text } = await get(ROUTES, shop);
    expect(text).toContain('Shop team');
    expect(text).not.toMatch(/Money|Bank room|bank/);
    expect((await get(`${ROUTES}/money`, shop)).status).toBe(404);
    expect((await submit(`${ROUTES}/money/move`, shop, { by: 'up' })).status).toBe(404);
    // It names a channel outside: a change would drop it.
    const partly = await submit(`${ROUTES}/shop`, shop, { name: 'Mine', 'steps~count': '1', enabled: 'yes' });
    expect(partly.text).toContain('names entries outside your access');
  });

  test('are deleted with the box only', async () => {
    await route();
    expect((await submit(`${ROUTES}/shop/delete`, editor)).status).toBe(422);
    expect((await submit(`${ROUTES}/shop/delete`, editor, { confirm: 'yes' })).status).toBe(303);
    expect(await order()).toEqual([]);
  });
});

describe('who would be notified', () => {
  test('names channels in order, and says why each route applies or not', async () => {
    await createMonitor({ tags: { team: 'shop' } });
    await route({ id: 'first', name: 'Bank team', match: { tags: ['team:bank'] }, tags: {} });
    await route();
    await route({ id: 'rest', name: 'Rest', match: {}, steps: [], tags: {} });
    const page = textOf((await get(`${WHO}?monitor=shop`, viewer)).text);
    expect(page).toContain('2 notifications would be sent');
    expect(page).toMatch(/At once: On call.*After 10 min: Bank room.*unless it is acknowledged by then/);
    expect(page).toMatch(/Bank team\s*Does not apply\s*Because the monitor has none of its tags\./);
    expect(page).toMatch(/Rest\s*Does not apply\s*Because an earlier route matched and decides alone\./);
    expect(await statements(`${WHO}?monitor=shop`, viewer)).toBeLessThanOrEqual(5);
  });

  test('says what suppresses it: a silence, a pause', async () => {
    await createMonitor({ tags: { team: 'shop' } });
    await route();
    const times = { startsAt: new Date(clock.now - 1_000), endsAt: new Date(clock.now + 3_600_000) };
    const made = await post('/api/v1/silences', {
      id: 'quiet',
      name: 'Known',
      monitors: ['shop'],
      ...times,
    });
    expect(made.status).toBe(201);
    const page = textOf((await get(`${WHO}?monitor=shop`, viewer)).text);
    expect(page).toContain('Right now, nobody would be notified.');
    expect(page).toMatch(/A silence covers it until/);
    const later = new Date(clock.now + 7_200_000).toISOString().slice(0, 16);
    expect((await get(`${WHO}?monitor=shop&at=${later}`, viewer)).text).not.toContain(
      'nobody would be notified.',
    );
  });

  test('finds a monitor by its name, and asks if several match', async () => {
    await createMonitor();
    await createMonitor({ id: 'shop-2', name: 'Web shop 2' });
    const exact = await get(`${WHO}?monitor=web+shop`, viewer);
    expect(exact.headers.get('location')).toContain('monitor=shop&');
    const several = await get(`${WHO}?monitor=web`, viewer);
    expect([several.status, several.text.includes('Which monitor do you mean?')]).toEqual([422, true]);
    expect((await get(`${WHO}?monitor=nothing`, viewer)).text).toContain('No monitor has this name or id.');
    expect((await get(`${WHO}?monitor=shop&at=yesterday`, viewer)).status).toBe(422);
  });

  test('of a monitor outside is like one that does not exist', async () => {
    await createMonitor({ tags: { team: 'bank' } });
    const { text } = await get(`${WHO}?monitor=shop`, shop);
    expect(text).toContain('No monitor has this name or id.');
    expect(text).not.toContain('Web shop');
  });

  test('shows a disabled channel as one that gets nothing', async () => {
    await createMonitor({ channels: ['on-call'] });
    await ask('/api/v1/channels/on-call', { method: 'PATCH', body: { enabled: false } });
    const page = textOf((await get(`${WHO}?monitor=shop`, viewer)).text);
    expect(page).toContain('Nobody would be notified');
    expect(page).toContain('Disabled: gets nothing');
  });
});

describe('schedules', () => {
  const ROTATION = {
    ...{ name: 'Shop on call', timeZone: 'Europe/Berlin', 'rotations~count': '1' },
    ...{ 'rotations[0].name': 'Primary', 'rotations[0].start': '2027-01-11T09:00' },
    ...{ 'rotations[0].turn.unit': 'days', 'rotations[0].turn.count': '1' },
  };
  const create = async (fields: Record<string, string> = {}) =>
    submit(SCHEDULES, ada, { ...ROTATION, 'rotations[0].people': 'ada', ...fields });

  test('are created by a form without JSON, with people by username', async () => {
    const created = await create();
    expect(created.headers.get('location')).toBe(`${SCHEDULES}/shop-on-call`);
    expect((await ask('/api/v1/schedules/shop-on-call')).json.rotations).toMatchObject([
      {
        name: 'Primary',
        people: [ada.id],
        start: '2027-01-11T09:00',
        turn: { unit: 'days', count: 1 },
        times: null,
      },
    ]);
    const refused = await create({ 'rotations[0].people': 'nobody' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('id="rotations[0].people-error"');
    expect(refused.text).toContain('value="2027-01-11T09:00"');
  });

  test('show who is on call now and next, the shifts of two weeks, and who cannot be reached', async () => {
    await create();
    const list = textOf((await get(SCHEDULES, viewer)).text);
    expect(list).toMatch(/On call now: Ada \(Primary\)\s?no channel/);
    const { text } = await get(`${SCHEDULES}/shop-on-call`, viewer);
    expect(textOf(text)).toContain('All times in Europe/Berlin.');
    expect(textOf(text)).toContain('Not everybody can be reached.');
    expect(text).not.toContain('I take this shift');
    expect(await statements(`${SCHEDULES}/shop-on-call`, viewer)).toBeLessThanOrEqual(5);
    expect(await statements(SCHEDULES, viewer)).toBeLessThanOrEqual(5);
  });

  test('let a person take a shift and give it back', async () => {
    await create();
    const page = await get(`${SCHEDULES}/shop-on-call`, editor);
    expect(page.text).toContain('I take this shift');
    const taken = await submit(`${SCHEDULES}/shop-on-call/overrides`, editor, {
      ...{ person: editor.id, startsAt: '2027-01-16T09:00', endsAt: '2027-01-17T09:00' },
    });
    expect(taken.status).toBe(303);
    const { overrides } = (await ask('/api/v1/schedules/shop-on-call')).json;
    // 09:00 in Berlin.
    expect(overrides).toMatchObject([
      { person: editor.id, startsAt: '2027-01-16T08:00:00.000Z', endsAt: '2027-01-17T08:00:00.000Z' },
    ]);
    const gone = await submit(`${SCHEDULES}/shop-on-call/overrides/${overrides[0].id}/delete`, editor);
    expect(gone.status).toBe(303);
    expect((await ask('/api/v1/schedules/shop-on-call')).json.overrides).toEqual([]);
  });

  test.each([
    ['without a time', { startsAt: '', endsAt: '2027-01-17T09:00' }, 'startsAt-error'],
    [
      'that ends before it begins',
      { startsAt: '2027-01-18T09:00', endsAt: '2027-01-17T09:00' },
      'endsAt-error',
    ],
  ])('refuse an override %s at its field', async (_, times, id) => {
    await create();
    const refused = await submit(`${SCHEDULES}/shop-on-call/overrides`, editor, {
      person: editor.id,
      ...times,
    });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(`id="${id}"`);
  });

  test('of another team do not exist for a restricted person', async () => {
    await create({ tags: 'team: bank' });
    expect((await get(SCHEDULES, shop)).text).not.toContain('Shop on call');
    expect((await get(`${SCHEDULES}/shop-on-call`, shop)).status).toBe(404);
  });
});

describe('deliveries', () => {
  const outage = async () => {
    await createMonitor({ channels: ['on-call', 'bank'], tags: { team: 'shop' } });
    await runUntilConfirmed(1, 6);
  };

  test('are listed by the filter in the address', async () => {
    await outage();
    const all = textOf((await get(DELIVERIES, viewer)).text);
    expect(all).toContain('incident.opened');
    expect(all).toMatch(/On call.*Pending/);
    expect((await get(`${DELIVERIES}?channel=bank`, viewer)).text).not.toContain('/on-call"');
    expect((await get(`${DELIVERIES}?state=failed`, viewer)).text).toContain('No delivery matches');
    expect((await get(`${DELIVERIES}?monitor=shop&event=incident.opened`, viewer)).text).toContain(
      '/on-call"',
    );
    expect(await statements(DELIVERIES, viewer)).toBeLessThanOrEqual(5);
  });

  test('of channels outside are not shown to a restricted person, by no address', async () => {
    await outage();
    const { text } = await get(DELIVERIES, shop);
    expect(text).toContain('/on-call"');
    expect(text).not.toContain('bank');
    const path = /\/dashboard\/deliveries\/[^"]+\/on-call/.exec(text)![0];
    expect((await get(path, shop)).status).toBe(200);
    expect((await get(path.replace('on-call', 'bank'), shop)).status).toBe(404);
    expect((await submit(`${path.replace('on-call', 'bank')}/redeliver`, shop)).status).toBe(404);
  });

  test('are sent again with the same id by a button, if they failed', async () => {
    await outage();
    await bindings.DB.prepare(
      `UPDATE deliveries SET state = 'failed', turn = NULL, attempts = 9, last_status = 500,
        last_error = 'hooks.example.com responded 500', finished_at = ?1 WHERE channel_id = 'on-call'`,
    )
      .bind(clock.now)
      .run();
    const { text } = await get(`${DELIVERIES}?state=failed`, editor);
    const path = /\/dashboard\/deliveries\/[^"]+\/on-call/.exec(text)![0];
    const page = await get(path, viewer);
    expect(page.text).toContain('hooks.example.com responded 500');
    expect(page.text).not.toContain('Redeliver');
    expect((await get(path, editor)).text).toContain('It is sent again with the same id');
    expect((await submit(`${path}/redeliver`, editor)).headers.get('location')).toBe(path);
    expect((await get(path, editor)).text).toContain('data-state="pending"');
    // It is pending already.
    expect((await submit(`${path}/redeliver`, editor)).status).toBe(409);
  });
});
