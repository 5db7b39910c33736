// The Worker in chunks, as a deployment uploads it, in workerd: each part loads with the first event that needs it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCronClock } from '../../../scripts/start/cron-clock.ts';
import { allUp, type Mesh, startMesh, statusOf, until } from '../../support/mesh/live-mesh.ts';

let mesh: Mesh;
let stopCron = (): void => {};

beforeAll(async () => {
  mesh = await startMesh(1);
  await mesh.startCoordinator();
  await mesh.configure([30]);
}, 180_000);

afterAll(async () => {
  stopCron();
  await mesh?.stop();
});

/** One of each group: API, health, pages, feeds, badges, embeds, sign-in, dashboard, reference, metrics, pings, assets. */
const FOUND = [
  ...['/healthz', '/metrics', '/', '/history', '/feed.atom', '/maintenance.ics'],
  ...['/api/v2/summary.json', '/badges/state.svg', '/embed', '/index.md', '/copy.json', '/sign-in'],
  ...['/api/v1/monitors', '/api/v1/status', '/api/v1/openapi.json', '/api/v1/docs'],
];
const ROUTES: readonly (readonly [path: string, status: number])[] = [
  ...FOUND.map((path): [string, number] => [path, 200]),
  ['/dashboard', 303],
  ['/ping/unknown', 404],
  ['/acknowledge/unknown', 404],
  ['/api/v1/nothing', 404],
];
test('every group of routes answers from the Worker in chunks', async () => {
  const answers: (readonly [string, number])[] = [];
  for (const [path] of ROUTES) {
    const headers =
      path.startsWith('/api/') || path === '/metrics' ? { authorization: `Bearer ${mesh.api.token}` } : {};
    const response = await fetch(mesh.api.url + path, { headers, redirect: 'manual' });
    await response.arrayBuffer();
    answers.push([path, response.status]);
  }
  expect(answers).toEqual(ROUTES);
}, 120_000);

test('ticks, the queue and the second clock work in the Worker in chunks, and no part fails to load', async () => {
  stopCron = startCronClock(mesh.api, () => {}).stop;
  await until('the monitor is up', 90_000, async () => allUp(await statusOf(mesh)));
  await mesh.targets[0]!.setUp(false);
  // The queue delivers it.
  await until('the message of the outage', 120_000, () => mesh.receiver.received.length > 0);
  expect(mesh.receiver.received[0]!.body.type).toBe('incident.opened');
  expect(
    mesh.workerLines.filter((line) => /part_not_loaded|second_clock\.(not_bound|arm_failed)/.test(line)),
  ).toEqual([]);
}, 240_000);
