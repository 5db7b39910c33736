// Rounds at their borders: whose answer waits in one, who is asked next, and when a step is the last.
import { describe, expect, test } from 'vitest';
import type {
  LocatedObservation,
  LocationStatus,
  MonitorState,
  Policy,
  Round,
  State,
} from '../../../src/engine/model/state.ts';
import {
  closeEarly,
  earlyCloseAt,
  ingest,
  refreshPendingStep,
  startFullRound,
} from '../../../src/engine/voting/confirmation.ts';
import { newLocationStatus } from '../../../src/engine/voting/streak.ts';
import { T0, World } from '../../support/engine/world.ts';

const AT = T0 + 600_000;

const STANDING = {
  P: { vote: 'passing', streakOf: 'ok', streak: 2 },
  D: { vote: 'passing', streakOf: 'failed', streak: 1 },
  F: { vote: 'failing', streakOf: 'failed', streak: 2 },
  H: { vote: 'failing', streakOf: 'ok', streak: 1 },
} as const;

/** One letter a location: it passes, doubts, fails or hopes; `-` has no view. */
function mesh(letters: string, round: Partial<Round> | null = null, rules: Partial<Policy> = {}) {
  const { state } = new World(letters.length, [rules]);
  const byLocation = new Map<number, LocationStatus>();
  for (const [index, letter] of [...letters].entries()) {
    if (letter === '-') continue;
    const since = { streakSince: AT - 30_000, lastMeasuredAt: AT - 20_000, lastCheckedAt: AT - 20_000 };
    byLocation.set(index + 1, { ...newLocationStatus(0), ...STANDING[letter as 'P'], ...since });
  }
  const open: Round = { step: 2, startsAt: AT, asked: [1], results: [], lastResultAt: null };
  const monitor: MonitorState = {
    ...state.monitors.get(1)!,
    ...{ byLocation, round: round && { ...open, ...round } },
  };
  return { state, monitor };
}

const answer = (
  location: number,
  outcome: LocatedObservation['outcome'],
  startedAt = AT,
): LocatedObservation => ({
  ...{ location, outcome, startedAt, timings: {} },
});
const hear = (
  { state, monitor }: { state: State; monitor: MonitorState },
  one: LocatedObservation,
  at = AT,
) => ingest(state, monitor, one, at);

describe('an answer waits in the open round', () => {
  const waits = (location: number, startedAt: number): boolean => {
    const before = mesh('PPP', { step: 1, asked: [1, 2] });
    const after = hear(before, answer(location, 'ok', startedAt), AT + 10);
    // Otherwise its location's view knows it already.
    expect(after.byLocation.get(location)!.lastCheckedAt === startedAt).toBe(
      after.round!.results.length === 0,
    );
    return after.round!.results.length === 1;
  };

  test('when its look began with the round or later, whoever made it', () => {
    expect([waits(1, AT), waits(3, AT), waits(3, AT + 1)]).toEqual([true, true, true]);
    expect(waits(3, AT - 1)).toBe(false);
  });

  test('when its location was asked and looked half of confirmSeconds earlier at most', () => {
    expect([waits(1, AT - 1), waits(1, AT - 5_000), waits(1, AT - 5_001)]).toEqual([true, true, false]);
  });

  test('and none does of a location that is not known, or not the monitor’s', () => {
    const { state, monitor } = mesh('PP-');
    expect(ingest(state, monitor, answer(3, 'failed'), AT)).toBe(monitor);
    const statuses = new Map(monitor.byLocation).set(4, monitor.byLocation.get(1)!);
    const odd = { ...monitor, byLocation: statuses };
    expect(ingest(state, odd, answer(4, 'failed'), AT)).toBe(odd);
  });
});

