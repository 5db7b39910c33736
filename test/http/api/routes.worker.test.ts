import { beforeEach, describe, expect, test } from 'vitest';
import { loadRouting } from '../../../src/store/routing.ts';
import { asKey, emptyAccess, makeKey } from '../../support/d1/access.ts';
import { countD1 } from '../../support/d1/counted-d1.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  keepDefaultChannels,
  patch,
  post,
  RECEIVER,
} from '../../support/d1/http-mesh.ts';
import { auditEntriesOf } from '../../support/d1/keys.ts';

await keepDefaultChannels();

const put = (path: string, body: unknown) => ask(`/api/v1${path}`, { method: 'PUT', body });
const remove = (path: string) => ask(`/api/v1${path}`, { method: 'DELETE' });
const get = async (path: string) => (await ask(`/api/v1${path}`)).json;

const SHOP = { id: 'shop', name: 'Shop team', steps: [{ channels: ['on-call'] }] };
const add = async (changes: object = {}) => {
  const created = await post('/api/v1/routes', { ...SHOP, ...changes });
  expect([created.status, created.status === 201 ? '' : created.text]).toEqual([201, '']);
  return created;
};
const orderOf = async () => (await get('/routes')).routes.map(({ id }: { id: string }) => id);

beforeEach(async () => {
  await empty();
  await emptyAccess();
  for (const id of ['on-call', 'spare']) await post('/api/v1/channels', { ...RECEIVER, id, name: id });
  await patch('/api/v1/settings', { defaultChannels: [] });
});

describe('a route', () => {
  test.each([
    ['an unknown channel', { steps: [{ channels: ['nowhere'] }] }, 404, 'steps[0].channels[0]'],
    ['an unknown schedule', { steps: [{ schedules: ['nowhere'] }] }, 404, 'steps[0].schedules[0]'],
    ['an unknown monitor', { match: { monitors: ['nowhere'] } }, 404, 'match.monitors[0]'],
    ['steps without order', { steps: [{ afterSeconds: 60 }, { afterSeconds: 60 }] }, 422, 'steps'],
    ['an empty list', { match: { tags: [] } }, 422, 'match.tags'],
    ['an unknown event', { match: { events: ['incident.exploded'] } }, 422, 'match.events[0]'],
    [
      'an unknown time zone',
      { quietHours: { days: ['monday'], from: '22:00', to: '07:00', timeZone: 'Mars/Base' } },
      422,
      'quietHours.timeZone',
    ],
    [
      'a time of day that does not exist',
      { quietHours: { days: ['monday'], from: '24:00', to: '07:00', timeZone: 'UTC' } },
      422,
      'quietHours.from',
    ],
  ])('with %s is refused, and the path names it', async (_, changes, status, path) => {
    const answer = await post('/api/v1/routes', { ...SHOP, ...changes });
    expect([answer.status, answer.json.errors[0].path]).toEqual([status, path]);
  });

  test('gets every default, an ETag and a path, and is read back as it was written', async () => {
    const created = await add();
    expect([created.headers.get('etag'), created.headers.get('location')]).toEqual([
      '"1"',
      '/api/v1/routes/shop',
    ]);
    const at = new Date(clock.now).toISOString();
    expect(created.json).toEqual({
      ...{ id: 'shop', name: 'Shop team', match: {}, continues: false, enabled: true, tags: {} },
      steps: [{ afterSeconds: 0, channels: ['on-call'], schedules: [] }],
      ...{ repeatMinutes: null, quietHours: null, createdAt: at, updatedAt: at },
    });
    expect(await get('/routes/shop')).toEqual(created.json);
    expect((await loadRouting(bindings.DB)).routes).toEqual([
      {
        ...{
          id: 'shop',
          name: 'Shop team',
          match: {},
          continues: false,
          repeatMinutes: null,
          quietHours: null,
        },
        steps: [{ afterSeconds: 0, channels: ['on-call'], schedules: [] }],
      },
    ]);
  });

  test('is updated by merging, and an update that changes nothing writes nothing', async () => {
    await add({ match: { tags: ['team:shop'], severities: ['critical'] }, repeatMinutes: 60 });
    const updated = await patch('/api/v1/routes/shop', { match: { severities: null }, repeatMinutes: null });
    expect(updated.json).toMatchObject({ match: { tags: ['team:shop'] }, repeatMinutes: null });
    expect(updated.json.match).not.toHaveProperty('severities');
    const before = (await auditEntriesOf()).length;
    expect((await patch('/api/v1/routes/shop', { name: 'Shop team' })).headers.get('etag')).toBe('"2"');
    expect(await auditEntriesOf()).toHaveLength(before);
    expect(
      (
        await ask('/api/v1/routes/shop', {
          method: 'PATCH',
          body: { name: 'x' },
          headers: { 'if-match': '"1"' },
        })
      ).status,
    ).toBe(412);
  });

  test('goes behind the others, and the order is changed as a whole', async () => {
    await add();
    await add({ id: 'rest' });
    expect(await orderOf()).toEqual(['shop', 'rest']);
    expect((await put('/routes/order', { routes: ['rest'] })).status).toBe(422);
    expect((await put('/routes/order', { routes: ['rest', 'shop', 'none'] })).status).toBe(404);
    const ordered = await put('/routes/order', { routes: ['rest', 'shop'] });
    expect([ordered.status, await orderOf()]).toEqual([200, ['rest', 'shop']]);
    expect((await remove('/routes/rest')).status).toBe(204);
    expect(await orderOf()).toEqual(['shop']);
  });
});

