// When an incident or a lack of data began or ended, derived when it is detected.
import { describe, expect, test } from 'vitest';
import {
  incidentEnd,
  noDataStart,
  outageStart,
  partialStart,
  startOf,
} from '../../../src/engine/incidents/incident-times.ts';
import type { LocationStatus, MonitorState, OpenIncident } from '../../../src/engine/model/state.ts';
import type { Votes } from '../../../src/engine/voting/quorum.ts';
import { newLocationStatus } from '../../../src/engine/voting/streak.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const AT = T0 + 1_000 * SECOND;

/** One status a location: a streak of failures (f) or successes (o) and its start; a capital one is pending. */
function monitorOf(...statuses: [kind: 'f' | 'o' | 'F' | 'O', sinceSeconds: number][]): MonitorState {
  const made = statuses.map(([kind, since], index): [number, LocationStatus] => {
    const streakOf = kind.toLowerCase() === 'f' ? 'failed' : 'ok';
    const contradicts = kind === 'F' || kind === 'O';
    const vote = (streakOf === 'failed') === contradicts ? 'passing' : 'failing';
    const at = T0 + since * SECOND;
    return [
      index + 1,
      {
        ...newLocationStatus(0),
        vote,
        streakOf,
        streak: 2,
        streakSince: at,
        lastMeasuredAt: AT,
        lastCheckedAt: AT,
      },
    ];
  });
  return { ...new World(6).state.monitors.get(1)!, byLocation: new Map(made) };
}

const votes = (parts: Partial<Votes>): Votes => ({
  ...{
    failing: [],
    confirmed: [],
    sustained: 0,
    passing: [],
    abstaining: [],
    assigned: 6,
    configured: 6,
    pending: false,
    warning: false,
  },
  ...parts,
});
const seconds = (ms: number): number => (ms - T0) / SECOND;

describe('the start', () => {
  test('an outage starts with the earliest streak within an interval and a timeout of the required one', () => {
    const monitor = monitorOf(['f', 100], ['f', 500], ['f', 560], ['f', 570], ['o', 0], ['o', 0]);
    const four = votes({ failing: [1, 2, 3, 4], confirmed: [1, 2, 3, 4], passing: [5, 6] });
    expect(seconds(outageStart(monitor, four))).toBe(560);
    const later = monitorOf(['f', 100], ['f', 506], ['f', 560], ['f', 570], ['o', 0], ['o', 0]);
    expect(seconds(outageStart(later, four))).toBe(506);
  });

  test('only locations with a full streak decide the start of an outage', () => {
    const monitor = monitorOf(['f', 560], ['f', 570], ['f', 575], ['f', 580], ['f', 530], ['o', 0]);
    const votes_ = votes({ failing: [1, 2, 3, 4, 5], confirmed: [1, 2, 3, 4], passing: [6] });
    expect(seconds(outageStart(monitor, votes_))).toBe(560);
  });

  test('a regional problem starts with the second failing location', () => {
    const monitor = monitorOf(['f', 100], ['f', 500], ['f', 560]);
    expect(seconds(partialStart(monitor, votes({ failing: [1, 2, 3] })))).toBe(500);
    const near = monitorOf(['f', 440], ['f', 500], ['f', 560]);
    expect(seconds(partialStart(near, votes({ failing: [1, 2, 3] })))).toBe(440);
  });

  test('a failing vote with a newer success began long ago', () => {
    const monitor = monitorOf(['O', 900], ['f', 500], ['f', 510]);
    expect(seconds(partialStart(monitor, votes({ failing: [1, 2, 3] })))).toBe(500);
  });
});

