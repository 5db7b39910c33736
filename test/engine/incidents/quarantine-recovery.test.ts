// When a quarantined location is trusted again, at the limits of each share.
import { describe, expect, test } from 'vitest';
import { agreesWithPeers } from '../../../src/engine/incidents/outlier-detection.ts';
import type { LocationState, MonitorState } from '../../../src/engine/model/state.ts';
import { checkedTwice, RUN } from '../../support/engine/mesh.ts';
import { policy, type Saw } from '../../support/engine/world.ts';

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
    const outlier: LocationState = { ...state.locations.get(2)!, incident };
    return agreesWithPeers(
      { ...state, locations: new Map(state.locations).set(2, outlier) },
      outlier,
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
      const outlier = state.locations.get(2)!;
      return agreesWithPeers({ ...state, monitors: new Map(monitors) }, outlier, RUN + 10);
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
    // Its own vote does not count among its peers'. Here it agrees on two monitors, and three are needed.
    const few = checkedTwice(5, 3, (one, number) => (divided(number, one) && number === 1 ? 'failed' : 'ok'));
    expect(agreesWithPeers(few, few.locations.get(2)!, RUN + 10)).toBe(false);
  });

  test('a location does not recover while its peers abstain or are divided', () => {
    expect(agrees(4, (location) => (location === 2 ? 'ok' : 'unmeasured'))).toBe(false);
    expect(agrees(4, (location) => (location > 3 ? 'failed' : 'ok'), RUN - 30_000, 5)).toBe(false);
    expect(agrees(4, (location) => (location > 4 ? 'failed' : 'ok'), RUN - 30_000, 5)).toBe(true);
  });
});
