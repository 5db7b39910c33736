// A receiver whose port is closed during a whole outage, on a live mesh: it gets the beginning and the end, in this order.
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

test('a program gets the beginning of an outage, then its end, although both were over before it accepted connections', async () => {
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
  await until('both messages', 240_000, () => receiver.received.length > 1);
  await pause(5_000);
  expect(receiver.received.map(({ body }) => body.type)).toEqual(['incident.opened', 'incident.resolved']);
  const [opened, resolved] = receiver.received.map(({ body }) => body.data.incident);
  expect(resolved!.id).toBe(opened!.id);
  expect(resolved!.openedNotSent).toBeUndefined();
  expect(receiver.refused).toEqual([]);
}, 570_000);
