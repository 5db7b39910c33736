// Heartbeats in the API: what may be written, the rotation of keys, pings in pages, and what names a heartbeat.
import { beforeEach, describe, expect, test } from 'vitest';
import { asKey, auditTrail, emptyAccess, makeKey } from '../support/d1/access.ts';
import { HeartbeatMesh } from '../support/d1/heartbeat-mesh.ts';
import { ask, clock, createMonitor, empty, patch, post } from '../support/d1/http-mesh.ts';

const MINUTE = 60_000;
const API = '/api/v1/monitors';
const HEARTBEAT = { id: 'backup', name: 'Backup', check: { type: 'heartbeat', everySeconds: 300 } };
let mesh: HeartbeatMesh;

beforeEach(async () => {
  await empty();
  await emptyAccess();
  mesh = new HeartbeatMesh();
});

const create = (check: object, more: object = {}) =>
  post(API, { ...HEARTBEAT, check: { type: 'heartbeat', ...check }, ...more });
const paths = ({ json }: { json: { errors?: { path: string }[] } }) => json.errors?.map(({ path }) => path);

describe('a mistake names its field', () => {
  test.each<[string, object, object, string]>([
    ['neither kind of schedule', {}, {}, 'check.everySeconds'],
    ['both kinds', { everySeconds: 60, cron: '* * * * *' }, {}, 'check.everySeconds'],
    ['an interval below 30 s', { everySeconds: 10 }, {}, 'check.everySeconds'],
    ['cron with six fields', { cron: '0 0 3 * * *' }, {}, 'check.cron'],
    ['cron without a meaning', { cron: 'at three' }, {}, 'check.cron'],
    ['cron that never comes', { cron: '0 0 31 2 *' }, {}, 'check.cron'],
    ['an unknown time zone', { cron: '0 3 * * *', timeZone: 'Mars/Base' }, {}, 'check.timeZone'],
    ['a negative grace', { everySeconds: 60, graceSeconds: -1 }, {}, 'check.graceSeconds'],
    ['a duration of nothing', { everySeconds: 60, maxDurationSeconds: 0 }, {}, 'check.maxDurationSeconds'],
    ['an unknown option', { everySeconds: 60, host: 'a.example.com' }, {}, 'check.host'],
    ['an interval of the monitor', { everySeconds: 60 }, { intervalSeconds: 300 }, 'intervalSeconds'],
    ['locations', { everySeconds: 60 }, { locations: ['aws:us-east-1'] }, 'locations'],
    ['an alert policy', { everySeconds: 60 }, { alert: { quorum: 'any' } }, 'alert'],
  ])('%s', async (_, check, more, path) => {
    const refused = await create(check, more);
    expect([refused.status, paths(refused)]).toEqual([422, [path]]);
  });
});

test('a heartbeat of each kind of schedule is returned as it is evaluated: one location, no quorum', async () => {
  const made = await create({ cron: '0 3 * * *', timeZone: 'Europe/Berlin' });
  expect(made.json).toMatchObject({
    check: { cron: '0 3 * * *', timeZone: 'Europe/Berlin', graceSeconds: 300, maxDurationSeconds: null },
    ...{ intervalSeconds: 30, locations: ['heartbeat'], verdict: 'no_data' },
    alert: { quorum: 1, failures: 1, recoveries: 1 },
  });
  const other = await post(API, { ...HEARTBEAT, id: 'queue', name: 'Queue' });
  expect(other.json.check.everySeconds).toBe(300);
  await createMonitor();
  const listed = async (query: string) =>
    (await ask(`${API}?${query}`)).json.monitors.map(({ id }: { id: string }) => id);
  expect(await listed('type=heartbeat')).toEqual(['backup', 'queue']);
  expect(await listed('type=tcp')).toEqual(['shop']);
  expect(await listed('type=heartbeat,tcp')).toEqual(['backup', 'queue', 'shop']);
});

test('explain says that there is no quorum, has one location, and the next evaluation', async () => {
  const path = await mesh.create('backup', { everySeconds: 300, graceSeconds: 60 });
  await mesh.ping(path);
  await mesh.pass(MINUTE);
  const { json } = await ask(`${API}/backup/explain`);
  expect(json).toMatchObject({ verdict: 'up', quorum: { policy: 1, required: 1, passing: 1, failing: 0 } });
  expect(json.why).toContain('there is no quorum');
  expect(json.locations).toHaveLength(1);
  const [{ id, vote, nextCheckAt, lastResult }] = json.locations;
  expect([id, vote, lastResult.outcome]).toEqual(['heartbeat', 'passing', 'ok']);
  const nextMs = new Date(nextCheckAt).getTime() - clock.now;
  expect(nextMs > 0 && nextMs <= 30_000).toBe(true);
  expect(json.why).not.toMatch(/\d+ of \d+/);
});

