// What a probe reports about a name with a dead address, and what the engine makes of it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Degraded, Observation } from '../../probes/contract/index.ts';
import { explain } from '../../src/engine/explain/explain.ts';
import { T0, World } from '../support/engine/world.ts';
import { checkName } from '../support/net/named-addresses.ts';
import { openTarget, type Target } from '../support/net/targets.ts';

const [ALIVE, DEAD] = ['127.0.0.1', '127.0.0.2'];
const HOUR = 3_600_000;

let target: Target;
let deadFirst: Observation;
let aliveFirst: Observation;
beforeAll(async () => {
  target = await openTarget();
  const { port } = target;
  deadFirst = await checkName({ port }, { addresses: [DEAD, ALIVE] });
  aliveFirst = await checkName({ port }, { addresses: [ALIVE, DEAD] });
});
afterAll(() => target.close());

/** Two hours at six locations, whose name server returns the dead address first if `isDeadFirst`. */
function played(isDeadFirst: (location: number, at: number) => boolean): World {
  const seen = (location: number, at: number): Observation =>
    isDeadFirst(location, at) ? deadFirst : aliveFirst;
  const world = new World(6);
  world.sees = (location, at) => (seen(location, at).outcome === 'ok' ? 'ok' : 'failed');
  world.finds = (location, at) => (seen(location, at) as { degraded?: Degraded[] }).degraded ?? [];
  world.play(T0 + 2 * HOUR);
  return world;
}

/** A coin of which every toss is known. */
const toss = (location: number, at: number): boolean =>
  (Math.imul(location * 7_919 + at / 1_000, 2_654_435_761) >>> 16) % 2 === 0;

test('a name server that returns one dead address of two in any order opens no incident', () => {
  const { notifications, records, runs } = played(toss);
  expect(runs).toBeGreaterThan(600);
  expect(records).toEqual([]);
  expect(notifications.filter(({ event }) => event !== 'monitor.degraded')).toEqual([]);
  expect(notifications.length).toBeLessThanOrEqual(1);
});

test('a dead address that each run meets first is notified once, as a degraded monitor', () => {
  const world = played(() => true);
  expect(world.records).toEqual([]);
  expect(world.notifications.map(({ event }) => event)).toEqual(['monitor.degraded']);
  expect(explain(world.state, 1, world.now).why).toContain(
    '6 of 6 locations find it dead at some of its addresses, 4 must.',
  );
});