describe('the end', () => {
  const open = (verdict: 'down' | 'partial'): OpenIncident => ({
    ...{ id: 'i', verdict, startedAt: T0 + 100 * SECOND, detectedAt: T0 + 120 * SECOND },
  });
  const end = (monitor: MonitorState, verdict: 'down' | 'partial', parts: Partial<Votes>) =>
    seconds(incidentEnd(monitor, open(verdict), votes(parts), AT));

  test('an outage ends with the passing streak that left too few failing', () => {
    // Of six, four must fail: the third to recover ends it.
    const monitor = monitorOf(['o', 700], ['o', 710], ['o', 720], ['o', 790], ['f', 100], ['f', 100]);
    expect(end(monitor, 'down', { passing: [1, 2, 3, 4], failing: [5, 6] })).toBe(700);
    const slow = monitorOf(['o', 400], ['o', 710], ['o', 720], ['o', 990], ['f', 100], ['f', 100]);
    expect(end(slow, 'down', { passing: [1, 2, 3, 4], failing: [5, 6] })).toBe(710);
  });

  test('locations that passed all along have not recovered from the outage', () => {
    const monitor = monitorOf(['o', 50], ['o', 50], ['o', 800], ['f', 100], ['f', 100], ['f', 100]);
    expect(end(monitor, 'down', { passing: [1, 2, 3], failing: [4, 5, 6] })).toBe(800);
    const three = monitorOf(['o', 50], ['o', 600], ['o', 710], ['o', 990], ['f', 100], ['f', 100]);
    expect(end(three, 'down', { passing: [1, 2, 3, 4], failing: [5, 6] })).toBe(710);
  });

  test('an incident ends now if failing votes only expired', () => {
    const lost = monitorOf(['o', 50], ['o', 50], ['f', 100], ['f', 100], ['f', 100], ['f', 100]);
    expect(end(lost, 'down', { passing: [1, 2], failing: [3], abstaining: [4, 5, 6] })).toBe(1_000);
    expect(end(lost, 'partial', { passing: [1, 2], failing: [3], abstaining: [4, 5, 6] })).toBe(1_000);
    expect(end(monitorOf(['f', 100]), 'down', { failing: [1] })).toBe(1_000);
    // Who has passed since the moment in which it began has not recovered from it.
    const since = monitorOf(['o', 100], ['o', 100], ['f', 100]);
    expect(end(since, 'down', { passing: [1, 2], failing: [3] })).toBe(1_000);
    const enough = monitorOf(['o', 50], ['o', 50], ['o', 50], ['o', 50], ['o', 800]);
    expect(end(enough, 'partial', { passing: [1, 2, 3, 4, 5] })).toBe(1_000);
  });

  test('a regional problem ends when fewer than two locations fail', () => {
    const monitor = monitorOf(['o', 800], ['f', 100], ['o', 50], ['o', 50], ['o', 50], ['o', 50]);
    expect(end(monitor, 'partial', { passing: [1, 3, 4, 5, 6], failing: [2] })).toBe(800);
  });

  test('an incident never ends in the future', () => {
    const monitor = monitorOf(
      ['o', 1_200],
      ['o', 1_200],
      ['o', 1_200],
      ['o', 1_200],
      ['o', 1_200],
      ['o', 1_200],
    );
    expect(end(monitor, 'down', { passing: [1, 2, 3, 4, 5, 6] })).toBe(1_000);
  });
});

describe('the start of no data', () => {
  test('no data starts when the votes of half of the locations have expired', () => {
    const world = new World(6);
    world.play(T0 + 60 * SECOND);
    // Runs at 5, 15, … 55, each valid for 180 s. The third to expire leaves three of six, which is not enough.
    const at = T0 + 600 * SECOND;
    expect(seconds(noDataStart(world.state, world.state.monitors.get(1)!, at))).toBe(25 + 180);
    expect(seconds(noDataStart(world.state, world.state.monitors.get(1)!, T0 + 190 * SECOND))).toBe(190);
  });

  test('no data can start before now, although some votes are still fresh', () => {
    const world = new World(6);
    world.play(T0 + 60 * SECOND);
    const monitor = world.state.monitors.get(1)!;
    expect(seconds(noDataStart(world.state, monitor, T0 + 210 * SECOND))).toBe(205);
    // A location without a status does not count among the assigned ones.
    const byLocation = new Map(monitor.byLocation);
    byLocation.delete(6);
    expect(seconds(noDataStart(world.state, { ...monitor, byLocation }, T0 + 210 * SECOND))).toBe(205);
  });

  test('no data starts now if no location has voted yet, or no location is left', () => {
    const world = new World(2);
    expect(seconds(noDataStart(world.state, world.state.monitors.get(1)!, AT))).toBe(1_000);
    const gone = { ...world.state, locations: new Map() };
    expect(seconds(noDataStart(gone, world.state.monitors.get(1)!, AT))).toBe(1_000);
  });
});

describe('the end of an incident without a recovery', () => {
  test('an outage that loses its failing votes ends when they expired, not when it began', () => {
    const world = new World(6);
    world.play(T0 + 3 * MINUTE);
    world.sees = (location, at) =>
      location > 4 ? 'ok' : location > 2 && at > T0 + HOUR ? 'unmeasured' : 'failed';
    world.play(T0 + 2 * HOUR);
    const resolved = world.notifications.find(({ event }) => event === 'incident.resolved')!;
    expect(resolved.incident!.resolvedAt! - resolved.incident!.startedAt).toBeGreaterThan(50 * MINUTE);
  });

  test('a regional problem that loses one of its two failing votes does not end when it began', () => {
    const world = new World(6);
    world.play(T0 + 3 * MINUTE);
    world.sees = (location, at) =>
      location > 2 ? 'ok' : location === 2 && at > T0 + HOUR ? 'unmeasured' : 'failed';
    world.play(T0 + 2 * HOUR);
    expect(world.events()).toEqual(['incident.partial', 'incident.partial_resolved']);
    const { incident } = world.notifications[1]!;
    expect(incident!.resolvedAt! - incident!.startedAt).toBeGreaterThan(50 * MINUTE);
  });
});

test('a start is the earliest streak within an interval and a timeout of the decisive one', () => {
  const rules = policy({ intervalMs: 60_000, timeoutMs: 5_000 });
  expect(startOf([100_000, 150_000, 165_000], 3, rules)).toBe(100_000);
  expect(startOf([99_999, 150_000, 165_000], 3, rules)).toBe(150_000);
  expect(startOf([1, 2, 300_000], 2, rules)).toBe(1);
  expect(startOf([7], 4, rules)).toBe(7);
  expect(startOf([], 2, rules)).toBe(0);
});
