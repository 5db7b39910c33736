// A receiver whose port is closed during a whole outage, on a live mesh: one message says that it began and ended.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../../../scripts/start/api.ts';
import { startCronClock } from '../../../scripts/start/cron-clock.ts';
import { allUp, type Mesh, pause, startMesh, statusOf, until } from '../../support/mesh/live-mesh.ts';

let mesh: Mesh;
let stopCron = (): void => {};

beforeAll(async () => {
  mesh = await startMesh(2);
  await mesh.startCoordinator();
  await mesh.configure([30]);
  stopCron = startCronClock(mesh.api, () => {}).stop;
}, 180_000);

afterAll(async () => {
  stopCron();
  await mesh?.stop();
});

const incidentsIn = async (state: string): Promise<unknown[]> => {
  const { body } = await call(mesh.api, 'GET', `/incidents?state=${state}`);
  return (body as { incidents: unknown[] }).incidents;
};

test('an outage that begins and ends while the receiver refuses connections is one message, marked', async () => {
  await until('every monitor is up', 90_000, async () => allUp(await statusOf(mesh)));
  const { receiver, targets } = mesh;
  await receiver.behave('gone');
  await targets[0]!.setUp(false);
  await until('an open incident', 90_000, async () => (await incidentsIn('open')).length > 0);
  // Several attempts are refused.
  await pause(30_000);
  await targets[0]!.setUp(true);
  await until('its end', 90_000, async () => (await incidentsIn('resolved')).length > 0);
  expect(receiver.received).toEqual([]);
  await receiver.behave('accepts');
  await until('a message', 150_000, () => receiver.received.length > 0);
  await pause(5_000);
  expect(receiver.received.map(({ body }) => body.type)).toEqual(['incident.resolved']);
  expect(receiver.received[0]!.body.data.incident?.openedNotSent).toBe(true);
  expect(receiver.refused).toEqual([]);
}, 480_000);
