// What happens to everything that names a monitor or a channel when it is deleted: a refusal that lists it, or a detach.
import { beforeEach, describe, expect, test } from 'vitest';
import { loadState } from '../../../src/store/shard.ts';
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

await keepDefaultChannels();

beforeEach(empty);

const { DB } = bindings;
const remove = (path: string, query = '', headers = {}) =>
  ask(`/api/v1/${path}${query}`, { method: 'DELETE', headers });
const window = (kind: 'maintenances' | 'silences', body: object) =>
  post(`/api/v1/${kind}`, { durationMinutes: 30, ...body });
const journalRows = () => DB.prepare('select count(*) as n from journal').first<number>('n');

/** Everything that can name the monitor `database`. */
async function named(): Promise<void> {
  await createMonitor({ id: 'database', name: 'Database' });
  await createMonitor({ id: 'shop', name: 'Web shop', dependsOn: ['database'] });
  await window('maintenances', { id: 'both', name: 'Both', monitors: ['database', 'shop'] });
  await window('maintenances', { id: 'nightly', name: 'Nightly', monitors: ['database'], cron: '0 2 * * *' });
  await window('silences', { id: 'noise', name: 'Noise', monitors: ['database'] });
  await window('silences', { id: 'tagged', name: 'Tagged', monitors: ['database'], tags: ['team:shop'] });
  await window('silences', { id: 'everything', name: 'Everything' });
  clock.now += 60_000;
}

const REFERENCES = [
  { kind: 'monitor', id: 'shop', name: 'Web shop', field: 'dependsOn', effect: 'detached' },
  { kind: 'maintenance', id: 'both', name: 'Both', field: 'monitors', effect: 'detached' },
  { kind: 'maintenance', id: 'nightly', name: 'Nightly', field: 'monitors', effect: 'deleted' },
  { kind: 'silence', id: 'noise', name: 'Noise', field: 'monitors', effect: 'ended' },
  { kind: 'silence', id: 'tagged', name: 'Tagged', field: 'monitors', effect: 'detached' },
];

describe('a monitor', () => {
  test('a delete of a monitor that others name is a 409 that lists them all, and changes nothing', async () => {
    await named();
    const before = await journalRows();
    for (const query of ['', '?detach=false']) {
      const refused = await remove('monitors/database', query);
      expect([refused.status, refused.json.type]).toEqual([409, '/api/v1/docs#problem-conflict']);
      expect(refused.json.references).toEqual(expect.arrayContaining(REFERENCES));
      expect(refused.json.references).toHaveLength(REFERENCES.length);
      expect(refused.json.detail).toContain('monitor "shop" (dependsOn)');
      expect(refused.json.detail).toContain('?detach=true');
    }
    expect(await journalRows()).toBe(before);
    expect((await ask('/api/v1/monitors/database')).status).toBe(200);
  });

  test('?detach=true removes the id everywhere in one entry, lists it, and everything can be changed again', async () => {
    await named();
    const before = await journalRows();
    const deleted = await remove('monitors/database', '?detach=true');
    expect(deleted.status).toBe(200);
    expect(deleted.json.references).toEqual(expect.arrayContaining(REFERENCES));
    expect(deleted.json.references).toHaveLength(REFERENCES.length);
    expect(await journalRows()).toBe(before! + 1);
    expect((await ask('/api/v1/monitors/shop')).json.dependsOn).toEqual([]);
    expect((await ask('/api/v1/maintenances')).json.maintenances).toMatchObject([
      { id: 'both', monitors: ['shop'] },
    ]);
    expect((await ask('/api/v1/silences')).json.silences).toMatchObject([
      { id: 'everything', monitors: 'all', state: 'active' },
      { id: 'noise', monitors: [], state: 'ended' },
      { id: 'tagged', monitors: [], tags: ['team:shop'], state: 'active' },
    ]);
    const state = await loadState(DB);
    expect(state.monitors.get(2)!.policy.dependsOn).toEqual([]);
    expect(Object.fromEntries([...state.windows].map(([id, one]) => [id, one.monitors]))).toEqual({
      'maintenance:both': [2],
      'silence:everything': 'all',
      'silence:tagged': [],
    });
    for (const path of ['monitors/shop', 'maintenances/both', 'silences/tagged', 'silences/everything'])
      expect([path, (await patch(`/api/v1/${path}`, { name: 'Renamed' })).status]).toEqual([path, 200]);
  });

  test('a detach of another version is a 412, and changes nothing', async () => {
    await named();
    const refused = await remove('monitors/database', '?detach=true', { 'if-match': '"99"' });
    expect(refused.status).toBe(412);
    expect((await ask('/api/v1/monitors/shop')).json.dependsOn).toEqual(['database']);
    expect((await remove('monitors/database', '?detach=true', { 'if-match': '"1"' })).status).toBe(200);
  });

  test('a monitor that nothing names is deleted with 204, and with detach it lists nothing', async () => {
    await createMonitor({ id: 'a' });
    await createMonitor({ id: 'b' });
    await window('silences', { name: 'Everything' });
    expect((await remove('monitors/a')).status).toBe(204);
    const detached = await remove('monitors/b', '?detach=true');
    expect([detached.status, detached.json]).toEqual([200, { references: [] }]);
  });

  test('a window that is over is no reason to refuse, and loses the id too', async () => {
    await createMonitor();
    await window('maintenances', { id: 'old', name: 'Old', monitors: ['shop'] });
    clock.now += 31 * 60_000;
    expect((await remove('monitors/shop')).status).toBe(204);
    const old = '/api/v1/maintenances/old';
    expect((await ask(old)).json).toMatchObject({ monitors: [], state: 'ended' });
    const again = await patch(old, { startsAt: null, durationMinutes: 5 });
    expect([again.status, again.json.errors[0].path]).toEqual([422, 'monitors']);
    expect((await patch(old, { monitors: 'all', startsAt: null, durationMinutes: 5 })).status).toBe(200);
  });

  test('a new monitor with the id of a deleted one is in no earlier window, so the page shows no name', async () => {
    await createMonitor({ public: false });
    await window('maintenances', { id: 'secret', name: 'Merger of Acme', monitors: ['shop'] });
    // As an earlier version left it.
    await DB.prepare('delete from monitors').run();
    await createMonitor({ id: 'other' });
    await DB.prepare(`update windows set monitors = '["shop","other"]'`).run();
    expect((await patch('/api/v1/maintenances/secret', { durationMinutes: 50 })).json.monitors).toEqual([
      'other',
    ]);
    await DB.prepare(`update windows set monitors = '["shop"]'`).run();
    await createMonitor({ public: true });
    expect((await ask('/api/v1/status')).json.maintenances).toEqual([]);
    expect((await ask('/', { token: null })).text).not.toContain('Acme');
    expect((await ask('/api/v1/maintenances/secret')).json.monitors).toEqual([]);
  });

  test('a location that is gone from the configuration does not block other changes of its monitors', async () => {
    await createMonitor({ locations: ['aws:us-east-1', 'aws:sa-east-1'] });
    const env = { LOCATIONS: 'aws:us-east-1,aws:eu-central-1' };
    const change = (body: object) => ask('/api/v1/monitors/shop', { method: 'PATCH', body, env });
    expect((await change({ name: 'Renamed' })).status).toBe(200);
    const refused = await change({ locations: ['aws:eu-central-1', 'aws:ap-southeast-1'] });
    expect([refused.status, refused.json.errors[0].path]).toEqual([422, 'locations[1]']);
    expect((await change({ locations: ['aws:us-east-1'] })).status).toBe(200);
  });
});

