// A configuration that deletes what its own or the stored routes, schedules and settings name: everything is applied, or
// nothing, and no route names what is gone.
import { beforeEach, expect, test } from 'vitest';
import { auditTrail, emptyAccess } from '../../support/d1/access.ts';
import {
  ask,
  bindings,
  createMonitor,
  empty,
  keepDefaultChannels,
  patch,
  post,
  RECEIVER,
  SHOP,
} from '../../support/d1/http-mesh.ts';

await keepDefaultChannels();

const channel = (id: string) => ({ ...RECEIVER, id, name: id });
const DUTY = { id: 'duty', name: 'Duty', timeZone: 'UTC', rotations: [] };
const SPARE_DUTY = { ...DUTY, id: 'spare-duty', name: 'Spare duty' };
const ROUTE = {
  ...{ id: 'all', name: 'All', match: { monitors: ['shop', 'api'] } },
  steps: [
    { channels: ['on-call', 'spare'], schedules: ['duty', 'spare-duty'] },
    { afterSeconds: 60, channels: ['on-call'], schedules: ['duty'] },
  ],
};
const API = { ...SHOP, id: 'api', name: 'API' };

beforeEach(async () => {
  await empty();
  await emptyAccess();
  for (const id of ['on-call', 'spare']) await post('/api/v1/channels', channel(id));
  await createMonitor();
  await createMonitor(API);
  for (const schedule of [DUTY, SPARE_DUTY]) await post('/api/v1/schedules', schedule);
  expect((await post('/api/v1/routes', ROUTE)).status).toBe(201);
  await patch('/api/v1/settings', { defaultChannels: ['on-call', 'spare'] });
});

const put = (query: string, body: object) => ask(`/api/v1/configuration${query}`, { method: 'PUT', body });
const stored = async () => {
  const { json } = await ask('/api/v1/configuration');
  return json;
};
const GONE = /"(on-call|duty|shop)"/;
const REST = { channels: [channel('spare')], schedules: [SPARE_DUTY], monitors: [API] };

test('a stored route loses a channel, a schedule and a monitor of one document, with one entry of the audit log', async () => {
  const before = await stored();
  const entries = (await auditTrail()).length;
  for (const query of ['', '?dryRun=true', '?allowDelete=true']) {
    const refused = await put(query, REST);
    expect([query, refused.status]).toEqual([query, 409]);
    expect(await stored()).toEqual(before);
  }
  const planned = await put('?dryRun=true&detach=true', REST);
  expect(planned.status).toBe(200);
  expect(await stored()).toEqual(before);
  expect(await auditTrail()).toHaveLength(entries);
  const applied = await put('?detach=true', REST);
  expect([applied.status, applied.json.deleted]).toEqual([200, 3]);
  expect(applied.json.references).toEqual(planned.json.references);
  expect(
    applied.json.references.map(({ kind, field, effect }: Record<string, string>) => [kind, field, effect]),
  ).toEqual([
    ['route', 'steps', 'emptied'],
    ['route', 'match.monitors', 'detached'],
    ['settings', 'defaultChannels', 'detached'],
  ]);
  expect(await auditTrail()).toHaveLength(entries + 1);
  const after = await stored();
  expect(after.routes).toMatchObject([
    {
      match: { monitors: ['api'] },
      steps: [
        { channels: ['spare'], schedules: ['spare-duty'] },
        { channels: [], schedules: [] },
      ],
    },
  ]);
  expect(after.settings).toEqual({ defaultChannels: ['spare'] });
  expect(JSON.stringify(after)).not.toMatch(GONE);
});

test.each([
  ['channel', { steps: [{ channels: ['on-call'] }] }, 'routes[0].steps[0].channels[0]'],
  ['schedule', { steps: [{ schedules: ['duty'] }] }, 'routes[0].steps[0].schedules[0]'],
  ['monitor', { match: { monitors: ['shop'] }, steps: [] }, 'routes[0].match.monitors[0]'],
])('a route cannot name a %s that the same document deletes, also with detach', async (_, changes, path) => {
  const before = await stored();
  const rest = { ...REST, settings: { defaultChannels: ['spare'] } };
  for (const query of ['', '?detach=true', '?dryRun=true&detach=true']) {
    const refused = await put(query, { ...rest, routes: [{ id: 'all', name: 'All', ...changes }] });
    expect([refused.status, refused.json.errors[0].path]).toEqual([404, path]);
  }
  expect(await stored()).toEqual(before);
});

test('a default channel that the same document deletes is refused, and one that it creates is not', async () => {
  const routes = [{ id: 'all', name: 'All', match: {}, steps: [{ channels: ['new'] }] }];
  const channels = [channel('new'), channel('spare')];
  const refused = await put('', { channels, routes, settings: { defaultChannels: ['new', 'on-call'] } });
  expect([refused.status, refused.json.errors[0].path]).toEqual([404, 'settings.defaultChannels[1]']);
  const document = { channels, routes, settings: { defaultChannels: ['new'] } };
  expect((await put('', document)).status).toBe(200);
  expect((await put('', document)).json).toEqual({ created: 0, updated: 0, deleted: 0 });
});

test('a document that replaces the routes deletes the old ones only within the guard', async () => {
  for (const id of ['b', 'c', 'd']) await post('/api/v1/routes', { ...ROUTE, id });
  const before = await stored();
  const refused = await put('', { routes: [ROUTE] });
  expect([refused.status, refused.json.errors.length]).toEqual([409, 3]);
  expect(await stored()).toEqual(before);
  expect((await put('?dryRun=true', { routes: [ROUTE] })).json.plan.needsAllowDelete).toBe(true);
  expect((await put('?allowDelete=true', { routes: [ROUTE] })).json.deleted).toBe(3);
});

test('a route that is written while a document deletes its channel never names a channel that is gone', async () => {
  const both = await Promise.all([
    put('?detach=true', { channels: [channel('spare')] }),
    ...['r1', 'r2', 'r3', 'r4'].map((id) =>
      post('/api/v1/routes', { id, name: id, match: {}, steps: [{ channels: ['on-call'] }] }),
    ),
  ]);
  expect(both.every(({ status }) => status < 500)).toBe(true);
  const { routes, channels } = await stored();
  const ids = new Set(channels.map(({ id }: { id: string }) => id));
  const named = routes.flatMap(({ steps }: { steps: { channels: string[] }[] }) =>
    steps.flatMap((step) => step.channels),
  );
  expect(named.filter((id: string) => !ids.has(id))).toEqual([]);
  expect(await bindings.DB.prepare('select count(*) n from routes').first('n')).toBeGreaterThan(0);
});
