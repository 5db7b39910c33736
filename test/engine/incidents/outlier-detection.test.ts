// Which locations are outliers, and which recover, at the limits of each share.
import { describe, expect, test } from 'vitest';
import {
  agreesWithPeers,
  findOutliers,
  maxQuarantined,
  roundLookbackMs,
} from '../../../src/engine/incidents/outlier-detection.ts';
import type { LocationState, LocationStatus, MonitorState, State } from '../../../src/engine/model/state.ts';
import { policy, type Saw, T0, World } from '../../support/engine/world.ts';

const RUN = T0 + 600_000;

/**
 * A mesh in which every location has just checked every monitor twice, without a fan-out: `sees(location, monitor)`.
 */
function checkedTwice(
  locations: number,
  monitors: number,
  sees: (location: number, monitor: number) => Saw,
): State {
  const world = new World(
    locations,
    Array.from({ length: monitors }, () => ({})),
  );
  world.play(T0 + 120_000);
  for (const at of [RUN - 10_000, RUN]) {
    for (let location = 1; location <= locations; location += 1) {
      const observation = Array.from(
        { length: monitors },
        (_, index) => [index + 1, sees(location, index + 1)] as const,
      );
      world.report(location, Object.fromEntries(observation), at);
    }
  }
  const healed = [...world.state.locations.values()].map((location): [number, LocationState] => [
    location.number,
    { ...location, incident: null },
  ]);
  return { ...world.state, locations: new Map(healed) };
}

const outliers = (state: State, since = RUN - 15_000) =>
  findOutliers(state, since).map(({ location, failedMonitors, checkedMonitors }) => [
    location.number,
    failedMonitors,
    checkedMonitors,
  ]);

