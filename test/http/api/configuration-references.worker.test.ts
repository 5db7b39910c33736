// A document that leaves out what others name: a refusal that lists all references, or a detach that removes them.
import { beforeEach, expect, test } from 'vitest';
import { loadState } from '../../../src/store/shard.ts';
import {
  ask,
  bindings,
  clock,
  empty,
  keepDefaultChannels,
  post,
  RECEIVER,
} from '../../support/d1/http-mesh.ts';

await keepDefaultChannels();

beforeEach(empty);

const monitor = (id: string, more: object = {}) => ({
  id,
  name: id,
  intervalSeconds: 60,
  check: { type: 'tcp', host: `${id}.example.com`, port: 443 },
  ...more,
});
const put = (body: unknown, query = '') => ask(`/api/v1/configuration${query}`, { method: 'PUT', body });
const get = async (path: string) => (await ask(`/api/v1/${path}`)).json;
const window = (kind: string, body: object) => post(`/api/v1/${kind}`, { durationMinutes: 30, ...body });

const REFERENCES = [
  { kind: 'maintenance', id: 'both', name: 'Both', field: 'monitors', effect: 'detached' },
  { kind: 'silence', id: 'noise', name: 'Noise', field: 'monitors', effect: 'ended' },
  { kind: 'silence', id: 'tagged', name: 'Tagged', field: 'monitors', effect: 'detached' },
];

async function named(): Promise<void> {
  await put({ monitors: [monitor('shop'), monitor('database')], channels: [RECEIVER] });
  await window('maintenances', { id: 'both', name: 'Both', monitors: ['database', 'shop'] });
  await window('silences', { id: 'noise', name: 'Noise', monitors: ['database'] });
  await window('silences', { id: 'tagged', name: 'Tagged', monitors: ['database'], tags: ['team:shop'] });
  await window('silences', { id: 'over', name: 'Over', monitors: ['database'] });
  clock.now += 60_000;
  await ask('/api/v1/silences/over/end', { method: 'POST' });
  clock.now += 60_000;
}

test('a document without a monitor that windows name is a 409 that lists them all, and a dry run is the same', async () => {
  await named();
  for (const query of ['', '?dryRun=true', '?detach=false&dryRun']) {
    const refused = await put({ monitors: [monitor('shop')] }, query);
    expect([refused.status, refused.json.errors[0].path]).toEqual([409, 'monitors']);
    expect(refused.json.references).toEqual(expect.arrayContaining(REFERENCES));
    expect(refused.json.references).toHaveLength(REFERENCES.length);
    expect(refused.json.detail).toContain('2 more references are listed.');
    expect(refused.json.detail).toContain('?detach=true');
  }
  expect((await get('monitors')).monitors).toHaveLength(2);
});

test('?detach=true deletes the monitor, removes and lists its references, and the dry run says the same before', async () => {
  await named();
  const document = { monitors: [monitor('shop')] };
  const planned = await put(document, '?detach=true&dryRun=true');
  expect([planned.status, planned.json.plan.monitors.delete]).toEqual([200, ['database']]);
  expect((await get('maintenances/both')).monitors).toEqual(['database', 'shop']);

  const applied = await put(document, '?detach');
  expect([applied.status, applied.json.deleted]).toEqual([200, 1]);
  expect(applied.json.references).toEqual(planned.json.references);
  expect(applied.json.references).toEqual(expect.arrayContaining(REFERENCES));
  expect((await get('maintenances/both')).monitors).toEqual(['shop']);
  expect(await get('silences/noise')).toMatchObject({ state: 'ended', monitors: [] });
  expect(await get('silences/tagged')).toMatchObject({ state: 'active', monitors: [], tags: ['team:shop'] });
  const { windows } = await loadState(bindings.DB);
  expect([...windows.keys()].toSorted()).toEqual(['maintenance:both', 'silence:tagged']);
});

test('?detach=true removes a channel that goes from the monitors that list it, in a document without monitors', async () => {
  const second = { ...RECEIVER, id: 'second' };
  const monitors = [
    monitor('shop', { channels: ['on-call', 'second'] }),
    monitor('blog', { channels: ['on-call'] }),
    monitor('rest'),
  ];
  await put({ monitors, channels: [RECEIVER, second] });
  const refused = await put({ channels: [second] });
  expect([refused.status, refused.json.references.length]).toEqual([409, 2]);
  const applied = await put({ channels: [second] }, '?detach=true');
  expect([applied.status, applied.json.references]).toEqual([
    200,
    [
      { kind: 'monitor', id: 'shop', name: 'shop', field: 'channels', effect: 'detached' },
      { kind: 'monitor', id: 'blog', name: 'blog', field: 'channels', effect: 'emptied' },
    ],
  ]);
  expect((await get('monitors/shop')).channels).toEqual(['second']);
  expect((await get('monitors/blog')).channels).toEqual([]);
  expect((await get('monitors/rest')).channels).toBe('default');
  const nothing = { created: 0, updated: 0, deleted: 0 };
  const unnotified = ['blog', 'rest'];
  expect((await put(await get('configuration'))).json).toEqual({ ...nothing, unnotified });
});
