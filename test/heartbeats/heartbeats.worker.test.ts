// Heartbeats from the ping to the incident, over a real local D1 in virtual time.
import { beforeEach, expect, test } from 'vitest';
import { HeartbeatMesh } from '../support/d1/heartbeat-mesh.ts';
import { bindings, clock, empty } from '../support/d1/http-mesh.ts';

const MINUTE = 60_000;
let mesh: HeartbeatMesh;

beforeEach(async () => {
  await empty();
  mesh = new HeartbeatMesh();
});

test('a heartbeat waits for its first ping, is up after it, down when late, and up after the next one', async () => {
  const path = await mesh.create('backup', { everySeconds: 300, graceSeconds: 60 });
  await mesh.pass(4 * MINUTE);
  expect(await mesh.verdictOf('backup')).toBe('no_data');
  expect(await mesh.explain('backup')).toContain('No ping has arrived yet.');
  expect((await mesh.ping(path)).status).toBe(200);
  await mesh.pass(2 * MINUTE);
  expect(await mesh.verdictOf('backup')).toBe('up');
  expect(await mesh.events()).toEqual([]);
  await mesh.pass(3.5 * MINUTE);
  expect(await mesh.verdictOf('backup')).toBe('up');
  await mesh.pass(2 * MINUTE);
  expect(await mesh.verdictOf('backup')).toBe('down');
  expect(await mesh.explain('backup')).toContain('with 1 min of grace');
  await mesh.ping(path);
  await mesh.pass(MINUTE);
  expect(await mesh.verdictOf('backup')).toBe('up');
  expect(await mesh.events()).toHaveLength(2);
});

test('a heartbeat that is never seen is down once its first ping is late', async () => {
  await mesh.create('backup', { everySeconds: 300, graceSeconds: 60 });
  await mesh.pass(5.5 * MINUTE);
  expect(await mesh.verdictOf('backup')).toBe('no_data');
  await mesh.pass(MINUTE);
  expect(await mesh.verdictOf('backup')).toBe('down');
  expect(await mesh.explain('backup')).toContain('No ping has ever arrived.');
  expect(await mesh.events()).toHaveLength(1);
});

test('a failure that the next run makes good before the evaluation is notified all the same', async () => {
  const path = await mesh.create('backup', { everySeconds: 3_600 });
  await mesh.ping(path);
  await mesh.pass(MINUTE);
  await mesh.pass(MINUTE, [
    [31_000, () => mesh.ping(`${path}/3`, { method: 'POST', body: 'disk full' })],
    [32_000, () => mesh.ping(path)],
  ]);
  await mesh.pass(MINUTE);
  expect(await mesh.verdictOf('backup')).toBe('up');
  expect(await mesh.events()).toHaveLength(2);
});

test('after an outage of the coordinator, lateness starts anew', async () => {
  const path = await mesh.create('backup', { everySeconds: 300, graceSeconds: 60 });
  await mesh.ping(path);
  await mesh.pass(MINUTE);
  clock.now += 20 * MINUTE;
  await mesh.pass(5.5 * MINUTE);
  expect(await mesh.events()).toEqual([]);
  await mesh.pass(1.5 * MINUTE);
  expect(await mesh.verdictOf('backup')).toBe('down');
});

test('a ping is one row, and evaluations without news write one row a minute', async () => {
  const path = await mesh.create('backup', { everySeconds: 300 });
  await mesh.ping(path);
  await mesh.ping(path);
  const { results } = await bindings.DB.prepare('select * from pings').all();
  expect(results).toHaveLength(2);
});