describe('outliers', () => {
  test('an outlier fails half of the monitors it checked, and three at least', () => {
    const failing = (count: number, of: number) =>
      outliers(
        checkedTwice(6, of, (location, monitor) => (location === 2 && monitor <= count ? 'failed' : 'ok')),
      );
    expect(failing(3, 6)).toEqual([[2, 3, 6]]);
    expect(failing(3, 7)).toEqual([]);
    expect(failing(2, 3)).toEqual([]);
    expect(failing(3, 3)).toEqual([[2, 3, 3]]);
  });

  test('an outlier is contradicted about four of five failures at least', () => {
    const refuted = (count: number) =>
      outliers(
        checkedTwice(6, 5, (location, monitor) => {
          if (location === 2) return 'failed';
          return monitor > count && location <= 5 ? 'failed' : 'ok';
        }),
      ).map(([location]) => location);
    expect(refuted(4)).toEqual([2]);
    expect(refuted(3)).toEqual([]);
  });

  test('a location is not an outlier if half of its peers agree', () => {
    const others = (agreeing: number) =>
      outliers(
        checkedTwice(5, 4, (location) => (location === 1 || location > 5 - agreeing ? 'failed' : 'ok')),
      );
    // Two of four peers that agree are half: that is not a contradiction.
    expect(others(2)).toEqual([]);
    expect(others(1)).toEqual([]);
    const six = checkedTwice(6, 4, (location) => (location <= 2 ? 'failed' : 'ok'));
    expect(outliers(six).map(([location]) => location)).toEqual([1, 2]);
  });

  test('runs from before the round make no outlier', () => {
    const state = checkedTwice(6, 4, (location) => (location === 2 ? 'failed' : 'ok'));
    expect(outliers(state, RUN)).toEqual([[2, 4, 4]]);
    expect(outliers(state, RUN + 1)).toEqual([]);
  });

  test('an outlier is one since its first failing run in the round', () => {
    const state = checkedTwice(6, 4, (location) => (location === 2 ? 'failed' : 'ok'));
    const since = (from: number) => findOutliers(state, from).map((one) => one.since - RUN);
    expect(since(RUN - 60_000)).toEqual([-10_000]);
    expect(since(RUN - 5_000)).toEqual([-5_000]);
  });

  test('only runs in the round count, of the location and of its peers', () => {
    const state = checkedTwice(6, 4, (location) => (location === 2 ? 'failed' : 'ok'));
    const earlier = (locations: number[], number: number, parts: Partial<LocationStatus> = {}): State => {
      const monitor = state.monitors.get(number)!;
      const statuses = [...monitor.byLocation].map(([one, status]): [number, LocationStatus] => [
        one,
        locations.includes(one) ? { ...status, lastMeasuredAt: RUN - 60_000, ...parts } : status,
      ]);
      return {
        ...state,
        monitors: new Map(state.monitors).set(number, { ...monitor, byLocation: new Map(statuses) }),
      };
    };
    expect(outliers(earlier([2], 4))).toEqual([[2, 3, 3]]);
    const failed = { streakOf: 'failed' } as const;
    expect(outliers(earlier([3, 4, 5], 1, failed))).toEqual([[2, 4, 4]]);
    expect(outliers(earlier([3, 4, 5], 1, { ...failed, lastMeasuredAt: RUN }))).toEqual([]);
  });

  test('disabled locations are not outliers, and quarantined peers do not contradict', () => {
    // Three of the five others see it well. The two that do not are lost, and so not suspect themselves.
    const state = checkedTwice(6, 4, (location) => (location >= 2 && location <= 4 ? 'failed' : 'ok'));
    const observation = (parts: Record<number, Partial<LocationState>>) =>
      outliers({
        ...state,
        locations: new Map(
          [...state.locations].map(([number, one]) => [number, { ...one, ...parts[number] }]),
        ),
      }).map(([location]) => location);
    const having = (kind: 'lost' | 'quarantined'): Partial<LocationState> => ({
      incident: { id: 'l', kind, startedAt: 1, detectedAt: 2, failedMonitors: 3, checkedMonitors: 3 },
    });
    const lost = { 3: having('lost'), 4: having('lost') };
    expect(observation(lost)).toEqual([2]);
    expect(observation({ ...lost, 2: { enabled: false } })).toEqual([]);
    expect(observation({ ...lost, 5: having('quarantined') })).toEqual([]);
  });

  test('failures on two networks, or on unknown ones, make no outlier', () => {
    const state = checkedTwice(6, 4, (location) => (location === 2 ? 'failed' : 'ok'));
    const on = (networks: (string | null)[]): State => ({
      ...state,
      monitors: new Map(
        [...state.monitors].map(([number, monitor]) => [
          number,
          { ...monitor, network: networks[number - 1] ?? null },
        ]),
      ),
    });
    expect(outliers(on(['a', 'b', 'c', 'c']))).toHaveLength(1);
    expect(outliers(on(['a', 'b', 'b', 'a']))).toEqual([]);
    expect(outliers(on(['a', 'b', null, null]))).toEqual([]);
  });

  test('paused monitors make no outlier', () => {
    const state = checkedTwice(6, 3, (location) => (location === 2 ? 'failed' : 'ok'));
    const paused = { ...state.monitors.get(1)!, policy: policy({ paused: true }) };
    expect(outliers({ ...state, monitors: new Map(state.monitors).set(1, paused) })).toEqual([]);
  });

  test('outliers that would be more than a third with those already quarantined are left alone', () => {
    const state = checkedTwice(6, 4, (location) => (location === 2 ? 'failed' : 'ok'));
    const already = (numbers: number[]): State => ({
      ...state,
      locations: new Map(
        [...state.locations].map(([number, location]) => [
          number,
          numbers.includes(number)
            ? {
                ...location,
                incident: {
                  ...{ id: 'l', startedAt: 1, detectedAt: 2, failedMonitors: 3, checkedMonitors: 3 },
                  kind: 'quarantined',
                },
              }
            : location,
        ]),
      ),
    });
    expect(outliers(already([5]))).toHaveLength(1);
    expect(outliers(already([5, 6]))).toEqual([]);
    expect(outliers(already([2]))).toEqual([]);
  });

  test('at most a third of the enabled locations can be quarantined', () => {
    const most = (enabled: number) => {
      const { state } = new World(7);
      const locations = [...state.locations].map(([number, one]): [number, LocationState] => [
        number,
        { ...one, enabled: number <= enabled },
      ]);
      return maxQuarantined({ ...state, locations: new Map(locations) });
    };
    expect([1, 2, 3, 5, 6, 7].map(most)).toEqual([0, 0, 1, 1, 2, 2]);
  });
});

test('a round reaches back to the run that started it, which may have hung', () => {
  const { state } = new World(1, [{ timeoutMs: 7_000 }]);
  expect(roundLookbackMs(state.monitors.get(1)!)).toBe(17_000);
});

