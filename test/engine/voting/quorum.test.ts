import { describe, expect, test } from 'vitest';
import type { LocationState, OpenIncident, View } from '../../../src/engine/model/state.ts';
import {
  abstention,
  assignedLocations,
  enoughVoters,
  freshAt,
  quorumCount,
  required,
  staleAfterMs,
  type Tally,
  verdictOf,
} from '../../../src/engine/voting/quorum.ts';
import { newView } from '../../../src/engine/voting/streak.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

describe('how many must fail', () => {
  test.each([
    ['majority', 1, 1, 1],
    ['majority', 2, 2, 2],
    ['majority', 5, 6, 3],
    ['majority', 6, 6, 4],
    ['all', 6, 6, 6],
    ['all', 1, 6, 2],
    ['any', 6, 6, 2],
    ['any', 1, 1, 1],
    [3, 6, 6, 3],
    [3, 2, 6, 2],
    [1, 6, 6, 2],
    [5, 3, 6, 3],
  ] as const)('%s of %i voters, %i configured, is %i', (quorum, voters, configured, wanted) => {
    expect(required(policy({ quorum }), voters, configured)).toBe(wanted);
  });
});

describe('enough voters', () => {
  test.each([
    [3, 6, 6, false],
    [4, 6, 6, true],
    [1, 1, 2, false],
    [2, 2, 2, true],
    [1, 2, 2, false],
    [1, 1, 1, true],
    [0, 0, 1, false],
    [0, 0, 0, false],
  ])('%i of %i assigned, %i configured: %s', (voters, assigned, configured, enough) => {
    expect(enoughVoters(voters, { assigned, configured })).toBe(enough);
  });
});

describe('the verdict', () => {
  const tally = (changes: Partial<Tally>): Tally => ({
    ...{ failing: 0, firm: 0, lasting: 0, passing: 6, assigned: 6, configured: 6, pending: false },
    ...changes,
  });
  const open = (verdict: 'partial' | 'down'): OpenIncident => ({
    id: 'i',
    verdict,
    startedAt: 1,
    detectedAt: 2,
  });
  const of = (changes: Partial<Tally>, incident: OpenIncident | null = null) =>
    verdictOf(policy(), tally(changes), incident);

  test('is down when the required number fail at their full streak', () => {
    expect(of({ failing: 4, firm: 4, passing: 2 })).toBe('down');
    expect(of({ failing: 4, firm: 3, passing: 2 })).toBe('partial');
    expect(of({ failing: 4, firm: 4, passing: 2, pending: true })).toBe('down');
  });

  test('stays down while the required number of votes say so', () => {
    expect(of({ failing: 4, firm: 0, passing: 2 }, open('down'))).toBe('down');
    expect(of({ failing: 3, firm: 0, passing: 3 }, open('down'))).toBe('up');
    expect(of({ failing: 4, firm: 0, passing: 2 }, open('partial'))).toBe('partial');
  });

  test('is partial when three fail, or two for long, and nobody wavers', () => {
    expect(of({ failing: 3, firm: 3, passing: 3 })).toBe('partial');
    expect(of({ failing: 2, firm: 2, passing: 4 })).toBe('up');
    expect(of({ failing: 2, firm: 2, lasting: 1, passing: 4 })).toBe('up');
    expect(of({ failing: 2, firm: 2, lasting: 2, passing: 4 })).toBe('partial');
    expect(of({ failing: 3, firm: 3, passing: 3, pending: true })).toBe('up');
  });

  test('stays partial while two votes fail', () => {
    expect(of({ failing: 2, passing: 4, pending: true }, open('partial'))).toBe('partial');
    expect(of({ failing: 1, passing: 5 }, open('partial'))).toBe('up');
  });

  test('is undecided without enough voters, whatever they say', () => {
    expect(of({ failing: 3, firm: 3, passing: 0 })).toBe('undecided');
    expect(of({ failing: 3, firm: 3, passing: 0 }, open('down'))).toBe('undecided');
  });
});

describe('a location abstains', () => {
  const location = (changes: Partial<LocationState> = {}): LocationState => ({
    ...new World(1).state.locations.get(1)!,
    ...changes,
  });
  const view = (changes: Partial<View> = {}): View => ({
    ...newView(0),
    ...{ vote: 'passing', streakOf: 'ok', streak: 2, measuredAt: T0, lookedAt: T0 },
    ...changes,
  });
  const incident = { id: 'l', startedAt: 1, detectedAt: 2, accused: 3, asked: 3 };
  const why = (view_: View, location_ = location(), at = T0) => abstention(view_, location_, policy(), at);

  test('for one reason at a time, the gravest first', () => {
    expect(why(view())).toBeNull();
    expect(why(view({ vote: 'none' }))).toBe('no_vote');
    expect(why(view({ unanswered: true }))).toBe('unanswered');
    expect(why(view({ vote: 'none' }), location({ incident: { ...incident, kind: 'quarantined' } }))).toBe(
      'quarantined',
    );
    expect(why(view(), location({ incident: { ...incident, kind: 'lost' } }))).toBeNull();
    expect(why(view(), location({ enabled: false, incident: { ...incident, kind: 'quarantined' } }))).toBe(
      'disabled',
    );
  });

  test('once nothing was measured for max(2.5 intervals, 180 s), and not a moment before', () => {
    expect(staleAfterMs(policy({ intervalMs: 60_000 }))).toBe(180_000);
    expect(staleAfterMs(policy({ intervalMs: 120_000 }))).toBe(300_000);
    expect(why(view(), location(), T0 + 180_000)).toBeNull();
    expect(why(view(), location(), T0 + 180_001)).toBe('stale');
  });

  test('a look that came too soon to count keeps it fresh, one that measured nothing does not', () => {
    expect(freshAt(view({ lookedAt: T0 + 3_000 }))).toBe(T0 + 3_000);
    const missed = { startedAt: T0 + 3_000, outcome: 'unmeasured' as const, timings: {} };
    expect(freshAt(view({ lookedAt: T0 + 3_000, missed }))).toBe(T0);
  });
});

test('assigned are all enabled locations, or those that are named, enabled or not', () => {
  const world = new World(3);
  world.settle({
    ...{ kind: 'change', at: T0 + 1 },
    changes: [{ type: 'location', number: 2, id: 'aws:test-2', enabled: false }],
  });
  const numbers = (locations: 'all' | number[]) =>
    assignedLocations(world.state, policy({ locations })).map(({ number }) => number);
  expect(numbers('all')).toEqual([1, 3]);
  expect(numbers([2, 3])).toEqual([2, 3]);
});

test('the count that is shown has the votes and what they need', () => {
  const votes = {
    ...{ failing: [1, 2], firm: [1], lasting: 0, passing: [3, 4, 5], abstaining: [6], warning: false },
    ...{ assigned: 6, configured: 6, pending: false },
  };
  expect(quorumCount(policy(), votes)).toEqual({
    ...{ policy: 'majority', required: 3, failing: 2, passing: 3, abstaining: 1 },
  });
});
