// What a mesh does after a restore, under real ticks in virtual time: it begins cleanly. No notification of before is sent
// twice, none that is due is lost, and the time between backup and restore is nothing but a gap.
import { beforeEach, expect, test, vi } from 'vitest';
import { compact } from '../../../src/history/compact.ts';
import { backUp, restore, wipe } from '../../support/d1/backups.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  keepDefaultChannels,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';
import { pass } from '../../support/d1/ticks.ts';

await keepDefaultChannels();
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });
const { DB } = bindings;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const down = { isDown: () => true };

beforeEach(async () => {
  clock.now = 1_800_000_000_000;
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => {});
  await wipe();
});

/** An outage whose notification is pending, of a route that reminds every half an hour. */
async function outage(): Promise<string> {
  await post('/api/v1/channels', RECEIVER);
  await post('/api/v1/routes', {
    ...{ id: 'all', name: 'All', repeatMinutes: 30 },
    steps: [{ channels: ['on-call'] }],
  });
  await createMonitor();
  await pass(2 * MINUTE);
  await runUntilConfirmed(1, 6);
  return (await ask('/api/v1/incidents?state=open')).json.incidents[0].id;
}

async function intoNewMesh(later: number): Promise<void> {
  const lines = await backUp();
  await wipe();
  clock.now += later;
  await restore(lines);
}

const events = async (): Promise<string[]> =>
  (
    await DB.prepare("select event from notifications where event like 'incident.%' order by at, id").all<{
      event: string;
    }>()
  ).results.map(({ event }) => event);
const deliveryIds = async (state: string): Promise<unknown[]> =>
  (
    await DB.prepare('select notification_id as id from deliveries where state = ?1 order by 1')
      .bind(state)
      .all()
  ).results;

test('an outage that goes on is not notified again, and is the same incident; its reminder comes after ten minutes', async () => {
  const id = await outage();
  const before = await events();
  const pending = await deliveryIds('pending');
  expect([before, pending.length]).toEqual([['incident.opened'], 1]);
  await intoNewMesh(5 * HOUR);
  await pass(8 * MINUTE, down);
  expect(await events()).toEqual(before);
  expect(await deliveryIds('failed')).toEqual(pending);
  expect(
    (await ask('/api/v1/incidents?state=open')).json.incidents.map((one: { id: string }) => one.id),
  ).toEqual([id]);
  await pass(5 * MINUTE, down);
  expect(await events()).toEqual([...before, 'incident.reminder']);
  expect(await deliveryIds('pending')).toHaveLength(1);
});

test('an outage that has ended meanwhile is resolved once, and its channel is notified', async () => {
  const id = await outage();
  await intoNewMesh(5 * HOUR);
  await pass(8 * MINUTE);
  expect(await events()).toEqual(['incident.opened', 'incident.resolved']);
  const { json } = await ask(`/api/v1/incidents/${id}`);
  expect(json.state).toBe('resolved');
  expect(await deliveryIds('pending')).toHaveLength(1);
});

test('an outage that begins after the restore is notified', async () => {
  await post('/api/v1/channels', RECEIVER);
  await createMonitor({ channels: ['on-call'] });
  await pass(2 * MINUTE);
  await intoNewMesh(5 * HOUR);
  await pass(2 * MINUTE);
  await pass(8 * MINUTE, down);
  expect(await events()).toEqual(['incident.opened']);
  expect(await deliveryIds('pending')).toHaveLength(1);
});

test('a snooze stays: nothing is reminded of before it ends', async () => {
  const id = await outage();
  const snoozed = await post(`/api/v1/incidents/${id}/snooze`, { minutes: 360 });
  expect(snoozed.status).toBe(200);
  const { snoozedUntil } = (await ask(`/api/v1/incidents/${id}`)).json;
  const before = (await events()).filter((event) => event === 'incident.reminder');
  await intoNewMesh(5 * HOUR);
  expect((await ask(`/api/v1/incidents/${id}`)).json.snoozedUntil).toBe(snoozedUntil);
  await pass(20 * MINUTE, down);
  expect((await events()).filter((event) => event === 'incident.reminder')).toEqual(before);
});

test('two days between backup and restore make no heartbeat late and no outage: they count as no data', async () => {
  await createMonitor();
  await post('/api/v1/monitors', {
    ...{ id: 'job', name: 'Job', check: { type: 'heartbeat', everySeconds: 300, graceSeconds: 60 } },
  });
  const { json } = await ask('/api/v1/monitors/job/heartbeat');
  const ping = () => ask(new URL(json.pingUrl).pathname, { method: 'POST', token: null });
  for (let pings = 0; pings < 3; pings += 1) {
    expect((await ping()).status).toBe(200);
    await pass(4 * MINUTE);
  }
  const stoppedAt = clock.now;
  await intoNewMesh(48 * HOUR);
  const restoredAt = clock.now;
  await pass(4 * MINUTE);
  expect((await ping()).status).toBe(200);
  await pass(4 * MINUTE);
  expect(await events()).toEqual([]);
  expect((await ask('/api/v1/incidents')).json.incidents).toEqual([]);
  clock.now += 2 * HOUR;
  for (let runs = 0; (await compact(DB, clock.now)) === 'more' && runs < 100; runs += 1);
  const range = `from=${new Date(stoppedAt).toISOString()}&to=${new Date(restoredAt).toISOString()}`;
  const uptime = await ask(`/api/v1/monitors/shop/uptime?${range}`);
  const { downSeconds, noDataSeconds } = uptime.json.totals;
  expect([downSeconds, noDataSeconds > 47.9 * 3_600]).toEqual([0, true]);
});