describe('recovery from quarantine', () => {
  const agrees = (
    monitors: number,
    sees: (location: number, monitor: number) => Saw,
    detectedAt = RUN - 30_000,
    locations = 6,
  ): boolean => {
    const state = checkedTwice(locations, monitors, sees);
    const incident = {
      id: 'l',
      kind: 'quarantined' as const,
      startedAt: 1,
      detectedAt,
      failedMonitors: 3,
      checkedMonitors: 3,
    };
    const suspect: LocationState = { ...state.locations.get(2)!, incident };
    return agreesWithPeers(
      { ...state, locations: new Map(state.locations).set(2, suspect) },
      suspect,
      RUN + 10,
    );
  };

  test('a location recovers when it agrees with its peers about nine of ten monitors', () => {
    const dissenting = (count: number, of: number) =>
      agrees(of, (location, monitor) => (location === 2 && monitor <= count ? 'failed' : 'ok'));
    expect(dissenting(0, 10)).toBe(true);
    expect(dissenting(1, 10)).toBe(true);
    expect(dissenting(2, 10)).toBe(false);
    expect(dissenting(1, 9)).toBe(false);
  });

  test('a location also agrees with its peers about failures', () => {
    expect(agrees(4, () => 'failed')).toBe(true);
    expect(agrees(4, (location) => (location === 2 ? 'ok' : 'failed'))).toBe(false);
  });

  test('a location needs two results in a row, or one where one is a full streak', () => {
    const isReleased = (streak: number, rules: { failures: number; recoveries: number }) => {
      const state = checkedTwice(6, 4, () => 'ok');
      const monitors = [...state.monitors].map(([number, monitor]): [number, MonitorState] => {
        const byLocation = new Map(monitor.byLocation).set(2, { ...monitor.byLocation.get(2)!, streak });
        return [number, { ...monitor, byLocation, policy: policy(rules) }];
      });
      const suspect = state.locations.get(2)!;
      return agreesWithPeers({ ...state, monitors: new Map(monitors) }, suspect, RUN + 10);
    };
    expect(isReleased(1, { failures: 1, recoveries: 1 })).toBe(true);
    expect(isReleased(1, { failures: 1, recoveries: 2 })).toBe(false);
    expect(isReleased(1, { failures: 2, recoveries: 1 })).toBe(false);
    expect(isReleased(2, { failures: 3, recoveries: 3 })).toBe(true);
  });

  test('a location must agree about three monitors, without paused and unassigned ones', () => {
    const state = checkedTwice(6, 4, () => 'ok');
    const agreeing = (change: (monitor: MonitorState) => MonitorState, count: number): boolean => {
      const monitors = [...state.monitors].map(([number, monitor]): [number, MonitorState] => [
        number,
        number <= count ? change(monitor) : monitor,
      ]);
      return agreesWithPeers({ ...state, monitors: new Map(monitors) }, state.locations.get(2)!, RUN + 10);
    };
    const doubting = (monitor: MonitorState): MonitorState => ({
      ...monitor,
      byLocation: new Map(monitor.byLocation).set(2, { ...monitor.byLocation.get(2)!, streak: 1 }),
    });
    expect([agreeing(doubting, 1), agreeing(doubting, 2)]).toEqual([true, false]);
    const paused = (monitor: MonitorState): MonitorState => ({
      ...monitor,
      policy: policy({ paused: true }),
    });
    expect(agreeing(paused, 2)).toBe(true);
    const unknown = (monitor: MonitorState): MonitorState => {
      const byLocation = new Map(monitor.byLocation);
      byLocation.delete(2);
      return { ...monitor, byLocation };
    };
    expect(agreeing(unknown, 2)).toBe(true);
  });

  test('runs from before the quarantine do not count for the recovery', () => {
    expect(agrees(4, () => 'ok', RUN)).toBe(false);
    expect(agrees(4, () => 'ok', RUN - 1)).toBe(true);
  });

  test('a location with fewer than three monitors must agree about all of them', () => {
    expect(agrees(2, () => 'ok')).toBe(true);
    expect(agrees(2, (location, monitor) => (location === 2 && monitor === 1 ? 'failed' : 'ok'))).toBe(false);
  });

  test('monitors about which the peers are divided do not count', () => {
    const divided = (monitor: number, location: number) => monitor <= 2 && location > 3;
    const state = checkedTwice(5, 6, (location, monitor) => (divided(monitor, location) ? 'failed' : 'ok'));
    const location = state.locations.get(2)!;
    expect(agreesWithPeers(state, location, RUN + 10)).toBe(true);
    const monitor = state.monitors.get(6)!;
    const byLocation = new Map(monitor.byLocation);
    byLocation.delete(5);
    const monitors = new Map(state.monitors).set(6, { ...monitor, byLocation });
    expect(agreesWithPeers({ ...state, monitors }, location, RUN + 10)).toBe(true);
    // Its own word is none of theirs: here it agrees about two monitors, and three are needed.
    const few = checkedTwice(5, 3, (one, number) => (divided(number, one) && number === 1 ? 'failed' : 'ok'));
    expect(agreesWithPeers(few, few.locations.get(2)!, RUN + 10)).toBe(false);
  });

  test('a location does not recover while its peers abstain or are divided', () => {
    expect(agrees(4, (location) => (location === 2 ? 'ok' : 'unmeasured'))).toBe(false);
    expect(agrees(4, (location) => (location > 3 ? 'failed' : 'ok'), RUN - 30_000, 5)).toBe(false);
    expect(agrees(4, (location) => (location > 4 ? 'failed' : 'ok'), RUN - 30_000, 5)).toBe(true);
  });
});
