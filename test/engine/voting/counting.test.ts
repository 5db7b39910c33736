// The votes of a monitor as they are counted, and the verdict that follows from them.
import { describe, expect, test } from 'vitest';
import type { LocationStatus, MonitorState } from '../../../src/engine/model/state.ts';
import { countsOf, countVotes, type Votes, verdictFor } from '../../../src/engine/voting/quorum.ts';
import { newLocationStatus } from '../../../src/engine/voting/streak.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const AT = T0 + 600_000;
const measured = (parts: Partial<LocationStatus>): LocationStatus => ({
  ...newLocationStatus(0),
  ...{ vote: 'passing', streakOf: 'ok', streak: 2, streakSince: AT - 30_000 },
  ...{ lastMeasuredAt: AT - 10_000, lastCheckedAt: AT - 10_000 },
  ...parts,
});
const PASSING = measured({});
const DOUBTING = measured({ streakOf: 'failed', streak: 1 });
const FAILING = measured({ vote: 'failing', streakOf: 'failed' });
const LASTING = measured({ vote: 'failing', streakOf: 'failed', streakSince: AT - 100_000 });
const HOPING = measured({ vote: 'failing', streak: 1 });

function mesh(statuses: (LocationStatus | null)[], parts: Partial<MonitorState> = {}) {
  const { state } = new World(statuses.length);
  const known = statuses.flatMap((status, index): [number, LocationStatus][] =>
    status ? [[index + 1, status]] : [],
  );
  const monitor = { ...state.monitors.get(1)!, round: null, byLocation: new Map(known), ...parts };
  return { state, monitor };
}
function count(...statuses: (LocationStatus | null)[]): Votes {
  const { state, monitor } = mesh(statuses);
  return countVotes(state, monitor, AT);
}

describe('of the votes', () => {
  test('each is counted for what it says, and how firmly', () => {
    const votes = count(PASSING, FAILING, LASTING, HOPING, measured({ noResponse: true }), DOUBTING);
    expect(votes).toEqual({
      ...{ failing: [2, 3, 4], confirmed: [2, 3], sustained: 1, passing: [1, 6], abstaining: [5] },
      ...{ assigned: 6, configured: 6, pending: true, warning: false },
    });
    expect(countsOf(votes)).toEqual({
      ...{ failing: 3, confirmed: 2, sustained: 1, passing: 2, assigned: 6, configured: 6, pending: true },
    });
  });

  test('one that wavers is waited for, unless it abstains', () => {
    expect(count(PASSING, FAILING).pending).toBe(false);
    expect([count(PASSING, DOUBTING).pending, count(HOPING, FAILING).pending]).toEqual([true, true]);
    expect(count(PASSING, { ...DOUBTING, noResponse: true }).pending).toBe(false);
  });

  test('a location is expected to have one an interval after it was added, or once it has measured', () => {
    const since = (ago: number, parts: Partial<LocationStatus> = {}) =>
      count(PASSING, { ...newLocationStatus(AT - ago), ...parts });
    expect(since(59_999)).toMatchObject({ assigned: 1, configured: 2, abstaining: [2] });
    expect(since(60_000)).toMatchObject({ assigned: 2, configured: 2, abstaining: [2] });
    expect(since(59_999, { lastMeasuredAt: 1 }).assigned).toBe(2);
  });

  test('a location without a view has none, and is not expected to', () => {
    expect(count(PASSING, null)).toMatchObject({ assigned: 1, configured: 2, passing: [1], abstaining: [] });
  });
});

describe('the verdict', () => {
  const regional = [LASTING, LASTING, LASTING, PASSING, PASSING, PASSING];
  const verdict = (parts: Partial<MonitorState> = {}, statuses = regional) => {
    const { state, monitor } = mesh(statuses, parts);
    return verdictFor(monitor, countVotes(state, monitor, AT));
  };

  test('is not partial while the monitor’s locations are still being asked', () => {
    expect(verdict()).toBe('partial');
    expect(verdict({ round: { step: 2, startsAt: AT, asked: [1], results: [], lastResultAt: null } })).toBe(
      'up',
    );
    expect(verdict({}, [LASTING, LASTING, LASTING, PASSING, PASSING, DOUBTING])).toBe('up');
  });

  test('of a paused monitor is undecided, whatever its votes say', () => {
    expect(verdict({ policy: policy({ paused: true }) })).toBe('no_data');
  });

  test('depends on the incident that is open', () => {
    const open = { id: 'i', verdict: 'partial', startedAt: T0, detectedAt: T0 } as const;
    const two = [FAILING, FAILING, PASSING, PASSING, PASSING, PASSING];
    expect([verdict({}, two), verdict({ incident: open }, two)]).toEqual(['up', 'partial']);
  });
});
