// Effects of one entry besides verdicts: coordinator gaps, ignored observations, snapshots, further checks.
import { describe, expect, test } from 'vitest';
import type { ReportedObservation } from '../../src/engine/model/journal.ts';
import type { Policy } from '../../src/engine/model/state.ts';
import { change, healthy, monitorOf, report } from '../support/engine/entries.ts';
import { T0, World } from '../support/engine/world.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

const run = (
  monitor: number,
  startedAt: number,
  more: Partial<ReportedObservation> = {},
): ReportedObservation =>
  ({ monitor, startedAt, outcome: 'ok', timings: {}, ...more }) as ReportedObservation;

describe('coordinator gaps', () => {
  /** Does a time without commits count as a coordinator gap? */
  const isGap = (silence: number, monitors: Partial<Policy>[], prepare?: (world: World) => void) => {
    const world = healthy(2, monitors);
    prepare?.(world);
    const at = world.state.at + silence;
    const { resumedAt } = report(world.state, 1, at, []).value;
    expect([at, world.state.resumedAt]).toContain(resumedAt);
    return resumedAt === at;
  };

  test('a coordinator gap is 150 s longer than the shortest interval', () => {
    expect(isGap(210 * SECOND, [{}])).toBe(false);
    expect(isGap(210 * SECOND + 1, [{}])).toBe(true);
    expect(isGap(180 * SECOND, [{ intervalMs: 30 * SECOND }, { intervalMs: 5 * MINUTE }])).toBe(false);
    expect(isGap(180 * SECOND + 1, [{ intervalMs: 30 * SECOND }, { intervalMs: 5 * MINUTE }])).toBe(true);
    expect(isGap(449 * SECOND, [{ intervalMs: 5 * MINUTE }])).toBe(false);
    expect(isGap(451 * SECOND, [{ intervalMs: 5 * MINUTE }])).toBe(true);
  });

  test('monitors that no location checks do not count in the coordinator gap', () => {
    const monitors = [{ intervalMs: 30 * SECOND, paused: true }, { intervalMs: 5 * MINUTE }];
    expect(isGap(449 * SECOND, monitors)).toBe(false);
    const apart = [
      { intervalMs: 30 * SECOND, locations: [2] },
      { intervalMs: 5 * MINUTE, locations: [1] },
    ];
    const disable = (world: World) =>
      change(world, [{ type: 'location', number: 2, id: 'aws:test-2', enabled: false }]);
    expect(isGap(449 * SECOND, apart)).toBe(true);
    expect(isGap(449 * SECOND, apart, disable)).toBe(false);
  });

  test('a mesh without an active monitor has no coordinator gap', () => {
    expect(isGap(100 * MINUTE, [{ paused: true }])).toBe(false);
  });
});