describe('a channel', () => {
  beforeEach(async () => {
    await post('/api/v1/channels', RECEIVER);
    await post('/api/v1/channels', { ...RECEIVER, id: 'chat' });
    await createMonitor({ id: 'both', name: 'Both', channels: ['on-call', 'chat'] });
    await createMonitor({ id: 'one', name: 'One', channels: ['on-call'] });
    await createMonitor({ id: 'every', channels: 'default' });
  });
  const references = [
    { kind: 'monitor', id: 'both', name: 'Both', field: 'channels', effect: 'detached' },
    { kind: 'monitor', id: 'one', name: 'One', field: 'channels', effect: 'emptied' },
  ];

  test('a delete of a channel that monitors list is a 409 that lists them', async () => {
    const refused = await remove('channels/on-call');
    expect([refused.status, refused.json.references]).toEqual([409, references]);
    expect((await ask('/api/v1/channels/on-call')).status).toBe(200);
  });

  test('?detach=true removes it from the lists, and an empty list means no channel', async () => {
    const deleted = await remove('channels/on-call', '?detach=true', { 'if-match': '"1"' });
    expect([deleted.status, deleted.json]).toEqual([200, { references }]);
    const { monitors } = (await ask('/api/v1/monitors')).json;
    expect(monitors.map(({ id, channels }: { id: string; channels: unknown }) => [id, channels])).toEqual([
      ['both', ['chat']],
      ['one', []],
      ['every', 'default'],
    ]);
    expect((await patch('/api/v1/monitors/one', { name: 'Renamed' })).json.channels).toEqual([]);
  });

  test('a monitor that is written at the same time never keeps a channel that is gone', async () => {
    await remove('channels/on-call', '?detach=true');
    const [created, deleted] = await Promise.all([
      post('/api/v1/monitors', {
        name: 'New',
        check: { type: 'tcp', host: 'a.test', port: 1 },
        intervalSeconds: 60,
        channels: ['chat'],
      }),
      remove('channels/chat', '?detach=true'),
    ]);
    expect(deleted.status).toBe(200);
    expect([201, 422]).toContain(created.status);
    const { monitors } = (await ask('/api/v1/monitors')).json;
    for (const { channels } of monitors) expect(['default', []]).toContainEqual(channels);
  });

  test('a detach of another version is a 412, and changes nothing', async () => {
    expect((await remove('channels/on-call', '?detach=true', { 'if-match': '"9"' })).status).toBe(412);
    expect((await ask('/api/v1/monitors/one')).json.channels).toEqual(['on-call']);
  });
});
