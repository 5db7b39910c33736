// The votes of a monitor as they are counted, and the verdict that follows from them.
import { describe, expect, test } from 'vitest';
import type { MonitorState, View } from '../../../src/engine/model/state.ts';
import { countVotes, judge, tallyOf, type Votes } from '../../../src/engine/voting/quorum.ts';
import { newView } from '../../../src/engine/voting/streak.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const AT = T0 + 600_000;
const measured = (parts: Partial<View>): View => ({
  ...newView(0),
  ...{ vote: 'passing', streakOf: 'ok', streak: 2, streakSince: AT - 30_000 },
  ...{ measuredAt: AT - 10_000, lookedAt: AT - 10_000 },
  ...parts,
});
const PASSING = measured({});
const DOUBTING = measured({ streakOf: 'failed', streak: 1 });
const FAILING = measured({ vote: 'failing', streakOf: 'failed' });
const LASTING = measured({ vote: 'failing', streakOf: 'failed', streakSince: AT - 100_000 });
const HOPING = measured({ vote: 'failing', streak: 1 });

function mesh(views: (View | null)[], parts: Partial<MonitorState> = {}) {
  const { state } = new World(views.length);
  const known = views.flatMap((view, index): [number, View][] => (view ? [[index + 1, view]] : []));
  const monitor = { ...state.monitors.get(1)!, round: null, views: new Map(known), ...parts };
  return { state, monitor };
}
function count(...views: (View | null)[]): Votes {
  const { state, monitor } = mesh(views);
  return countVotes(state, monitor, AT);
}

describe('of the votes', () => {
  test('each is counted for what it says, and how firmly', () => {
    const votes = count(PASSING, FAILING, LASTING, HOPING, measured({ unanswered: true }), DOUBTING);
    expect(votes).toEqual({
      ...{ failing: [2, 3, 4], firm: [2, 3], lasting: 1, passing: [1, 6], abstaining: [5] },
      ...{ assigned: 6, configured: 6, pending: true, warning: false },
    });
    expect(tallyOf(votes)).toEqual({
      ...{ failing: 3, firm: 2, lasting: 1, passing: 2, assigned: 6, configured: 6, pending: true },
    });
  });

  test('one that wavers is waited for, unless it abstains', () => {
    expect(count(PASSING, FAILING).pending).toBe(false);
    expect([count(PASSING, DOUBTING).pending, count(HOPING, FAILING).pending]).toEqual([true, true]);
    expect(count(PASSING, { ...DOUBTING, unanswered: true }).pending).toBe(false);
  });

  test('a location is expected to have one an interval after it was added, or once it has measured', () => {
    const since = (ago: number, parts: Partial<View> = {}) =>
      count(PASSING, { ...newView(AT - ago), ...parts });
    expect(since(59_999)).toMatchObject({ assigned: 1, configured: 2, abstaining: [2] });
    expect(since(60_000)).toMatchObject({ assigned: 2, configured: 2, abstaining: [2] });
    expect(since(59_999, { measuredAt: 1 }).assigned).toBe(2);
  });

  test('a location without a view has none, and is not expected to', () => {
    expect(count(PASSING, null)).toMatchObject({ assigned: 1, configured: 2, passing: [1], abstaining: [] });
  });
});

describe('the verdict', () => {
  const regional = [LASTING, LASTING, LASTING, PASSING, PASSING, PASSING];
  const verdict = (parts: Partial<MonitorState> = {}, views = regional) => {
    const { state, monitor } = mesh(views, parts);
    return judge(monitor, countVotes(state, monitor, AT));
  };

  test('is not partial while the monitor’s locations are still being asked', () => {
    expect(verdict()).toBe('partial');
    expect(verdict({ round: { step: 2, startsAt: AT, asked: [1], answers: [], heardAt: 0 } })).toBe('up');
    expect(verdict({}, [LASTING, LASTING, LASTING, PASSING, PASSING, DOUBTING])).toBe('up');
  });

  test('of a paused monitor is undecided, whatever its votes say', () => {
    expect(verdict({ policy: policy({ paused: true }) })).toBe('undecided');
  });

  test('depends on the incident that is open', () => {
    const open = { id: 'i', verdict: 'partial', startedAt: T0, detectedAt: T0 } as const;
    const two = [FAILING, FAILING, PASSING, PASSING, PASSING, PASSING];
    expect([verdict({}, two), verdict({ incident: open }, two)]).toEqual(['up', 'partial']);
  });
});