describe('reports', () => {
  const AT = T0 + 181 * SECOND;

  test('a report of an unknown location changes only the time', () => {
    const { state } = healthy();
    const after = report(state, 99, AT, [run(1, AT)]);
    expect(after).toEqual({
      ...{ value: { ...state, seq: state.seq + 1, at: AT }, notifications: [], records: [], changed: false },
    });
  });

  test('observations of a paused, deleted or unassigned monitor are ignored', () => {
    const world = healthy(2, [{ paused: true }, { locations: [2] }]);
    const before = world.state;
    const { value: state, changed } = report(before, 1, AT, [run(1, AT), run(2, AT), run(9, AT)]);
    expect(state.monitors).toEqual(before.monitors);
    expect(changed).toBe(false);
  });

  test('observations from before the location was assigned are ignored', () => {
    const world = new World(2);
    const assignedAt = monitorOf(world).byLocation.get(1)!.assignedAt!;
    const early = report(world.state, 1, AT, [run(1, assignedAt - 1)]).value;
    expect(monitorOf({ state: early }).byLocation.get(1)!.lastMeasuredAt).toBeNull();
    expect(early.locations.get(1)!.lastMeasuredAt).toBe(AT);
    const first = report(world.state, 1, AT, [run(1, assignedAt)]).value;
    expect(monitorOf({ state: first }).round!.results).toHaveLength(1);
  });

  test('a monitor is on the network that more than half of its locations report', () => {
    const { state } = new World(3);
    const A = '192.0.2.0/24';
    const B = '198.51.100.0/24';
    const one = report(state, 1, AT, [run(1, AT, { network: A })]);
    expect([monitorOf({ state: one.value }).network, one.changed]).toEqual([null, true]);
    const split = report(one.value, 2, AT + 1, [run(1, AT, { network: B })]);
    expect(monitorOf({ state: split.value }).network).toBeNull();
    const agreed = report(split.value, 3, AT + 2, [run(1, AT, { network: A })]);
    expect([monitorOf({ state: agreed.value }).network, agreed.changed]).toEqual([A, true]);
    expect(monitorOf({ state: report(state, 1, AT, [run(1, AT)]).value }).network).toBeNull();
  });

  test('an ordinary ok result needs no snapshot', () => {
    const { state } = healthy();
    const { changed, notifications, records } = report(state, 1, AT, [run(1, AT)]);
    expect({ changed, notifications, records }).toEqual({ changed: false, notifications: [], records: [] });
    expect(report(state, 1, AT, [run(1, AT, { outcome: 'unmeasured' })]).changed).toBe(false);
  });

  test('a first failure needs a snapshot', () => {
    const failed: ReportedObservation = {
      ...{ monitor: 1, startedAt: AT, outcome: 'failed', timings: {} },
      ...{ code: 'refused', detail: 'refused' },
    };
    expect(report(healthy().state, 1, AT, [failed]).changed).toBe(true);
  });

  test('the first result of a location that abstained needs a snapshot', () => {
    const { state } = healthy();
    const statuses = new Map(monitorOf({ state }).byLocation);
    statuses.set(1, { ...statuses.get(1)!, noResponse: true });
    const abstaining = {
      ...state,
      monitors: new Map([[1, { ...monitorOf({ state }), byLocation: statuses }]]),
    };
    expect(report(abstaining, 1, AT, [run(1, AT)]).changed).toBe(true);
  });

  test('a result that turns a vote or a streak needs a snapshot', () => {
    const { state } = healthy(6, [{ recoveries: 1 }]);
    const statuses = new Map(monitorOf({ state }).byLocation);
    statuses.set(1, { ...statuses.get(1)!, vote: 'failing' });
    const turned = { ...state, monitors: new Map([[1, { ...monitorOf({ state }), byLocation: statuses }]]) };
    expect(report(turned, 1, AT, [run(1, AT)]).changed).toBe(true);
    statuses.set(1, { ...statuses.get(1)!, vote: 'passing', streakOf: 'failed' });
    const doubted = { ...state, monitors: new Map([[1, { ...monitorOf({ state }), byLocation: statuses }]]) };
    expect(report(doubted, 1, AT, [run(1, AT)]).changed).toBe(true);
  });

  test('a dependent is evaluated after its dependency, whatever its number', () => {
    const world = new World(2, [{ dependsOn: [3] }, {}, {}]);
    world.play(T0 + 180 * SECOND);
    for (const at of [181, 191]) {
      for (const location of [1, 2]) world.report(location, { 1: 'failed', 3: 'failed' }, T0 + at * SECOND);
    }
    expect(world.records.map((record) => 'monitor' in record && record.monitor)).toEqual([3, 1]);
    expect(world.notifications.map(({ monitor, event }) => [monitor, event])).toEqual([
      [3, 'incident.opened'],
    ]);
  });

  test('a fan-out also checks the ancestors that have no open round and are not paused', () => {
    const world = healthy(6, [{}, { dependsOn: [1] }, { dependsOn: [2, 4] }, { paused: true }, {}]);
    world.report(1, { 3: 'failed' }, T0 + 181 * SECOND);
    const asked = [1, 2, 3, 4, 5].map((number) => monitorOf(world, number).round?.asked.length ?? 0);
    expect(asked).toEqual([6, 6, 5, 0, 0]);
    const { round } = monitorOf(world, 1);
    // A second failure, in the open round, starts no further round.
    world.report(2, { 3: 'failed' }, T0 + 182 * SECOND);
    expect(monitorOf(world, 1).round).toBe(round);
  });
});

describe('a monitor without enough voters', () => {
  test('all locations check a monitor without data at once, at most once an interval', () => {
    const world = healthy();
    world.sees = () => 'unmeasured';
    world.play(T0 + 15 * MINUTE);
    expect(world.verdict()).toBe('no_data');
    const asks: number[] = [];
    world.sees = () => 'unmeasured';
    for (let at = world.now; at < T0 + 20 * MINUTE; at += SECOND) {
      world.play(at);
      if (asks.at(-1) !== monitorOf(world).lastFullCheckAt) asks.push(monitorOf(world).lastFullCheckAt!);
    }
    expect(asks.length).toBeGreaterThanOrEqual(4);
    const gaps = asks.slice(1).map((at, index) => at - asks[index]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(MINUTE);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(MINUTE + 15 * SECOND);
  });
});

describe('a dependency that recovered', () => {
  test('a dependency that recovers has its failing dependents checked', () => {
    const world = healthy(6, [{}, { dependsOn: [1] }, { dependsOn: [1] }, { dependsOn: [2] }]);
    world.sees = (_, __, monitor) => (monitor === 3 ? 'ok' : 'failed');
    world.play(T0 + 300 * SECOND);
    expect([1, 2, 3, 4].map((number) => world.verdict(number))).toEqual(['down', 'down', 'up', 'down']);
    const before = [2, 3, 4].map((number) => monitorOf(world, number).lastFullCheckAt);
    world.sees = (_, __, monitor) => (monitor === 1 || monitor === 3 ? 'ok' : 'failed');
    while (world.verdict(1) === 'down') world.play(world.now + SECOND);
    const after = [2, 3, 4].map(
      (number, index) => monitorOf(world, number).lastFullCheckAt! > before[index]!,
    );
    expect(after).toEqual([true, false, true]);
  });
});
