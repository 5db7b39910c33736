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
const PASSING_PENDING = measured({ streakOf: 'failed', streak: 1 });
const FAILING = measured({ vote: 'failing', streakOf: 'failed' });
const SUSTAINED = measured({ vote: 'failing', streakOf: 'failed', streakSince: AT - 100_000 });
const FAILING_PENDING = measured({ vote: 'failing', streak: 1 });

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

describe('counting votes', () => {
  test('each vote is counted with its streak', () => {
    const votes = count(
      PASSING,
      FAILING,
      SUSTAINED,
      FAILING_PENDING,
      measured({ noResponse: true }),
      PASSING_PENDING,
    );
    expect(votes).toEqual({
      ...{ failing: [2, 3, 4], confirmed: [2, 3], sustained: 1, passing: [1, 6], abstaining: [5] },
      ...{ assigned: 6, configured: 6, pending: true, warning: false },
    });
    expect(countsOf(votes)).toEqual({
      ...{ failing: 3, confirmed: 2, sustained: 1, passing: 2, assigned: 6, configured: 6, pending: true },
    });
  });

  test('a pending voter makes the count pending, an abstaining one does not', () => {
    expect(count(PASSING, FAILING).pending).toBe(false);
    expect([count(PASSING, PASSING_PENDING).pending, count(FAILING_PENDING, FAILING).pending]).toEqual([
      true,
      true,
    ]);
    expect(count(PASSING, { ...PASSING_PENDING, noResponse: true }).pending).toBe(false);
  });

  test('a location is expected to vote an interval after it was assigned, or once it has measured', () => {
    const since = (ago: number, parts: Partial<LocationStatus> = {}) =>
      count(PASSING, { ...newLocationStatus(AT - ago), ...parts });
    expect(since(59_999)).toMatchObject({ assigned: 1, configured: 2, abstaining: [2] });
    expect(since(60_000)).toMatchObject({ assigned: 2, configured: 2, abstaining: [2] });
    expect(since(59_999, { lastMeasuredAt: 1 }).assigned).toBe(2);
  });

  test('a location without a status is not expected to vote', () => {
    expect(count(PASSING, null)).toMatchObject({ assigned: 1, configured: 2, passing: [1], abstaining: [] });
  });
});

describe('the verdict of a monitor', () => {
  const regional = [SUSTAINED, SUSTAINED, SUSTAINED, PASSING, PASSING, PASSING];
  const verdict = (parts: Partial<MonitorState> = {}, statuses = regional) => {
    const { state, monitor } = mesh(statuses, parts);
    return verdictFor(monitor, countVotes(state, monitor, AT));
  };

  test('a verdict is not partial while a round is open', () => {
    expect(verdict()).toBe('partial');
    expect(verdict({ round: { step: 2, startsAt: AT, asked: [1], results: [], lastResultAt: null } })).toBe(
      'up',
    );
    expect(verdict({}, [SUSTAINED, SUSTAINED, SUSTAINED, PASSING, PASSING, PASSING_PENDING])).toBe('up');
  });

  test('a paused monitor has no data, whatever its votes', () => {
    expect(verdict({ policy: policy({ paused: true }) })).toBe('no_data');
  });

  test('the verdict depends on the open incident', () => {
    const open = { id: 'i', verdict: 'partial', startedAt: T0, detectedAt: T0 } as const;
    const two = [FAILING, FAILING, PASSING, PASSING, PASSING, PASSING];
    expect([verdict({}, two), verdict({ incident: open }, two)]).toEqual(['up', 'partial']);
  });
});
