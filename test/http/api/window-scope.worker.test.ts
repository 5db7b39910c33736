// Windows by tag, windows that start now, and windows that end before their time.
import { beforeEach, describe, expect, test } from 'vitest';
import { loadState } from '../../../src/store/shard.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
  runUntilConfirmed,
  SHOP,
} from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const { DB } = bindings;
const MINUTE = 60_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const silence = (body: object) =>
  post('/api/v1/silences', { id: 'quiet', name: 'Quiet', durationMinutes: 600, ...body });
const covered = async (id = 'silence:quiet') => (await loadState(DB)).windows.get(id)?.monitors;
const end = (path: string, headers = {}) => ask(`/api/v1/${path}/end`, { method: 'POST', headers });
const sent = async (): Promise<string[]> => {
  const { results } = await DB.prepare('select event from notifications order by position').all<{
    event: string;
  }>();
  return results.map(({ event }) => event);
};

describe('a window by tag', () => {
  test('it covers the monitors that have any of its tags, besides those that it lists', async () => {
    await createMonitor({ id: 'a', tags: { team: 'shop' } });
    await createMonitor({ id: 'b', tags: { team: 'web', stage: 'live' } });
    await createMonitor({ id: 'c', tags: { team: 'shops' } });
    await createMonitor({ id: 'd' });
    const created = await silence({ tags: ['team:shop', 'stage'], monitors: ['d'] });
    expect(created.json).toMatchObject({ monitors: ['d'], tags: ['team:shop', 'stage'], state: 'active' });
    expect([...((await covered()) as number[])].sort()).toEqual([1, 2, 4]);
  });

  test('a monitor joins with the tag and leaves with it, over the API and by a file, and a replay agrees', async () => {
    await silence({ tags: ['team:shop'] });
    expect(await covered()).toEqual([]);
    await createMonitor({ tags: { team: 'shop' } });
    expect(await covered()).toEqual([1]);
    await patch('/api/v1/monitors/shop', { tags: { team: 'web' } });
    expect(await covered()).toEqual([]);
    const monitors = [
      { ...SHOP, tags: { team: 'shop' } },
      { ...SHOP, id: 'two', tags: { team: 'shop' } },
    ];
    expect((await ask('/api/v1/configuration', { method: 'PUT', body: { monitors } })).status).toBe(200);
    expect(await covered()).toEqual([1, 2]);
    await ask('/api/v1/monitors/two', { method: 'DELETE' });
    expect(await covered()).toEqual([1]);
    expect((await post('/api/v1/state/rebuild', undefined)).json.rebuilt).toBe(false);
    expect((await ask('/api/v1/silences/quiet')).json).toMatchObject({ monitors: [], tags: ['team:shop'] });
  });

  test('the outage of a monitor that joined later is suppressed, and sent when the monitor leaves', async () => {
    await post('/api/v1/channels', RECEIVER);
    await silence({ tags: ['team:shop'] });
    await createMonitor({ tags: { team: 'shop' } });
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    expect(await sent()).toEqual([]);
    expect((await ask('/api/v1/monitors/shop/explain')).json.suppressed).toMatchObject({
      by: 'silence',
      id: 'quiet',
    });
    await patch('/api/v1/monitors/shop', { tags: null });
    expect(await sent()).toEqual(['incident.opened']);
  });

  test('the status page shows a maintenance by tag on public monitors, and no private one', async () => {
    await createMonitor({ id: 'seen', name: 'Seen', tags: { team: 'shop' } });
    await createMonitor({ id: 'hidden', name: 'Acme', public: false, tags: { team: 'shop', private: '' } });
    await post('/api/v1/maintenances', { name: 'New disks', tags: ['team:shop'], durationMinutes: 30 });
    await post('/api/v1/maintenances', { name: 'Merger', tags: ['private'], durationMinutes: 30 });
    const { json } = await ask('/api/v1/status');
    expect(json.maintenances).toMatchObject([{ name: 'New disks', monitors: ['seen'] }]);
    expect(json.monitors).toMatchObject([{ id: 'seen', maintenance: true }]);
    const page = (await ask('/', { token: null })).text;
    expect([page.includes('New disks'), page.includes('Acme'), page.includes('Merger')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('an update changes from a list to tags and back, and never to nothing', async () => {
    await createMonitor({ tags: { team: 'shop' } });
    await silence({});
    const change = (body: object) => patch('/api/v1/silences/quiet', body);
    expect((await change({ tags: ['team'] })).json.errors[0].path).toBe('tags');
    expect((await change({ tags: ['team'], monitors: [] })).json).toMatchObject({
      monitors: [],
      tags: ['team'],
    });
    expect((await change({ monitors: null })).json).toMatchObject({ monitors: [], tags: ['team'] });
    expect((await change({ tags: null })).json.errors[0].path).toBe('monitors');
    expect((await change({ tags: null, monitors: null })).json).toMatchObject({ monitors: 'all', tags: [] });
    expect(await covered()).toBe('all');
  });
});

describe('a window that starts now', () => {
  test.each(['maintenances', 'silences'])(
    '%s start now without startsAt, and endsAt alone is enough',
    async (kind) => {
      const { json, status } = await post(`/api/v1/${kind}`, {
        name: 'Now',
        endsAt: iso(clock.now + MINUTE),
      });
      expect(status).toBe(201);
      expect(json).toMatchObject({
        state: 'active',
        windows: [{ startsAt: iso(clock.now), endsAt: iso(clock.now + MINUTE) }],
      });
    },
  );
});

describe('a window that is ended', () => {
  test.each([
    ['silences', 'silence'],
    ['maintenances', 'maintenance'],
  ])('an active one of %s ends now, once, and what persists is sent', async (kind, name) => {
    await post('/api/v1/channels', RECEIVER);
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await post(`/api/v1/${kind}`, { id: 'work', name: 'Work', durationMinutes: 30 });
    await runUntilConfirmed(1, 6);
    expect(await sent()).toEqual([]);
    const ended = await end(`${kind}/work`);
    expect([ended.status, ended.json.state, ended.json.windows[0].endsAt]).toEqual([
      200,
      'ended',
      iso(clock.now),
    ]);
    expect(await sent()).toEqual(['incident.opened']);
    expect((await loadState(DB)).windows.has(`${name}:work`)).toBe(false);
    clock.now += MINUTE;
    const again = await end(`${kind}/work`);
    expect([again.status, again.headers.get('etag'), again.json]).toEqual([
      200,
      ended.headers.get('etag'),
      ended.json,
    ]);
    expect(await sent()).toEqual(['incident.opened']);
  });

  test('of a recurring maintenance only the current occurrence ends, also after a new name', async () => {
    clock.now = Date.parse('2027-01-15T02:10:00Z');
    await createMonitor();
    const path = 'maintenances/nightly';
    await post('/api/v1/maintenances', {
      id: 'nightly',
      name: 'Nightly',
      cron: '0 2 * * *',
      durationMinutes: 30,
    });
    const next = { startsAt: '2027-01-16T02:00:00.000Z', endsAt: '2027-01-16T02:30:00.000Z' };
    expect((await end(path)).json).toMatchObject({ state: 'scheduled', cron: '0 2 * * *' });
    clock.now += MINUTE;
    expect((await patch(`/api/v1/${path}`, { name: 'Every night' })).json).toMatchObject({
      state: 'scheduled',
    });
    const again = await end(path);
    expect([again.status, again.headers.get('etag'), again.json.windows[0]]).toEqual([200, '"3"', next]);
    expect((await loadState(DB)).windows.get('maintenance:nightly')!.spans[0]).toEqual(
      [next.startsAt, next.endsAt].map((time) => Date.parse(time)),
    );
    clock.now = Date.parse('2027-01-16T02:10:00Z');
    expect((await ask(`/api/v1/${path}`)).json.state).toBe('active');
  });

  test('one that has not begun is a conflict, an unknown one a 404, and another version a 412', async () => {
    await silence({ startsAt: iso(clock.now + MINUTE) });
    const early = await end('silences/quiet');
    expect([early.status, early.json.detail]).toEqual([409, expect.stringContaining('Delete it instead.')]);
    expect((await end('silences/nothing')).status).toBe(404);
    clock.now += 2 * MINUTE;
    expect((await end('silences/quiet', { 'if-match': '"9"' })).status).toBe(412);
    expect((await ask('/api/v1/silences/quiet')).json.state).toBe('active');
    expect((await end('silences/quiet', { 'if-match': '"1"' })).status).toBe(200);
  });
});

test('a silence that is over can be renamed, and stays over', async () => {
  await silence({});
  clock.now += MINUTE;
  await end('silences/quiet');
  clock.now += MINUTE;
  const renamed = await patch('/api/v1/silences/quiet', { name: 'Upgrade of Friday' });
  expect([renamed.status, renamed.json.name, renamed.json.state]).toEqual([
    200,
    'Upgrade of Friday',
    'ended',
  ]);
  const { endsAt } = renamed.json.windows[0];
  const same = await patch('/api/v1/silences/quiet', { endsAt });
  expect([same.status, same.json.state]).toEqual([200, 'ended']);
  const earlier = await patch('/api/v1/silences/quiet', { endsAt: iso(Date.parse(endsAt) - 1_000) });
  expect([earlier.status, earlier.json.errors[0].path]).toEqual([422, 'endsAt']);
  expect((await loadState(DB)).windows.size).toBe(0);
});