describe('an update', () => {
  test('of a heartbeat may write nothing that it has no choice in, not even a default', async () => {
    await create({ everySeconds: 300 });
    for (const [field, value] of [
      ['intervalSeconds', 60],
      ['locations', 'all'],
      ['locations', ['aws:us-east-1']],
      ['alert', { failures: 2 }],
    ] as const) {
      const refused = await patch(`${API}/backup`, { [field]: value });
      expect([refused.status, paths(refused)]).toEqual([422, [field]]);
    }
    const all = { intervalSeconds: 300, locations: 'all', alert: { quorum: 'all' } };
    expect(paths(await patch(`${API}/backup`, all))).toEqual(['intervalSeconds', 'locations', 'alert']);
    const allowed = { locations: null, alert: { quorum: 1 }, name: 'Nightly', check: { graceSeconds: 60 } };
    const changed = await patch(`${API}/backup`, allowed);
    expect(changed.json).toMatchObject({ name: 'Nightly', check: { everySeconds: 300, graceSeconds: 60 } });
  });

  test('of many monitors names each heartbeat that it cannot change, and changes the others', async () => {
    await create({ everySeconds: 300 });
    await createMonitor();
    const updates = ['backup', 'shop'].map((id) => ({ id, patch: { intervalSeconds: 300 } }));
    const refused = await post(`${API}/bulk`, { updates });
    expect([refused.status, paths(refused)]).toEqual([422, ['updates[0].patch.intervalSeconds']]);
    expect(refused.json.errors[0].message).toContain('A heartbeat has no interval of its own.');
    const done = await post(`${API}/bulk?skipRefused=true`, { updates });
    expect(done.json).toMatchObject({ updated: 1, refused: 1 });
    expect((await ask(`${API}/shop`)).json.intervalSeconds).toBe(300);
  });

  test('from cron to an interval takes null for the old one', async () => {
    await create({ cron: '0 3 * * *' });
    const check = { cron: null, everySeconds: 600 };
    expect((await patch(`${API}/backup`, { check })).json.check).toMatchObject({ everySeconds: 600 });
    expect(paths(await patch(`${API}/backup`, { check: { cron: '* * * * *' } }))).toEqual([
      'check.everySeconds',
    ]);
  });

  test('makes a heartbeat of another monitor, and back, without what the other kind had', async () => {
    const alert = { quorum: 'any', failures: 3, recoveries: 3, confirmSeconds: 30 };
    await createMonitor({ intervalSeconds: 300, locations: ['aws:us-east-1'], alert });
    const one = await patch(`${API}/shop`, { check: { type: 'heartbeat', everySeconds: 300 } });
    expect(one.json).toMatchObject({ intervalSeconds: 30, locations: ['heartbeat'], alert: { quorum: 1 } });
    const path = await mesh.pathOf('shop');
    expect((await mesh.ping(path)).status).toBe(200);
    const back = await patch(`${API}/shop`, { check: { type: 'tcp', host: 'shop.example.com', port: 443 } });
    expect(back.json).toMatchObject({
      ...{ intervalSeconds: 60, locations: 'all' },
      alert: { quorum: 'majority', failures: 2 },
    });
    expect((await mesh.ping(path)).status).toBe(404);
    expect((await ask(`${API}/shop/heartbeat`)).status).toBe(404);
    await patch(`${API}/shop`, { check: { type: 'heartbeat', everySeconds: 300 } });
    expect(await mesh.pathOf('shop')).not.toBe(path);
    expect((await ask(`${API}/shop/pings`)).json.pings).toEqual([]);
  });

  test('gives no other monitor the location of heartbeats', async () => {
    await create({ everySeconds: 300 });
    await createMonitor();
    const refused = await patch(`${API}/shop`, { locations: ['heartbeat'] });
    expect([refused.status, paths(refused)]).toEqual([422, ['locations[0]']]);
    expect((await ask('/api/v1/locations')).text).not.toContain('heartbeat');
  });
});

