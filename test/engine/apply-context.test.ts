// One entry while it is applied: which monitors are evaluated, in which order, and which are checked again.
import { describe, expect, test } from 'vitest';
import { ApplyContext } from '../../src/engine/apply-context.ts';
import type { Change } from '../../src/engine/model/journal.ts';
import type {
  LocationState,
  MonitorState,
  OpenIncident,
  Policy,
  Round,
  State,
} from '../../src/engine/model/state.ts';
import { monitorOf } from '../support/engine/entries.ts';
import { policy, type Saw, T0, World } from '../support/engine/world.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const at = (seconds: number): number => T0 + seconds * SECOND;

/** Healthy for three minutes; the last run was at second 175. */
function healthy(locations: number, monitors: Partial<Policy>[]): World {
  const world = new World(locations, monitors);
  world.play(at(180));
  return world;
}

/** Every location reports the same. */
function allReport(world: World, saw: Record<number, Saw>, seconds: number, from = 1): void {
  for (let location = from; location <= world.state.locations.size; location += 1) {
    world.report(location, saw, at(seconds));
  }
}

const with_ = (state: State, ...monitors: MonitorState[]): State => ({
  ...state,
  monitors: new Map([...state.monitors, ...monitors.map((one) => [one.number, one] as const)]),
});

const incident = (verdict: OpenIncident['verdict']): OpenIncident => ({
  ...{ id: 'i', verdict, startedAt: at(100), detectedAt: at(120) },
});
const round = (parts: Partial<Round> = {}): Round => ({
  ...{ step: 1, startsAt: at(180), asked: [1], results: [], lastResultAt: null },
  ...parts,
});

describe('dependents whose notification waits', () => {
  test('a waiting outage is sent as soon as its dependency turns out to be up', () => {
    const world = healthy(6, [{}, { dependsOn: [1] }]);
    world.report(1, { 2: 'failed' }, at(181));
    allReport(world, { 2: 'failed' }, 182, 2);
    allReport(world, { 2: 'failed' }, 192);
    expect([world.verdict(2), world.events()]).toEqual(['down', []]);
    for (const location of [1, 2, 3, 4, 5]) world.report(location, { 1: 'ok' }, at(193));
    expect(world.events()).toEqual([]);
    world.report(6, { 1: 'ok' }, at(193));
    expect(world.notifications.map(({ event, monitor }) => [event, monitor])).toEqual([
      ['incident.opened', 2],
    ]);
  });

  test('dependents are evaluated after dependencies, although the report names only dependents', () => {
    const world = healthy(2, [{ dependsOn: [3] }, {}, { dependsOn: [2] }]);
    for (const seconds of [181, 191]) allReport(world, { 1: 'failed', 3: 'failed' }, seconds);
    expect(world.records.map((record) => 'monitor' in record && record.monitor)).toEqual([3, 1]);
  });
});

describe('which monitors are checked again', () => {
  test('an ok run and a later result of a fan-out check no dependency again', () => {
    const world = healthy(6, [{}, { dependsOn: [1] }]);
    world.report(1, { 2: 'ok' }, at(181));
    expect(monitorOf(world, 1).round).toBeNull();
    world.report(2, { 2: 'failed' }, at(182));
    expect(monitorOf(world, 1).round).not.toBeNull();
    allReport(world, { 1: 'ok' }, 183);
    expect(monitorOf(world, 1).round).toBeNull();
    world.report(3, { 2: 'failed' }, at(184));
    expect(monitorOf(world, 2).round!.results).toHaveLength(1);
    expect(monitorOf(world, 1).round).toBeNull();
  });

  test('a dependency with an open round is not checked again for another dependent', () => {
    const world = healthy(6, [{}, { dependsOn: [1] }, { dependsOn: [1] }]);
    world.report(1, { 2: 'failed' }, at(181));
    const asked = monitorOf(world, 1).round;
    world.report(1, { 3: 'failed' }, at(182));
    expect(monitorOf(world, 3).round).not.toBeNull();
    expect(monitorOf(world, 1).round).toBe(asked);
  });

  test('a failing dependent is checked once when its dependency recovers, and not with every ok run', () => {
    const world = healthy(6, [{}, { dependsOn: [1] }]);
    const child = { ...monitorOf(world, 2), verdict: 'down' as const, incident: incident('down') };
    const asks = (parent: Partial<MonitorState>, own: Partial<MonitorState> = {}) => {
      const before = with_(world.state, { ...monitorOf(world, 1), ...parent }, { ...child, ...own });
      const context = new ApplyContext(before, at(181));
      context.evaluate([1]);
      return context.monitor(2)!.round;
    };
    const back = { verdict: 'down' as const, incident: incident('down') };
    expect(asks(back)!.asked).toHaveLength(6);
    expect(asks({})).toBeNull();
    expect(asks({ verdict: 'partial', incident: incident('partial') })).toBeNull();
    const regional = { verdict: 'partial' as const, incident: incident('partial') };
    expect(asks(regional, regional)!.asked).toHaveLength(6);
    expect(asks(back, regional)!.asked).toHaveLength(6);
    const open = round();
    expect(asks(back, { round: open })).toBe(open);
    expect(asks(back, { policy: policy({ dependsOn: [1], paused: true }) })).toBeNull();
    expect(asks(back, { verdict: 'up', incident: null })).toBeNull();
  });

  test('a monitor without data is checked by all locations at most once an interval', () => {
    const world = healthy(6, [{}]);
    const later = world.now + 10 * MINUTE;
    const asked = (parts: Partial<MonitorState>) => {
      const context = new ApplyContext(with_(world.state, { ...monitorOf(world, 1), ...parts }), later);
      context.evaluate([1]);
      return context.monitor(1)!.lastFullCheckAt === later;
    };
    expect(asked({ lastFullCheckAt: later - MINUTE })).toBe(true);
    expect(asked({ lastFullCheckAt: later - MINUTE + 1 })).toBe(false);
    expect(asked({ lastFullCheckAt: null, round: round() })).toBe(false);
    expect(asked({ lastFullCheckAt: null, policy: policy({ paused: true }) })).toBe(false);
  });
});

