// Since when a monitor is up: a lack of data does not restart it, an incident and a new target do.
import { expect, test } from 'vitest';
import { explain } from '../../../src/engine/explain/explain.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/store/snapshot/codec.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const MINUTE = 60_000;
const monitorOf = (world: World) => world.state.monitors.get(1)!;
const since = (world: World): number => explain(world.state, 1, world.now).since;

function upSinceStart(): { world: World; start: number } {
  const world = new World(6);
  world.play(T0 + 5 * MINUTE);
  return { world, start: monitorOf(world).upSince! };
}

test('a monitor is up since its first measurement', () => {
  const { world, start } = upSinceStart();
  expect(start).toBe(monitorOf(world).verdictSince);
  expect(start).toBeLessThan(T0 + MINUTE);
});

test('measurements that stop and come back do not restart it, and the gap is known', () => {
  const { world, start } = upSinceStart();
  world.sees = () => 'unmeasured';
  world.play(T0 + 60 * MINUTE);
  expect(world.verdict()).toBe('no_data');
  const stopped = monitorOf(world).verdictSince;
  expect(since(world)).toBe(stopped);
  world.sees = () => 'ok';
  world.play(T0 + 65 * MINUTE);
  expect(world.verdict()).toBe('up');
  expect(since(world)).toBe(start);
  expect(monitorOf(world).verdictSince).toBeGreaterThan(T0 + 60 * MINUTE);
  expect(monitorOf(world).lastGap).toEqual({ from: stopped, to: monitorOf(world).verdictSince });
});

test('ticks that stop and come back do not restart it', () => {
  const { world, start } = upSinceStart();
  world.now = T0 + 300 * MINUTE;
  world.play(T0 + 301 * MINUTE);
  expect(world.verdict()).toBe('up');
  expect(since(world)).toBe(start);
});

test('an outage restarts it at its end, also if data is missing in between', () => {
  const { world } = upSinceStart();
  world.sees = () => 'failed';
  world.play(T0 + 15 * MINUTE);
  expect(monitorOf(world)).toMatchObject({ verdict: 'down', upSince: null, lastGap: null });
  world.sees = () => 'unmeasured';
  world.play(T0 + 30 * MINUTE);
  world.sees = () => 'ok';
  world.play(T0 + 40 * MINUTE);
  const end = world.records.at(-1)!.incident.resolvedAt;
  expect(monitorOf(world)).toMatchObject({ verdict: 'up', upSince: end, lastGap: null });
  expect(since(world)).toBe(end);
});

test.each(['monitor.target_changed', 'monitor'] as const)(
  'a new target and a pause restart it: %s',
  (type) => {
    const { world } = upSinceStart();
    if (type === 'monitor')
      world.apply({
        kind: 'change',
        at: world.now,
        changes: [{ type, number: 1, policy: policy({ paused: true }) }],
      });
    world.play(T0 + 10 * MINUTE);
    world.apply({ kind: 'change', at: world.now, changes: [{ type, number: 1, policy: policy() }] });
    expect(monitorOf(world).upSince).toBeNull();
    world.play(T0 + 20 * MINUTE);
    expect(since(world)).toBeGreaterThanOrEqual(T0 + 10 * MINUTE);
  },
);

test('the snapshot keeps it in every state', () => {
  const { world } = upSinceStart();
  for (const [saw, minutes] of [
    ['ok', 6],
    ['unmeasured', 30],
    ['ok', 40],
    ['failed', 50],
    ['unmeasured', 60],
    ['ok', 70],
  ] as const) {
    world.sees = () => saw;
    world.play(T0 + minutes * MINUTE);
    const { upSince, lastGap } = monitorOf(world);
    expect(decodeSnapshot(encodeSnapshot(world.state)).monitors.get(1)).toMatchObject({ upSince, lastGap });
  }
});