test('a check run of a heartbeat is refused: nothing could run', async () => {
  const refused = await post('/api/v1/check', { check: HEARTBEAT.check });
  expect([refused.status, paths(refused)]).toEqual([422, ['check.type']]);
  expect(refused.json.errors[0].message).toContain('its job reports in');
  const other = await post('/api/v1/check', { check: { type: 'ping' } });
  expect(other.json.errors[0].message).not.toContain('job');
});

test('a heartbeat that depends on one that is down is not notified, and is once that one is up', async () => {
  const first = await mesh.create('dump', { everySeconds: 300, graceSeconds: 60 });
  const second = await mesh.create(
    'upload',
    { everySeconds: 600, graceSeconds: 60 },
    { dependsOn: ['dump'] },
  );
  await mesh.ping(first);
  await mesh.ping(second);
  await mesh.pass(8 * MINUTE);
  expect(await mesh.verdictOf('dump')).toBe('down');
  await mesh.pass(5 * MINUTE);
  expect(await mesh.verdictOf('upload')).toBe('down');
  expect(await mesh.events()).toEqual(['incident.opened']);
  expect(await mesh.explain('upload')).toContain('A monitor that it depends on is down');
  await mesh.ping(first);
  await mesh.pass(4 * MINUTE);
  expect((await mesh.events()).toSorted()).toEqual([
    'incident.opened',
    'incident.opened',
    'incident.resolved',
  ]);
});

describe('the rotation of a key', () => {
  const rotate = (body: object = {}, headers: Record<string, string> = {}) =>
    ask(`${API}/backup/heartbeat/rotate`, { method: 'POST', body, headers });

  test('makes a new address, and the old one works until the overlap ends', async () => {
    const old = await mesh.create('backup', { everySeconds: 300 });
    const rotated = await rotate({ overlapMinutes: 10 });
    expect(rotated.status).toBe(200);
    const path = new URL(rotated.json.pingUrl).pathname;
    expect(path).not.toBe(old);
    expect(rotated.json.previousKeyUntil).toBe(new Date(clock.now + 10 * MINUTE).toISOString());
    for (const one of [old, path]) expect((await mesh.ping(one)).status).toBe(200);
    clock.now += 11 * MINUTE;
    expect((await mesh.ping(old)).status).toBe(404);
    expect((await mesh.ping(path)).status).toBe(200);
    expect((await ask(`${API}/backup/heartbeat`)).json.previousKeyUntil).toBeNull();
  });

  test('keeps the old address for a day by default, and not at all with 0', async () => {
    const first = await mesh.create('backup', { everySeconds: 300 });
    const { json } = await rotate();
    expect(json.previousKeyUntil).toBe(new Date(clock.now + 1_440 * MINUTE).toISOString());
    const second = await mesh.pathOf('backup');
    expect((await rotate({ overlapMinutes: 0 })).json.previousKeyUntil).toBeNull();
    for (const one of [first, second]) expect((await mesh.ping(one)).status).toBe(404);
    for (const overlapMinutes of [-1, 10_081, 1.5])
      expect(paths(await rotate({ overlapMinutes }))).toEqual(['overlapMinutes']);
  });

  test('with `If-Match` rotates only the key that was read', async () => {
    await mesh.create('backup', { everySeconds: 300 });
    const etag = (await ask(`${API}/backup/heartbeat`)).headers.get('etag')!;
    const rotated = await rotate({}, { 'if-match': etag });
    expect([rotated.status, rotated.headers.get('etag') === etag]).toEqual([200, false]);
    expect((await rotate({}, { 'if-match': etag })).status).toBe(412);
  });

  test('is in the audit log, with who did it and without a key', async () => {
    await mesh.create('backup', { everySeconds: 300 });
    const old = (await mesh.pathOf('backup')).slice('/ping/'.length);
    const editor = asKey(await makeKey('editor'));
    const { json } = await editor(`${API}/backup/heartbeat/rotate`, 'POST', {});
    expect((await auditTrail()).at(-1)).toBe('heartbeat.key_rotated by A key of editor');
    const { text } = await ask('/api/v1/audit-entries');
    for (const secret of [old, json.pingUrl.slice(-24)]) expect(text).not.toContain(secret);
  });

  test('is for heartbeats, and for editors who see the monitor', async () => {
    await mesh.create('backup', { everySeconds: 300 }, { tags: { team: 'pay' } });
    await createMonitor();
    expect((await ask(`${API}/shop/heartbeat/rotate`, { method: 'POST', body: {} })).status).toBe(404);
    const path = `${API}/backup/heartbeat/rotate`;
    expect((await asKey(await makeKey('responder'))(path, 'POST', {})).status).toBe(403);
    expect((await asKey(await makeKey('editor', ['team:shop']))(path, 'POST', {})).status).toBe(404);
    expect((await asKey(await makeKey('editor', ['team:pay']))(path, 'POST', {})).status).toBe(200);
  });
});