describe('quarantine', () => {
  const FOUR: Record<number, Saw> = { 1: 'failed', 2: 'failed', 3: 'failed', 4: 'failed' };
  const FINE: Record<number, Saw> = { 1: 'ok', 2: 'ok', 3: 'ok', 4: 'ok' };
  const outliers = ({ locations }: State): number[] =>
    [...locations.values()].filter((one) => one.incident !== null).map((one) => one.number);

  test('a quarantined location is left out of later steps', () => {
    const world = healthy(6, [{}, {}, {}, {}]);
    world.report(1, FOUR, at(181));
    allReport(world, FINE, 182, 2);
    expect(outliers(world.state)).toEqual([1]);
    expect([...world.state.monitors.values()].map((monitor) => monitor.round)).toEqual(Array(4).fill(null));
  });

  test('a quarantine evaluates monitors that the report does not contain', () => {
    const world = healthy(6, [{}, {}, {}, {}, { quorum: 2 }]);
    for (const seconds of [181, 191])
      for (const location of [1, 2]) world.report(location, { 5: 'failed' }, at(seconds));
    allReport(world, { 5: 'ok' }, 192, 3);
    expect(world.verdict(5)).toBe('down');
    world.report(1, FOUR, at(193));
    allReport(world, FINE, 194, 2);
    expect(outliers(world.state)).toEqual([1]);
    expect(world.notifications.map(({ event, monitor }) => [event, monitor])).toEqual([
      ['incident.opened', 5],
      ['incident.resolved', 5],
    ]);
  });

  test('the end of a quarantine evaluates monitors that the report does not contain', () => {
    const world = healthy(6, [...Array.from({ length: 9 }, () => ({})), { quorum: 2 }]);
    for (const seconds of [181, 191]) {
      for (const location of [1, 2]) world.report(location, { 10: 'failed' }, at(seconds));
    }
    allReport(world, { 10: 'ok' }, 192, 3);
    expect(world.verdict(10)).toBe('down');
    const outlier: LocationState = {
      ...world.state.locations.get(1)!,
      incident: {
        ...{ id: 'l', kind: 'quarantined', startedAt: at(100), detectedAt: at(100) },
        ...{ failedMonitors: 3, checkedMonitors: 3 },
      },
    };
    const releasedMonitor = {
      ...monitorOf(world, 10),
      verdict: 'up' as const,
      incident: null,
      notified: null,
      round: null,
    };
    world.state = {
      ...with_(world.state, releasedMonitor),
      locations: new Map(world.state.locations).set(1, outlier),
    };
    const known = world.notifications.length;
    // Monitor 10 is the one of ten about which the peers may disagree.
    world.report(1, FINE, at(200));
    expect(outliers(world.state)).toEqual([]);
    expect(world.notifications.slice(known).map(({ event, monitor }) => [event, monitor])).toEqual([
      ['incident.opened', 10],
    ]);
  });

  test('outliers are found by the runs since the earliest closed round', () => {
    const world = healthy(6, [{}, {}, {}, {}]);
    world.report(1, FOUR, at(181));
    const [first, second] = [monitorOf(world, 1), monitorOf(world, 2)];
    const later = { ...second, round: { ...second.round!, startsAt: at(300) } };
    const quarantines = (...rounds: MonitorState[]): boolean => {
      const context = new ApplyContext(world.state, at(301));
      for (const before of rounds)
        context.setMonitorAfterResult(before, { ...monitorOf(world, before.number), round: null });
      return context.quarantineOutliers();
    };
    expect([quarantines(first, later), quarantines(later, first), quarantines(later)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(quarantines({ ...first, round: null })).toBe(false);
  });

  test('a round that closes without outliers leaves other rounds alone', () => {
    const world = healthy(6, [{}, {}]);
    world.report(1, { 1: 'failed' }, at(181));
    allReport(world, { 1: 'ok' }, 182, 2);
    const waiting = monitorOf(world, 1).round;
    expect(waiting).toMatchObject({ step: 2, asked: [1] });
    world.report(2, { 2: 'failed' }, at(183));
    for (const location of [1, 3, 4, 5, 6]) world.report(location, { 2: 'ok' }, at(184));
    expect(monitorOf(world, 2).round!.step).toBe(2);
    expect(monitorOf(world, 1).round).toBe(waiting);
  });
});

test('a monitor that one entry changes and deletes is not evaluated', () => {
  const world = healthy(2, [{}, { dependsOn: [1] }]);
  const changes: Change[] = [
    { type: 'monitor', number: 1, policy: policy({ timeoutMs: 4_000 }) },
    { type: 'monitor', number: 2, policy: policy({ dependsOn: [1] }) },
    { type: 'monitor.deleted', number: 1 },
  ];
  world.apply({ kind: 'change', at: at(181), changes });
  expect([...world.state.monitors.keys()]).toEqual([2]);
  expect(world.events()).toEqual([]);
});
