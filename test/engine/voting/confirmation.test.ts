// Rounds at their borders: whose answer waits in one, who is asked next, and when a step is the last.
import { describe, expect, test } from 'vitest';
import type { Answer, MonitorState, Policy, Round, State, View } from '../../../src/engine/model/state.ts';
import {
  askEverybody,
  closableAt,
  closeRound,
  listen,
  reconsider,
} from '../../../src/engine/voting/confirmation.ts';
import { newView } from '../../../src/engine/voting/streak.ts';
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
  const views = new Map<number, View>();
  for (const [index, letter] of [...letters].entries()) {
    if (letter === '-') continue;
    const since = { streakSince: AT - 30_000, measuredAt: AT - 20_000, lookedAt: AT - 20_000 };
    views.set(index + 1, { ...newView(0), ...STANDING[letter as 'P'], ...since });
  }
  const open: Round = { step: 2, startsAt: AT, asked: [1], answers: [], heardAt: 0 };
  const monitor: MonitorState = {
    ...state.monitors.get(1)!,
    ...{ views, round: round && { ...open, ...round } },
  };
  return { state, monitor };
}

const answer = (location: number, outcome: Answer['outcome'], startedAt = AT): Answer => ({
  ...{ location, outcome, startedAt, timings: {} },
});
const hear = ({ state, monitor }: { state: State; monitor: MonitorState }, one: Answer, at = AT) =>
  listen(state, monitor, one, at);

describe('an answer waits in the open round', () => {
  const waits = (location: number, startedAt: number): boolean => {
    const before = mesh('PPP', { step: 1, asked: [1, 2] });
    const after = hear(before, answer(location, 'ok', startedAt), AT + 10);
    // Otherwise its location's view knows it already.
    expect(after.views.get(location)!.lookedAt === startedAt).toBe(after.round!.answers.length === 0);
    return after.round!.answers.length === 1;
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
    expect(listen(state, monitor, answer(3, 'failed'), AT)).toBe(monitor);
    const views = new Map(monitor.views).set(4, monitor.views.get(1)!);
    const odd = { ...monitor, views };
    expect(listen(state, odd, answer(4, 'failed'), AT)).toBe(odd);
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
      ...{ step: 2, startsAt: AT + 10_000, asked: [1], answers: [], heardAt: 0 },
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
    expect(askEverybody(empty, monitor, AT)).toEqual({ ...monitor, round: null });
  });
});

describe('a step that has not begun', () => {
  const later = { startsAt: AT + 1 };
  const reconsidered = (letters: string, round: Partial<Round> | null) => {
    const { state, monitor } = mesh(letters, round);
    return { before: monitor, after: reconsider(state, monitor, AT) };
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
      { ...later, answers: [answer(1, 'ok')] },
    ]) {
      const { before, after } = reconsidered('PDHF', round);
      expect(after).toBe(before);
    }
  });

  test('gives way to a new fan-out when somebody else sees a failure', () => {
    const accused = (round: Partial<Round> | null) => {
      const { round: next } = hear(mesh('DPPP', round), answer(4, 'failed', AT - 10_000));
      return next!.asked;
    };
    expect([accused(null), accused(later)]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(accused({ startsAt: AT })).toEqual([1]);
    expect(accused({ ...later, step: 1 })).toEqual([1]);
    expect(accused({ ...later, answers: [answer(1, 'ok')] })).toEqual([1]);
  });
});

describe('a round that misses answers', () => {
  const calm = (round: Partial<Round> = {}) =>
    mesh('PPPPPP', {
      ...{ step: 1, asked: [1, 2, 3, 4, 5, 6], heardAt: AT },
      answers: [1, 2, 3, 4, 5].map((location) => answer(location, 'ok')),
      ...round,
    });

  test('may be closed half a second after the newest one, and not a moment sooner', () => {
    const { state, monitor } = calm();
    expect(closableAt(state, monitor)).toBe(AT + 500);
    expect(closeRound(state, monitor, AT + 499)).toBe(monitor);
    expect(closeRound(state, monitor, AT + 500).round).toBeNull();
  });

  test('is another thing than one that has all, or none', () => {
    const closable = (round: Partial<Round>) => {
      const { state, monitor } = calm(round);
      return closableAt(state, monitor);
    };
    expect([closable({ asked: [1, 2, 3] }), closable({ asked: [1], answers: [] })]).toEqual([null, null]);
    const { state, monitor } = mesh('PP');
    expect([closableAt(state, monitor), closeRound(state, monitor, AT)]).toEqual([null, monitor]);
  });
});
