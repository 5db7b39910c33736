// Rounds at their limits: which results belong to one, which locations are asked next, and when a step is the last.
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

/** One letter a location: passing, passing but pending (D), failing, failing but pending (H); `-` without a status. */
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
const take = (
  { state, monitor }: { state: State; monitor: MonitorState },
  one: LocatedObservation,
  at = AT,
) => ingest(state, monitor, one, at);

describe('which results belong to the open round', () => {
  const belongs = (location: number, startedAt: number): boolean => {
    const before = mesh('PPP', { step: 1, asked: [1, 2] });
    const after = take(before, answer(location, 'ok', startedAt), AT + 10);
    // Otherwise it is in its location's status already.
    expect(after.byLocation.get(location)!.lastCheckedAt === startedAt).toBe(
      after.round!.results.length === 0,
    );
    return after.round!.results.length === 1;
  };

  test('a run that started with the round or later belongs to it, from any location', () => {
    expect([belongs(1, AT), belongs(3, AT), belongs(3, AT + 1)]).toEqual([true, true, true]);
    expect(belongs(3, AT - 1)).toBe(false);
  });

  test('a run that started up to half of confirmSeconds earlier belongs to the round if its location was asked', () => {
    expect([belongs(1, AT - 1), belongs(1, AT - 5_000), belongs(1, AT - 5_001)]).toEqual([true, true, false]);
  });

  test('a result of an unknown or unassigned location is ignored', () => {
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
    take(mesh('DPP', { step }, rules), answer(1, 'unmeasured')).round;

  test('a fan-out has one step more than the longer of failures and recoveries', () => {
    expect([roundAfter(1)?.step, roundAfter(2)?.step, roundAfter(3)]).toEqual([2, 3, null]);
    const patient = { failures: 3, recoveries: 4 };
    expect([roundAfter(4, patient)?.step, roundAfter(5, patient)]).toEqual([5, null]);
    expect([roundAfter(2, { failures: 2, recoveries: 1 })?.step, roundAfter(3, { recoveries: 1 })]).toEqual([
      3,
      null,
    ]);
  });

  test('a fan-out without other locations starts with its second step', () => {
    expect(take(mesh('P'), answer(1, 'failed')).round).toEqual({
      ...{ step: 2, startsAt: AT + 10_000, asked: [1], results: [], lastResultAt: null },
    });
  });

  test('steps start confirmSeconds apart, and at once if that has passed', () => {
    const next = (at: number) => take(mesh('DP', { step: 1 }), answer(1, 'unmeasured'), at).round!.startsAt;
    expect([next(AT + 4_000), next(AT + 10_000), next(AT + 12_000)]).toEqual([
      ...[AT + 10_000, AT + 10_000, AT + 12_000],
    ]);
  });

  test('later steps ask only pending locations', () => {
    expect(take(mesh('DPH-F', { step: 1 }), answer(1, 'unmeasured')).round!.asked).toEqual([1, 3]);
  });

  test('a monitor without locations starts no round', () => {
    const { state, monitor } = mesh('PP');
    const empty = { ...state, locations: new Map() };
    expect(startFullRound(empty, monitor, AT)).toEqual({ ...monitor, round: null });
  });
});

describe('a step that has not begun', () => {
  const later = { startsAt: AT + 1 };
  const refreshed = (letters: string, round: Partial<Round> | null) => {
    const { state, monitor } = mesh(letters, round);
    return { before: monitor, after: refreshPendingStep(state, monitor, AT) };
  };

  test('a step asks the locations that are pending by then, and ends without any', () => {
    expect(refreshed('PDHF', later).after.round).toMatchObject({ ...later, step: 2, asked: [2, 3] });
    expect(refreshed('PPPF', later).after.round).toBeNull();
  });

  test('a step that has begun, has a result or is the first one stays as it is', () => {
    for (const round of [
      null,
      { startsAt: AT },
      { startsAt: AT - 1 },
      { ...later, step: 1 },
      { ...later, results: [answer(1, 'ok')] },
    ]) {
      const { before, after } = refreshed('PDHF', round);
      expect(after).toBe(before);
    }
  });

  test('a failure at another location replaces a step that has not begun', () => {
    const askedAfterFailure = (round: Partial<Round> | null) => {
      const { round: next } = take(mesh('DPPP', round), answer(4, 'failed', AT - 10_000));
      return next!.asked;
    };
    expect([askedAfterFailure(null), askedAfterFailure(later)]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(askedAfterFailure({ startsAt: AT })).toEqual([1]);
    expect(askedAfterFailure({ ...later, step: 1 })).toEqual([1]);
    expect(askedAfterFailure({ ...later, results: [answer(1, 'ok')] })).toEqual([1]);
  });
});

describe('rounds with missing results', () => {
  const healthy = (round: Partial<Round> = {}) =>
    mesh('PPPPPP', {
      ...{ step: 1, asked: [1, 2, 3, 4, 5, 6], lastResultAt: AT },
      results: [1, 2, 3, 4, 5].map((location) => answer(location, 'ok')),
      ...round,
    });

  test('a round may close half a second after its newest result', () => {
    const { state, monitor } = healthy();
    expect(earlyCloseAt(state, monitor)).toBe(AT + 500);
    expect(closeEarly(state, monitor, AT + 499)).toBe(monitor);
    expect(closeEarly(state, monitor, AT + 500).round).toBeNull();
  });

  test('a round with all results, or none, does not close early', () => {
    const closesAt = (round: Partial<Round>) => {
      const { state, monitor } = healthy(round);
      return earlyCloseAt(state, monitor);
    };
    expect([
      closesAt({ asked: [1, 2, 3] }),
      closesAt({ asked: [1], results: [], lastResultAt: null }),
    ]).toEqual([null, null]);
    const { state, monitor } = mesh('PP');
    expect([earlyCloseAt(state, monitor), closeEarly(state, monitor, AT)]).toEqual([null, monitor]);
  });
});
