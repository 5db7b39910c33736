// What the notification of a heartbeat says, from the ping to the stored webhook body and the status page.
import { beforeEach, expect, test } from 'vitest';
import type { WebhookBody } from '../../src/channels/notification.ts';
import { notifiedHeartbeats } from '../../src/store/notified-heartbeats.ts';
import { HeartbeatMesh } from '../support/d1/heartbeat-mesh.ts';
import { ask, bindings, clock, empty, post, RECEIVER } from '../support/d1/http-mesh.ts';

const MINUTE = 60_000;
let mesh: HeartbeatMesh;

beforeEach(async () => {
  await empty();
  mesh = new HeartbeatMesh();
});

const bodies = async (): Promise<WebhookBody[]> => {
  const { results } = await bindings.DB.prepare('select body from notifications order by position, id').all<{
    body: string;
  }>();
  return results.map(({ body }) => JSON.parse(body) as WebhookBody);
};
const iso = (at: number): string => new Date(at).toISOString();

test('a late heartbeat names the time at which it was due and the newest ping, and so does its end', async () => {
  const path = await mesh.create(
    'backup',
    { everySeconds: 300, graceSeconds: 60 },
    { name: 'Nightly backup' },
  );
  const first = clock.now;
  await mesh.ping(path);
  await mesh.pass(7.5 * MINUTE);
  const second = clock.now;
  await mesh.ping(path);
  await mesh.pass(MINUTE);
  const [opened, resolved, ...others] = await bodies();
  expect(others).toEqual([]);
  expect(opened!.title).toBe('Nightly backup did not report in time');
  expect(opened!.data.heartbeat).toEqual({
    ...{ id: 'backup', name: 'Nightly backup', exitCode: null },
    ...{ expectedAt: iso(first + 5 * MINUTE), receivedAt: iso(first) },
  });
  expect(resolved!.title).toMatch(/^Resolved: Nightly backup reports again after /);
  expect(resolved!.data.heartbeat).toMatchObject({
    ...{ expectedAt: iso(first + 5 * MINUTE), receivedAt: iso(second) },
  });
});

test('a job that was never seen, and one that reports an exit code, are notified in their words', async () => {
  await mesh.create('sync', { everySeconds: 300, graceSeconds: 60 }, { name: 'Sync' });
  const armedAt = clock.now;
  const path = await mesh.create('backup', { everySeconds: 3_600 }, { name: 'Nightly backup' });
  await mesh.pass(MINUTE, [[5_000, () => mesh.ping(`${path}/3`)]]);
  await mesh.pass(6.5 * MINUTE);
  const [failed, never] = await bodies();
  expect(failed!.title).toBe('Nightly backup reported a failure (exit code 3)');
  expect(failed!.data.heartbeat).toMatchObject({ id: 'backup', exitCode: 3 });
  expect(never!.title).toBe('Sync has never reported');
  expect(never!.data.heartbeat).toMatchObject({ expectedAt: iso(armedAt + 5 * MINUTE), receivedAt: null });
});

test.each(['{"runs":', '{"lastPingAt":"yesterday"}'])(
  'a notification names what is known of a heartbeat whose memory is damaged (%s)',
  async (damaged) => {
    const check = { type: 'heartbeat', everySeconds: 300, graceSeconds: 60 } as const;
    const path = await mesh.create('backup', check, { name: 'Nightly backup' });
    const armedAt = clock.now;
    await mesh.pass(MINUTE);
    const pingAt = clock.now;
    await mesh.ping(`${path}/3`);
    const damage = bindings.DB.prepare('update heartbeats set memory = ?').bind(damaged);
    expect((await damage.run()).meta.changes).toBe(1);
    const number = (await bindings.DB.prepare('select number from monitors').first<number>('number'))!;
    const notified = await notifiedHeartbeats(bindings.DB, [
      { number, id: 'backup', name: 'Nightly backup', check },
    ]);
    expect(notified.get(number)).toEqual({
      ...{ id: 'backup', name: 'Nightly backup', exitCode: 3 },
      ...{ expectedAt: iso(armedAt + 5 * MINUTE), receivedAt: iso(pingAt) },
    });
  },
);

test('a status page says that the job is late, and names no location', async () => {
  const more = { name: 'Nightly backup', public: true };
  const path = await mesh.create('backup', { everySeconds: 300, graceSeconds: 60 }, more);
  await mesh.ping(path);
  await mesh.pass(MINUTE);
  const up = (await ask('/index.md', { token: null })).text;
  expect(up).toContain('The job reports in time');
  await mesh.pass(6.5 * MINUTE);
  const { json } = await ask('/api/v1/incidents');
  const pages = await Promise.all(
    ['/', '/index.md', '/llms.txt', '/api/v2/summary.json', `/incidents/${json.incidents[0].id}`].map(
      async (at) => (await ask(at, { token: null })).text,
    ),
  );
  expect(pages[1]).toContain('The job did not report in time, or failed');
  for (const text of [up, ...pages]) {
    const words = text.replace(/<(style|script)\b.*?<\/\1>/gs, '');
    expect(words).not.toMatch(/\blocations?\b/i);
    expect(words).not.toContain('>heartbeat<');
  }
});

test('escalations, acknowledgements and drills of a heartbeat carry it, and speak of a job', async () => {
  for (const id of ['first', 'second']) {
    const made = await post('/api/v1/channels', { ...RECEIVER, id });
    expect(made.status, made.text).toBe(201);
  }
  const steps = [{ channels: ['first'] }, { afterSeconds: 60, channels: ['second'] }];
  const route = await post('/api/v1/routes', { id: 'jobs', name: 'Jobs', steps, repeatMinutes: 2 });
  expect(route.status, route.text).toBe(201);
  const path = await mesh.create(
    'backup',
    { everySeconds: 300, graceSeconds: 60 },
    { name: 'Nightly backup' },
  );
  await mesh.ping(path);
  await mesh.pass(11 * MINUTE);
  const { json } = await ask('/api/v1/incidents?state=open');
  const acknowledged = await post(`/api/v1/incidents/${json.incidents[0].id}/acknowledge`, {});
  expect(acknowledged.status, acknowledged.text).toBe(200);
  const drill = await post('/api/v1/drill', { monitor: 'backup', event: 'incident.opened' });
  expect(drill.status, drill.text).toBeLessThan(300);
  const all = await bodies();
  const types = new Set(all.map(({ type }) => type));
  for (const type of ['incident.opened', 'incident.escalated', 'incident.reminder', 'incident.acknowledged'])
    expect([...types]).toContain(type);
  expect(all.filter((body) => body.drill)).toHaveLength(1);
  for (const { title, summary, data, type } of all) {
    expect(data.heartbeat, type).toMatchObject({ id: 'backup' });
    expect(`${title} ${summary}`, type).not.toMatch(/\blocations?\b|is down|check of/i);
  }
});