test('pings are listed newest first, in pages, with durations, exit codes and what is kept of bodies', async () => {
  const path = await mesh.create('backup', { everySeconds: 300 });
  await mesh.ping(`${path}/start?rid=a`);
  clock.now += 5_000;
  await mesh.ping(`${path}/3?rid=a`, { method: 'POST', body: 'disk full, password=hunter2' });
  await mesh.ping(`${path}/log`, { method: 'POST', body: 'x'.repeat(12_000) });
  const { json } = await ask(`${API}/backup/pings?limit=2`);
  expect(json.pings.map(({ seq, kind }: { seq: number; kind: string }) => [seq, kind])).toEqual([
    [3, 'log'],
    [2, 'fail'],
  ]);
  expect(json.pings[0].bodyBytes).toBeGreaterThanOrEqual(10_000);
  expect(json.pings[0].body).toHaveLength(10_000);
  expect(json.pings[1]).toMatchObject({
    ...{ at: new Date(clock.now).toISOString(), runId: 'a', exitCode: 3, durationMs: 5_000 },
    body: 'disk full, password=[redacted]',
  });
  const next = await ask(`${API}/backup/pings?limit=2&cursor=${json.nextCursor}`);
  expect(next.json).toMatchObject({ pings: [{ seq: 1, kind: 'start', durationMs: null }], nextCursor: null });
  expect((await ask(`${API}/backup/pings?cursor=x`)).status).toBe(422);
  await createMonitor();
  expect((await ask(`${API}/shop/pings`)).status).toBe(404);
});

describe('a configuration', () => {
  const put = (monitors: readonly object[]) =>
    ask('/api/v1/configuration?allowDelete=true', { method: 'PUT', body: { monitors } });

  test('has a heartbeat without its key and without what it has no choice in, and writes it back unchanged', async () => {
    await create({ cron: '0 3 * * *', timeZone: 'Europe/Berlin', maxDurationSeconds: 600 });
    const path = await mesh.pathOf('backup');
    const { json, text } = await ask('/api/v1/configuration');
    expect(text).not.toContain(path.slice('/ping/'.length));
    const [monitor] = json.monitors;
    expect(monitor.check).toEqual({
      ...{ type: 'heartbeat', cron: '0 3 * * *', timeZone: 'Europe/Berlin' },
      ...{ graceSeconds: 300, maxDurationSeconds: 600 },
    });
    for (const field of ['intervalSeconds', 'locations', 'alert']) expect(monitor).not.toHaveProperty(field);
    const applied = await put(json.monitors);
    expect(applied.json).toMatchObject({ created: 0, updated: 0, deleted: 0 });
    expect(await mesh.pathOf('backup')).toBe(path);
  });

  test('that changes a heartbeat keeps its key, and one that is created anew has another', async () => {
    expect((await put([HEARTBEAT])).status).toBe(200);
    const path = await mesh.pathOf('backup');
    const changed = await put([
      { ...HEARTBEAT, name: 'Nightly', check: { ...HEARTBEAT.check, everySeconds: 600 } },
    ]);
    expect(changed.json).toMatchObject({ created: 0, updated: 1, deleted: 0 });
    expect(await mesh.pathOf('backup')).toBe(path);
    await put([]);
    expect((await mesh.ping(path)).status).toBe(404);
    await put([HEARTBEAT]);
    expect(await mesh.pathOf('backup')).not.toBe(path);
    expect((await mesh.ping(path)).status).toBe(404);
  });

  test('that is wrong about a heartbeat names the field', async () => {
    const refused = await put([{ ...HEARTBEAT, check: { type: 'heartbeat', cron: 'never' } }]);
    expect([refused.status, paths(refused)]).toEqual([422, ['monitors[0].check.cron']]);
    expect(paths(await put([{ ...HEARTBEAT, locations: ['aws:us-east-1'] }]))).toEqual([
      'monitors[0].locations',
    ]);
  });
});
