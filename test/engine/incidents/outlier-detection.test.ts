// Which locations are outliers, and which recover, at the limits of each share.
import { describe, expect, test } from 'vitest';
import {
  findOutliers,
  maxQuarantined,
  roundLookbackMs,
} from '../../../src/engine/incidents/outlier-detection.ts';
import type { LocationState, LocationStatus, State } from '../../../src/engine/model/state.ts';
import { checkedTwice, RUN } from '../../support/engine/mesh.ts';
import { policy, World } from '../../support/engine/world.ts';

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
    const contradicted = (count: number) =>
      outliers(
        checkedTwice(6, 5, (location, monitor) => {
          if (location === 2) return 'failed';
          return monitor > count && location <= 5 ? 'failed' : 'ok';
        }),
      ).map(([location]) => location);
    expect(contradicted(4)).toEqual([2]);
    expect(contradicted(3)).toEqual([]);
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
