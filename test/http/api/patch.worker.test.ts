// PATCH of every entity is a JSON Merge Patch (RFC 7396): objects merge, lists are replaced, null restores the default.
import { beforeEach, describe, expect, test } from 'vitest';
import { ask, createMonitor, empty, patch, post, RECEIVER } from '../../support/d1/http-mesh.ts';

beforeEach(empty);

describe('a monitor', () => {
  const change = (body: object) => patch('/api/v1/monitors/shop', body);

  test('tags merge by name, and null deletes one or all', async () => {
    await createMonitor({ tags: { team: 'shop', stage: 'live' } });
    expect((await change({ tags: { stage: null, owner: 'ann' } })).json.tags).toEqual({
      team: 'shop',
      owner: 'ann',
    });
    expect((await change({ tags: {} })).json.tags).toEqual({ team: 'shop', owner: 'ann' });
    expect((await change({ tags: { nothing: null } })).json.tags).toEqual({ team: 'shop', owner: 'ann' });
    expect((await change({ tags: { team: 1 } })).json.errors[0].path).toBe('tags.team');
    expect((await change({ tags: ['team'] })).json.errors[0].path).toBe('tags');
    const many = Object.fromEntries(Array.from({ length: 19 }, (_, index) => [`t${index}`, '']));
    expect((await change({ tags: many })).json.errors[0].path).toBe('tags');
    expect((await change({ tags: null })).json.tags).toEqual({});
  });

  test('null restores the default of every field that has one', async () => {
    await createMonitor({ id: 'database' });
    const fresh = (await createMonitor()).json;
    const alert = { quorum: 'all', failures: 3, recoveries: 3, confirmSeconds: 30 };
    const others = { dependsOn: ['database'], channels: [], tags: { a: 'b' }, paused: true, public: true };
    await change({ ...others, alert, locations: ['aws:us-east-1', 'aws:sa-east-1'] });
    expect((await change({ alert: { failures: null } })).json.alert).toEqual({ ...alert, failures: 2 });
    const nulls = {
      locations: null,
      dependsOn: null,
      channels: null,
      tags: null,
      public: null,
      paused: null,
    };
    const reset = (await change({ ...nulls, alert: null })).json;
    const { locations, alert: defaults, dependsOn, channels, paused } = fresh;
    expect(reset).toMatchObject({
      locations,
      alert: defaults,
      dependsOn,
      channels,
      paused,
      tags: {},
      public: false,
    });
  });

  test('a field without a default cannot be removed', async () => {
    await createMonitor();
    for (const field of ['name', 'check', 'intervalSeconds'])
      expect((await change({ [field]: null })).json.errors[0].path).toBe(field);
  });

  test('objects inside the check merge too, and its lists are replaced', async () => {
    const headers = { accept: 'text/html', 'x-a': '1' };
    await createMonitor({ check: { type: 'http', url: 'https://a.test/', headers, status: [200, 204] } });
    const { json } = await change({ check: { headers: { 'x-a': null, 'x-b': '2' }, status: [201] } });
    expect(json.check).toMatchObject({ headers: { accept: 'text/html', 'x-b': '2' }, status: [201] });
    expect(json.check.headers).not.toHaveProperty('x-a');
    expect((await change({ check: { headers: null } })).json.check.headers ?? {}).toEqual({});
  });

  test('both content types are read, and another one is refused', async () => {
    await createMonitor();
    const send = (type: string) =>
      ask('/api/v1/monitors/shop', {
        method: 'PATCH',
        body: { name: type.slice(0, 100) },
        headers: { 'content-type': type },
      });
    for (const type of [
      'application/merge-patch+json',
      'application/json',
      'application/merge-patch+json; charset=utf-8',
    ])
      expect([type, (await send(type)).json.name]).toEqual([type, type]);
    expect((await send('text/plain')).status).toBe(415);
  });
});

describe('a channel', () => {
  test('null restores the default of `enabled`, and keeps a secret and an address', async () => {
    await post('/api/v1/channels', { ...RECEIVER, enabled: false });
    const { json } = await patch('/api/v1/channels/on-call', {
      enabled: null,
      config: { url: null, secret: null },
    });
    expect(json).toMatchObject({ enabled: true, config: { urlHint: 'hooks.example.com…mesh' } });
    expect((await patch('/api/v1/channels/on-call', { name: null })).json.errors[0].path).toBe('name');
  });
});

describe('a window', () => {
  test('null removes what a schedule is made of, so that another one can replace it', async () => {
    const times = { startsAt: '2027-02-01T00:00:00Z', endsAt: '2027-02-01T01:00:00Z' };
    await post('/api/v1/maintenances', { id: 'work', name: 'Work', ...times });
    const change = (body: object) => patch('/api/v1/maintenances/work', body);
    const minutes = ({ json }: Awaited<ReturnType<typeof change>>) =>
      (Date.parse(json.windows[0].endsAt) - Date.parse(json.windows[0].startsAt)) / 60_000;
    expect(minutes(await change({ endsAt: null, durationMinutes: 90 }))).toBe(90);
    const recurring = await change({ cron: '0 2 * * *', durationMinutes: 30, startsAt: null, endsAt: null });
    expect(recurring.json).toMatchObject({ cron: '0 2 * * *', durationMinutes: 30, timeZone: 'UTC' });
    expect((await change({ cron: null })).status).toBe(422);
    const once = await change({ cron: null, timeZone: null, durationMinutes: null, ...times });
    expect([once.json.cron, minutes(once)]).toEqual([null, 60]);
    expect((await change({ name: null })).json.errors[0].path).toBe('name');
  });
});

test('null removes all secrets of a check, and is refused while the check uses one', async () => {
  const check = {
    ...{ type: 'http', url: 'https://shop.example.com/', headers: { authorization: 'Bearer {{token}}' } },
    secrets: { token: 'a-secret' },
  };
  await createMonitor({ id: 'keyed', check });
  const change = (body: object) => patch('/api/v1/monitors/keyed', { check: body });
  const used = await change({ secrets: null });
  expect([used.status, used.json.errors[0].message]).toEqual([422, expect.stringContaining('"token"')]);
  const removed = await change({ secrets: null, headers: null });
  expect([removed.status, removed.json.check.secrets, removed.json.check.headers]).toEqual([200, {}, {}]);
});
