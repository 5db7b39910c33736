import { describe, expect, test } from 'vitest';
import { staleAfterMs } from '../../../src/engine/model/policy.ts';
import type { LocationState, LocationStatus, OpenIncident } from '../../../src/engine/model/state.ts';
import {
  abstainReason,
  assignedLocations,
  decideVerdict,
  freshSince,
  hasQuorum,
  quorumCount,
  requiredFailing,
  type VoteCounts,
} from '../../../src/engine/voting/quorum.ts';
import { newLocationStatus } from '../../../src/engine/voting/streak.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

describe('the required number', () => {
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
  ] as const)('quorum %s of %i voters, %i configured, requires %i', (quorum, voters, configured, wanted) => {
    expect(requiredFailing(policy({ quorum }), voters, configured)).toBe(wanted);
  });
});

describe('the quorum of voters', () => {
  test.each([
    [3, 6, 6, false],
    [4, 6, 6, true],
    [1, 1, 2, false],
    [2, 2, 2, true],
    [1, 2, 2, false],
    [1, 1, 1, true],
    [0, 0, 1, false],
    [0, 0, 0, false],
  ])('%i voters of %i assigned, %i configured, are a quorum: %s', (voters, assigned, configured, enough) => {
    expect(hasQuorum(voters, { assigned, configured })).toBe(enough);
  });
});

describe('the verdict', () => {
  const counts = (changes: Partial<VoteCounts>): VoteCounts => ({
    ...{ failing: 0, confirmed: 0, sustained: 0, passing: 6, assigned: 6, configured: 6, pending: false },
    ...changes,
  });
  const open = (verdict: 'partial' | 'down'): OpenIncident => ({
    id: 'i',
    verdict,
    startedAt: 1,
    detectedAt: 2,
  });
  const of = (changes: Partial<VoteCounts>, incident: OpenIncident | null = null) =>
    decideVerdict(policy(), counts(changes), incident);

  test('a monitor is down when the required number fail with their full streak', () => {
    expect(of({ failing: 4, confirmed: 4, passing: 2 })).toBe('down');
    expect(of({ failing: 4, confirmed: 3, passing: 2 })).toBe('partial');
    expect(of({ failing: 4, confirmed: 4, passing: 2, pending: true })).toBe('down');
  });

  test('a monitor stays down while the required number of votes fail', () => {
    expect(of({ failing: 4, confirmed: 0, passing: 2 }, open('down'))).toBe('down');
    expect(of({ failing: 3, confirmed: 0, passing: 3 }, open('down'))).toBe('up');
    expect(of({ failing: 4, confirmed: 0, passing: 2 }, open('partial'))).toBe('partial');
  });

  test('a monitor is partial when three fail, or two for long, and none is pending', () => {
    expect(of({ failing: 3, confirmed: 3, passing: 3 })).toBe('partial');
    expect(of({ failing: 2, confirmed: 2, passing: 4 })).toBe('up');
    expect(of({ failing: 2, confirmed: 2, sustained: 1, passing: 4 })).toBe('up');
    expect(of({ failing: 2, confirmed: 2, sustained: 2, passing: 4 })).toBe('partial');
    expect(of({ failing: 3, confirmed: 3, passing: 3, pending: true })).toBe('up');
  });

  test('a monitor stays partial while two votes fail', () => {
    expect(of({ failing: 2, passing: 4, pending: true }, open('partial'))).toBe('partial');
    expect(of({ failing: 1, passing: 5 }, open('partial'))).toBe('up');
  });

  test('a monitor without enough voters has no data, whatever they vote', () => {
    expect(of({ failing: 3, confirmed: 3, passing: 0 })).toBe('no_data');
    expect(of({ failing: 3, confirmed: 3, passing: 0 }, open('down'))).toBe('no_data');
  });
});

describe('abstention', () => {
  const location = (changes: Partial<LocationState> = {}): LocationState => ({
    ...new World(1).state.locations.get(1)!,
    ...changes,
  });
  const status = (changes: Partial<LocationStatus> = {}): LocationStatus => ({
    ...newLocationStatus(0),
    ...{ vote: 'passing', streakOf: 'ok', streak: 2, lastMeasuredAt: T0, lastCheckedAt: T0 },
    ...changes,
  });
  const incident = { id: 'l', startedAt: 1, detectedAt: 2, failedMonitors: 3, checkedMonitors: 3 };
  const why = (view_: LocationStatus, location_ = location(), at = T0) =>
    abstainReason(view_, location_, policy(), at);

  test('a location abstains for one reason at a time', () => {
    expect(why(status())).toBeNull();
    expect(why(status({ vote: 'none' }))).toBe('no_vote');
    expect(why(status({ noResponse: true }))).toBe('no_response');
    expect(why(status({ vote: 'none' }), location({ incident: { ...incident, kind: 'quarantined' } }))).toBe(
      'quarantined',
    );
    expect(why(status(), location({ incident: { ...incident, kind: 'lost' } }))).toBeNull();
    expect(why(status(), location({ enabled: false, incident: { ...incident, kind: 'quarantined' } }))).toBe(
      'disabled',
    );
  });

  test('a vote expires after max(2.5 intervals, 180 s) without a measurement', () => {
    expect(staleAfterMs(policy({ intervalMs: 60_000 }))).toBe(180_000);
    expect(staleAfterMs(policy({ intervalMs: 120_000 }))).toBe(300_000);
    expect(why(status(), location(), T0 + 180_000)).toBeNull();
    expect(why(status(), location(), T0 + 180_001)).toBe('stale');
  });

  test('a run that started too early to count keeps a vote fresh, an unmeasured run does not', () => {
    expect(freshSince(status({ lastCheckedAt: T0 + 3_000 }))).toBe(T0 + 3_000);
    const lastUnmeasured = { startedAt: T0 + 3_000, outcome: 'unmeasured' as const, timings: {} };
    expect(freshSince(status({ lastCheckedAt: T0 + 3_000, lastUnmeasured }))).toBe(T0);
  });
});

test('all enabled locations are assigned, or the named ones, enabled or not', () => {
  const world = new World(3);
  world.apply({
    ...{ kind: 'change', at: T0 + 1 },
    changes: [{ type: 'location', number: 2, id: 'aws:test-2', enabled: false }],
  });
  const numbers = (locations: 'all' | number[]) =>
    assignedLocations(world.state, policy({ locations })).map(({ number }) => number);
  expect(numbers('all')).toEqual([1, 3]);
  expect(numbers([2, 3])).toEqual([2, 3]);
});

test('the quorum count has the votes and the required number', () => {
  const votes = {
    ...{ failing: [1, 2], confirmed: [1], sustained: 0, passing: [3, 4, 5], abstaining: [6], warning: false },
    ...{ assigned: 6, configured: 6, pending: false },
  };
  expect(quorumCount(policy(), votes)).toEqual({
    ...{ policy: 'majority', required: 3, failing: 2, passing: 3, abstaining: 1 },
  });
});