describe('the steps of a fan-out', () => {
  /** The round after the last answer of this step, which leaves its location pending. */
  const roundAfter = (step: number, rules: Partial<Policy> = {}) =>
    hear(mesh('DPP', { step }, rules), answer(1, 'unmeasured')).round;

  test('are one more than the longer of failures and recoveries', () => {
    expect([roundAfter(1)?.step, roundAfter(2)?.step, roundAfter(3)]).toEqual([2, 3, null]);
    const patient = { failures: 3, recoveries: 4 };
    expect([roundAfter(4, patient)?.step, roundAfter(5, patient)]).toEqual([5, null]);
    expect([roundAfter(2, { failures: 2, recoveries: 1 })?.step, roundAfter(3, { recoveries: 1 })]).toEqual([
      3,
      null,
    ]);
  });

  test('begin with the second one, after a pause, where there is nobody else to ask', () => {
    expect(hear(mesh('P'), answer(1, 'failed')).round).toEqual({
      ...{ step: 2, startsAt: AT + 10_000, asked: [1], results: [], lastResultAt: null },
    });
  });

  test('are apart by confirmSeconds from start to start, and begin at once when that is over', () => {
    const next = (at: number) => hear(mesh('DP', { step: 1 }), answer(1, 'unmeasured'), at).round!.startsAt;
    expect([next(AT + 4_000), next(AT + 10_000), next(AT + 12_000)]).toEqual([
      ...[AT + 10_000, AT + 10_000, AT + 12_000],
    ]);
  });

  test('after the first ask nobody but who is pending, and not who has no view', () => {
    expect(hear(mesh('DPH-F', { step: 1 }), answer(1, 'unmeasured')).round!.asked).toEqual([1, 3]);
  });

  test('ask nobody where there is nobody', () => {
    const { state, monitor } = mesh('PP');
    const empty = { ...state, locations: new Map() };
    expect(startFullRound(empty, monitor, AT)).toEqual({ ...monitor, round: null });
  });
});

describe('a step that has not begun', () => {
  const later = { startsAt: AT + 1 };
  const reconsidered = (letters: string, round: Partial<Round> | null) => {
    const { state, monitor } = mesh(letters, round);
    return { before: monitor, after: refreshPendingStep(state, monitor, AT) };
  };

  test('asks whoever is pending by then, and is dropped when nobody is', () => {
    expect(reconsidered('PDHF', later).after.round).toMatchObject({ ...later, step: 2, asked: [2, 3] });
    expect(reconsidered('PPPF', later).after.round).toBeNull();
  });

  test('is another thing than one that has begun, was heard, or is the first', () => {
    for (const round of [
      null,
      { startsAt: AT },
      { startsAt: AT - 1 },
      { ...later, step: 1 },
      { ...later, results: [answer(1, 'ok')] },
    ]) {
      const { before, after } = reconsidered('PDHF', round);
      expect(after).toBe(before);
    }
  });

  test('gives way to a new fan-out when somebody else sees a failure', () => {
    const failedMonitors = (round: Partial<Round> | null) => {
      const { round: next } = hear(mesh('DPPP', round), answer(4, 'failed', AT - 10_000));
      return next!.asked;
    };
    expect([failedMonitors(null), failedMonitors(later)]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(failedMonitors({ startsAt: AT })).toEqual([1]);
    expect(failedMonitors({ ...later, step: 1 })).toEqual([1]);
    expect(failedMonitors({ ...later, results: [answer(1, 'ok')] })).toEqual([1]);
  });
});

describe('a round that misses answers', () => {
  const calm = (round: Partial<Round> = {}) =>
    mesh('PPPPPP', {
      ...{ step: 1, asked: [1, 2, 3, 4, 5, 6], lastResultAt: AT },
      results: [1, 2, 3, 4, 5].map((location) => answer(location, 'ok')),
      ...round,
    });

  test('may be closed half a second after the newest one, and not a moment sooner', () => {
    const { state, monitor } = calm();
    expect(earlyCloseAt(state, monitor)).toBe(AT + 500);
    expect(closeEarly(state, monitor, AT + 499)).toBe(monitor);
    expect(closeEarly(state, monitor, AT + 500).round).toBeNull();
  });

  test('is another thing than one that has all, or none', () => {
    const closable = (round: Partial<Round>) => {
      const { state, monitor } = calm(round);
      return earlyCloseAt(state, monitor);
    };
    expect([
      closable({ asked: [1, 2, 3] }),
      closable({ asked: [1], results: [], lastResultAt: null }),
    ]).toEqual([null, null]);
    const { state, monitor } = mesh('PP');
    expect([earlyCloseAt(state, monitor), closeEarly(state, monitor, AT)]).toEqual([null, monitor]);
  });
});