describe('a deletion of what a route names', () => {
  test('of a channel is refused, and a detach removes it from routes and default channels', async () => {
    await patch('/api/v1/settings', { defaultChannels: ['on-call', 'spare'] });
    await add({ steps: [{ channels: ['on-call', 'spare'] }] });
    await add({ id: 'only', name: 'Only' });
    const refused = await remove('/channels/on-call');
    expect([refused.status, refused.json.references]).toEqual([
      409,
      [
        { kind: 'route', id: 'shop', name: 'Shop team', field: 'steps', effect: 'detached' },
        { kind: 'route', id: 'only', name: 'Only', field: 'steps', effect: 'emptied' },
        { kind: 'settings', id: 'settings', name: 'Settings', field: 'defaultChannels', effect: 'detached' },
      ],
    ]);
    expect((await remove('/channels/on-call?detach=true')).status).toBe(200);
    expect((await get('/routes/shop')).steps[0].channels).toEqual(['spare']);
    expect((await get('/routes/only')).steps[0].channels).toEqual([]);
    expect(await get('/settings')).toEqual({ defaultChannels: ['spare'] });
  });

  test('of a monitor never leaves a route that matches every monitor', async () => {
    await createMonitor({ id: 'web' });
    await createMonitor({ id: 'blog' });
    await add({ match: { monitors: ['web', 'blog'] } });
    await add({ id: 'only', name: 'Only', match: { monitors: ['web'] } });
    const refused = await remove('/monitors/web');
    expect([refused.status, refused.json.references]).toEqual([
      409,
      [
        { kind: 'route', id: 'shop', name: 'Shop team', field: 'match.monitors', effect: 'detached' },
        { kind: 'route', id: 'only', name: 'Only', field: 'match.monitors', effect: 'deleted' },
      ],
    ]);
    expect((await remove('/monitors/web?detach=true')).status).toBe(200);
    expect(
      (await get('/routes')).routes.map(({ id, match }: { id: string; match: object }) => [id, match]),
    ).toEqual([['shop', { monitors: ['blog'] }]]);
  });
});

describe('who would be notified', () => {
  const preview = async (query: string) => {
    const { recipients, ...rest } = await get(`/routing-preview?${query}`);
    return {
      ...rest,
      recipients: recipients.map(
        (one: { channel: { id: string }; step: number; waitsFor: string; at: string }) => [
          ...[one.channel.id, one.step, one.waitsFor, Date.parse(one.at) - clock.now],
        ],
      ),
    };
  };

  test('lists channels with their step and time, and why the other routes do not apply', async () => {
    await createMonitor({ id: 'web', tags: { team: 'shop' } });
    await add({ id: 'bank', match: { tags: ['team:bank'] } });
    await add({
      match: { tags: ['team:shop'] },
      steps: [{ channels: ['on-call'] }, { afterSeconds: 900, channels: ['spare'] }],
    });
    await add({ id: 'rest' });
    const answer = await preview('monitor=web');
    expect(answer).toMatchObject({ event: 'incident.opened', severity: 'critical', source: 'routes' });
    expect(answer.recipients).toEqual([
      ['on-call', 1, 'nothing', 0],
      ['spare', 2, 'escalation', 900_000],
    ]);
    expect(answer.routes.map(({ id, mismatch }: { id: string; mismatch: string }) => [id, mismatch])).toEqual(
      [
        ['bank', 'tags'],
        ['shop', null],
        ['rest', 'earlier_route'],
      ],
    );
    expect(await preview('monitor=web&event=monitor.degraded')).toMatchObject({
      source: 'none',
      recipients: [],
    });
    expect(await preview('monitor=web&event=incident.resolved')).toMatchObject({ source: 'follow_up' });
    expect((await ask('/api/v1/routing-preview?monitor=nowhere')).status).toBe(404);
  });

  test('names the default channels, and writes and sends nothing', async () => {
    await createMonitor({ id: 'web' });
    await patch('/api/v1/settings', { defaultChannels: ['spare'] });
    const before = (await auditEntriesOf()).length;
    expect(await preview('monitor=web')).toMatchObject({
      source: 'defaults',
      recipients: [['spare', 1, 'nothing', 0]],
    });
    expect(await auditEntriesOf()).toHaveLength(before);
    const { results } = await bindings.DB.prepare('select * from deliveries').all();
    expect(results).toEqual([]);
  });
});

