// A dependency that is removed, paused or retargeted: what it held back is sent only once it is confirmed anew.
import { describe, expect, test } from 'vitest';
import { replay } from '../../../src/engine/apply.ts';
import { explain } from '../../../src/engine/explain/explain.ts';
import type { Change } from '../../../src/engine/model/journal.ts';
import { emptyState, type Policy } from '../../../src/engine/model/state.ts';
import { decodeEntry, encodeEntry } from '../../../src/store/journal/codec.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/store/snapshot/codec.ts';
import { playWorld, type WorldSpec } from '../../support/engine/random-world.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const minutes = (count: number): number => T0 + count * MINUTE;

/** Monitor 1 is the parent. Its children are down with it, and the parent's outage alone is sent. */
function held(
  monitors: Partial<Policy>[] = [{}, { dependsOn: [1] }],
  fails: World['sees'] = () => 'failed',
): World {
  const world = new World(6, monitors);
  world.networkSeen = () => '192.0.2.0/24';
  world.sees = (location, at, monitor) => (at < minutes(10) ? 'ok' : fails(location, at, monitor));
  world.play(minutes(15) + 2 * SECOND);
  expect(new Set(world.notifications.map(({ monitor }) => monitor))).toEqual(new Set([1]));
  world.notifications.length = 0;
  return world;
}
const apply = (world: World, ...changes: Change[]): void =>
  world.apply({ kind: 'change', at: Math.max(world.now, world.state.at + 1), changes });
const remove: Change = { type: 'monitor.deleted', number: 1 };
const without = (number: number, parts: Partial<Policy> = {}): Change => ({
  ...{ type: 'monitor', number, policy: policy({ dependsOn: [], ...parts }) },
});
const sent = (world: World): unknown[] =>
  world.notifications.filter(({ monitor }) => monitor !== 1).map(({ event, monitor }) => [event, monitor]);

/** Every way in which a child loses what explained its outage. */
const WAYS: readonly (readonly [string, readonly Change[]])[] = [
  ['the parent is deleted, and then the child changed', [remove, without(2)]],
  ['the child is changed, and then the parent deleted', [without(2), remove]],
  ['only the parent is deleted', [remove]],
  ['only the child stops depending on it', [without(2)]],
  ['the child depends on another one instead', [without(2, { dependsOn: [3] })]],
  ['the parent is paused', [{ type: 'monitor', number: 1, policy: policy({ paused: true }) }]],
  ['the parent gets another target', [{ type: 'monitor.target_changed', number: 1, policy: policy() }]],
];
const THREE: Partial<Policy>[] = [{}, { dependsOn: [1] }, {}];
const childDown: World['sees'] = (_, __, monitor) => (monitor === 3 ? 'ok' : 'failed');

describe.each(WAYS)('after a change in which %s', (_, changes) => {
  test('nothing is sent about a child that is up by now', () => {
    const world = held(THREE, childDown);
    world.sees = () => 'ok';
    apply(world, ...changes);
    expect(sent(world)).toEqual([]);
    world.play(minutes(40));
    expect(sent(world)).toEqual([]);
    expect(world.state.monitors.get(2)).toMatchObject({ incident: null, detached: null });
  });

  test('the outage of a child that is still down is sent once all locations have checked it, with its true start', () => {
    const world = held(THREE, childDown);
    if (changes.some(({ type }) => type === 'monitor.target_changed'))
      world.sees = (_location, _at, monitor) => (monitor === 2 ? 'failed' : 'ok');
    const at = world.now;
    apply(world, ...changes);
    expect(sent(world)).toEqual([]);
    world.play(minutes(20));
    expect(sent(world)).toEqual([['incident.opened', 2]]);
    const [opened] = world.notifications.filter(({ monitor }) => monitor === 2);
    // The new target of the parent has to be up first, and then four locations see the child fail again.
    const limit = changes.some(({ type }) => type === 'monitor.target_changed') ? 60 : 30;
    expect(opened!.at - at).toBeLessThanOrEqual(limit * SECOND);
    expect(opened!.startedAt - minutes(10)).toBeLessThanOrEqual(10 * SECOND);
    for (const { observation } of opened!.evidence.slice(0, opened!.quorum.required))
      expect(observation!.startedAt).toBeGreaterThanOrEqual(at);
    expect(world.state.monitors.get(2)!.detached).toBeNull();
  });
});