describe('an editor who is restricted to team:shop', () => {
  const routeOf = (changes: object) => ({ ...SHOP, steps: [], tags: { team: 'shop' }, ...changes });

  test('writes routes of own monitors only, and neither sees nor orders those of another team', async () => {
    await createMonitor({ id: 'web', tags: { team: 'shop' } });
    await createMonitor({ id: 'vault', tags: { team: 'bank' } });
    await add({ id: 'bank', tags: { team: 'bank' } });
    const editor = asKey(await makeKey('editor', ['team:shop']));
    const create = (changes: object) => editor('/api/v1/routes', 'POST', routeOf(changes));
    expect((await create({ match: {} })).json.errors[0].path).toBe('match');
    expect((await create({ match: { tags: ['team:bank'] } })).json.errors[0].path).toBe('match.tags[0]');
    const outside = await create({ match: { monitors: ['vault'] } });
    const unknown = await create({ match: { monitors: ['never'] } });
    expect([outside.status, outside.text.replaceAll('vault', 'never')]).toEqual([404, unknown.text]);
    expect((await create({ match: { monitors: ['web'] } })).status).toBe(201);
    expect((await create({ id: 'second', match: { tags: ['team:shop'] } })).status).toBe(201);
    const listed = await editor('/api/v1/routes');
    expect(listed.json.routes.map(({ id }: { id: string }) => id)).toEqual(['shop', 'second']);
    expect((await editor('/api/v1/routes/order', 'PUT', { routes: ['second', 'shop'] })).status).toBe(200);
    expect(await orderOf()).toEqual(['bank', 'second', 'shop']);
    expect((await editor('/api/v1/settings', 'PATCH', { defaultChannels: [] })).status).toBe(403);
    expect((await editor('/api/v1/routing-preview?monitor=vault')).status).toBe(404);
  });
});

describe('settings', () => {
  test('name only channels that exist, and an outdated version is a 412', async () => {
    const unknown = await patch('/api/v1/settings', { defaultChannels: ['nowhere'] });
    expect([unknown.status, unknown.json.errors[0].path]).toEqual([404, 'defaultChannels[0]']);
    const read = await ask('/api/v1/settings');
    const written = await patch('/api/v1/settings', { defaultChannels: ['spare'] });
    expect(written.json).toEqual({ defaultChannels: ['spare'] });
    const headers = { 'if-match': read.headers.get('etag')! };
    const outdated = await ask('/api/v1/settings', {
      method: 'PATCH',
      body: { defaultChannels: [] },
      headers,
    });
    expect(outdated.status).toBe(412);
  });
});

describe('a configuration', () => {
  const document = (changes: object = {}) => put('/configuration', changes);

  test('replaces routes in the order of the document, and leaves them if it omits them', async () => {
    await add({ id: 'old' });
    const routes = [SHOP, { ...SHOP, id: 'rest', name: 'Rest' }];
    const applied = await document({ routes, settings: { defaultChannels: ['spare'] } });
    expect([applied.status, applied.json]).toEqual([200, { created: 2, updated: 1, deleted: 1 }]);
    expect([await orderOf(), await get('/settings')]).toEqual([
      ['shop', 'rest'],
      { defaultChannels: ['spare'] },
    ]);
    await document({ routes: routes.toReversed() });
    expect(await orderOf()).toEqual(['rest', 'shop']);
    await document({ monitors: [] });
    expect(await orderOf()).toEqual(['rest', 'shop']);
    const same = await document(await get('/configuration'));
    expect([same.status, same.json]).toEqual([200, { created: 0, updated: 0, deleted: 0 }]);
  });

  test('names the route and the setting that use a channel which it deletes, and removes it with detach', async () => {
    await add();
    await patch('/api/v1/settings', { defaultChannels: ['on-call'] });
    const channels = [{ ...RECEIVER, id: 'spare', name: 'spare' }];
    const refused = await document({ channels });
    expect([refused.status, refused.json.detail]).toEqual([
      409,
      'The route "shop" names the channel "on-call", which this configuration deletes. Keep the channel, or remove it from the route first. Or add ?detach=true, which removes the references.',
    ]);
    const applied = await put('/configuration?detach=true', { channels });
    expect([applied.status, applied.json.references.map(({ kind }: { kind: string }) => kind)]).toEqual([
      200,
      ['route', 'settings'],
    ]);
    expect((await get('/routes/shop')).steps[0].channels).toEqual([]);
    const unknown = await document({ routes: [SHOP] });
    expect([unknown.status, unknown.json.errors[0].path]).toEqual([404, 'routes[0].steps[0].channels[0]']);
  });

  test('of an editor who is not an admin cannot change the settings', async () => {
    const editor = asKey(await makeKey('editor'));
    const refused = await editor('/api/v1/configuration', 'PUT', {
      settings: { defaultChannels: ['spare'] },
    });
    expect([refused.status, refused.json.errors[0].path]).toEqual([403, 'settings.defaultChannels']);
  });
});

test('what decides about notifications is read in two statements at most', async () => {
  await add({ steps: [{ channels: ['on-call'] }] });
  const counted = countD1(bindings.DB);
  await loadRouting(counted.db);
  expect(counted.take().length).toBeLessThanOrEqual(2);
});