describe('a detached child', () => {
  test('waits for as many locations as the outage needs, as explain shows', () => {
    const world = held();
    apply(world, remove, without(2));
    const { suppressed, why } = explain(world.state, 2, world.now);
    expect(suppressed).toEqual({ by: 'dependency', state: 'detached', monitor: 1 });
    expect(why).toContain(
      'A monitor that it depended on was removed, paused or changed: the notification waits until enough locations see this one fail again.',
    );
    const at = world.state.at + SECOND;
    for (const location of [1, 2, 3, 4]) {
      expect(sent(world)).toEqual([]);
      for (const other of [5, 6]) if (location === 1) world.report(other, { 2: 'unmeasured' }, at);
      world.report(location, { 2: 'failed' }, at);
    }
    expect(sent(world)).toEqual([['incident.opened', 2]]);
  });

  test('has a grandchild that waits, too, and that its own outage explains', () => {
    const world = held([{}, { dependsOn: [1] }, { dependsOn: [2] }]);
    apply(world, remove, without(2));
    expect(sent(world)).toEqual([]);
    world.play(minutes(30));
    expect(sent(world)).toEqual([['incident.opened', 2]]);
    world.notifications.length = 0;
    apply(world, { type: 'monitor.deleted', number: 2 }, without(3));
    expect(sent(world)).toEqual([['incident.resolved', 2]]);
    world.sees = () => 'ok';
    world.play(minutes(50));
    expect(sent(world)).toEqual([['incident.resolved', 2]]);
  });

  test('sends nothing about a regional problem or a warning that was not measured again', () => {
    const world = held([{}, { dependsOn: [1] }, { dependsOn: [1] }], (location, _, monitor) => {
      if (monitor === 1) return 'failed';
      return monitor === 2 && [2, 5].includes(location) ? 'failed' : 'ok';
    });
    world.finds = (_, __, monitor) => (monitor === 3 ? [{ code: 'latency', limit: 50, detail: 'slow' }] : []);
    world.play(minutes(20) + 2 * SECOND);
    expect(sent(world)).toEqual([]);
    world.sees = () => 'ok';
    world.finds = () => [];
    apply(world, remove, without(2), without(3));
    world.play(minutes(40));
    expect(sent(world)).toEqual([]);
    expect([2, 3].map((number) => world.state.monitors.get(number)!.detached)).toEqual([null, null]);
  });

  test('sends a warning that enough locations report again', () => {
    const world = held([{}, { dependsOn: [1] }], (_, __, monitor) => (monitor === 1 ? 'failed' : 'ok'));
    world.finds = () => [{ code: 'certificate', limit: 7, detail: '7 days' }];
    world.play(minutes(20) + 2 * SECOND);
    apply(world, remove, without(2));
    expect(sent(world)).toEqual([]);
    world.play(minutes(22));
    expect(sent(world)).toEqual([['monitor.certificate', 2]]);
  });

  test('whose outage was sent before, or that had none, is not marked', () => {
    const world = new World(6, [{}, { dependsOn: [1] }, { dependsOn: [1] }]);
    world.sees = (_, at, monitor) => (monitor === 2 && at >= minutes(10) ? 'failed' : 'ok');
    world.play(minutes(15));
    apply(world, remove, without(2), without(3));
    expect([2, 3].map((number) => world.state.monitors.get(number)!.detached)).toEqual([null, null]);
  });

  test('is the same after a replay of the journal, and in a snapshot, at every row', () => {
    const world = held();
    apply(world, remove, without(2));
    expect(world.state.monitors.get(2)!.detached).not.toBeNull();
    const again = decodeSnapshot(encodeSnapshot(world.state));
    expect(again.monitors.get(2)).toEqual(world.state.monitors.get(2));
    const entries = world.entries.map((entry) => decodeEntry(encodeEntry(entry)));
    expect(encodeSnapshot(replay(emptyState, entries))).toBe(encodeSnapshot(world.state));
  });
});

test('a held warning does not delay a regional problem that is detected after its dependency is gone', () => {
  const quorum = { intervalMs: 30_000, quorum: 'majority', recoveries: 1 } as const;
  const spec: WorldSpec = {
    locations: 6,
    policies: [
      { ...quorum, failures: 1 },
      { ...quorum, failures: 3 },
      { ...quorum, quorum: 'all', failures: 1, recoveries: 3 },
      { ...quorum, failures: 1 },
    ],
    parents: [0, 0, 2],
    ...{ seed: 7, failing: 30, unmeasured: 10, degraded: 80, grain: 'path', minutes: 4 },
    events: [{ minute: 3, what: 'delete', which: 21, how: 0 }],
  };
  const regional = (degraded: number): unknown[] =>
    playWorld({ ...spec, degraded }, { only: ['delete'] })
      .notifications.filter(({ event }) => event === 'incident.partial')
      .map(({ monitor, at }) => [monitor, at]);
  expect(regional(80)).toEqual(regional(0));
  expect(regional(80).length).toBeGreaterThan(0);
});
