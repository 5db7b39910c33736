// Changes of the configuration: what starts, what ends, and which locations check because of it.
import { describe, expect, test } from 'vitest';
import type { Policy } from '../../src/engine/model/state.ts';
import { change, healthy, monitorOf, report } from '../support/engine/entries.ts';
import { policy, T0, World } from '../support/engine/world.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const monitorChange = (
  number: number,
  parts: Partial<Policy>,
  type: 'monitor' | 'monitor.target_changed' = 'monitor',
) => ({ type, number, policy: policy(parts) }) as const;

describe('changes of a monitor', () => {
  test('a new monitor is checked by all its locations at once', () => {
    const world = healthy();
    change(world, [monitorChange(7, { locations: [2, 3] })]);
    const { lastFullCheckAt, round, byLocation, ...monitor } = monitorOf(world, 7);
    expect(monitor).toEqual({
      ...{ number: 7, policy: policy({ locations: [2, 3] }), network: null, verdict: 'no_data' },
      ...{
        hostHash: null,
        verdictSince: world.state.at,
        incident: null,
        notified: null,
        transitions: [],
        flapping: null,
        noDataId: null,
        warnings: null,
        detached: null,
        upSince: null,
        lastGap: null,
      },
    });
    expect([...byLocation.keys()]).toEqual([2, 3]);
    expect(byLocation.get(2)).toMatchObject({ assignedAt: world.state.at, vote: 'none' });
    expect([lastFullCheckAt, round!.asked]).toEqual([world.state.at, [2, 3]]);
    expect(world.state.nextMonitor).toBe(8);
    change(world, [monitorChange(3, {})]);
    expect(world.state.nextMonitor).toBe(8);
  });

  test('a new policy keeps votes, clamps streaks and starts a full round', () => {
    const world = new World(6, [{ failures: 5, recoveries: 5 }]);
    world.play(T0 + 10 * MINUTE);
    expect(monitorOf(world).byLocation.get(1)!.streak).toBe(5);
    const { verdict, verdictSince } = monitorOf(world);
    change(world, [monitorChange(1, { locations: [1, 2, 3] })]);
    expect(monitorOf(world)).toMatchObject({ verdict, verdictSince, lastFullCheckAt: world.state.at });
    expect(
      [...monitorOf(world).byLocation].map(([number, status]) => [number, status.streak, status.vote]),
    ).toEqual([
      [1, 2, 'passing'],
      [2, 2, 'passing'],
      [3, 2, 'passing'],
    ]);
    change(world, [monitorChange(1, {})]);
    expect(monitorOf(world).byLocation.get(3)!.vote).toBe('passing');
    expect(monitorOf(world).byLocation.get(4)).toMatchObject({ vote: 'none', assignedAt: world.state.at });
  });

  test('a new quorum during an incident changes the verdict at once', () => {
    const world = healthy();
    world.sees = (location) => (location <= 4 ? 'failed' : 'ok');
    world.play(T0 + 5 * MINUTE);
    expect(world.events()).toEqual(['incident.opened']);
    change(world, [monitorChange(1, { quorum: 'all' })]);
    expect(world.events().slice(1)).toContain('incident.resolved');
  });

  test('a new target ends the open incident and resets the monitor', () => {
    const world = healthy();
    world.sees = () => 'failed';
    world.play(T0 + 5 * MINUTE);
    change(world, [monitorChange(1, {}, 'monitor.target_changed')]);
    expect(world.notifications.at(-1)).toMatchObject({
      event: 'incident.resolved',
      incident: { reason: 'target_changed' },
    });
    expect(monitorOf(world)).toMatchObject({ network: null, incident: null, verdict: 'no_data' });
    expect(monitorOf(world).round!.asked).toHaveLength(6);
    expect(monitorOf(world).byLocation.get(1)!.vote).toBe('none');
  });

  test('pausing ends the open incident and stops checks, and resuming resets the votes', () => {
    const world = healthy();
    world.sees = () => 'failed';
    world.play(T0 + 5 * MINUTE);
    const { network } = monitorOf(world);
    expect(network).not.toBeNull();
    change(world, [monitorChange(1, { paused: true })]);
    expect(world.notifications.at(-1)).toMatchObject({
      event: 'incident.resolved',
      incident: { reason: 'paused' },
    });
    expect(monitorOf(world)).toMatchObject({ network, round: null, verdict: 'no_data' });
    const sent = world.notifications.length;
    change(world, [monitorChange(1, { paused: true, failures: 3 })]);
    expect(world.notifications).toHaveLength(sent);
    change(world, [monitorChange(1, {})]);
    expect(monitorOf(world).byLocation.get(1)!.vote).toBe('none');
    expect(monitorOf(world)).toMatchObject({ network, lastFullCheckAt: world.state.at });
    expect(monitorOf(world).round!.asked).toHaveLength(6);
  });

  test('a change of an unknown monitor changes nothing', () => {
    const world = healthy();
    const { monitors } = world.state;
    change(world, [
      { type: 'monitor.deleted', number: 9 },
      { type: 'monitor.reevaluated', number: 9 },
    ]);
    expect(world.state.monitors).toEqual(monitors);
  });

  test('a reevaluation does not close a round that must wait', () => {
    const world = healthy();
    world.report(1, 'failed');
    const before = monitorOf(world);
    change(world, [{ type: 'monitor.reevaluated', number: 1 }]);
    expect(monitorOf(world)).toEqual(before);
  });
});

describe('changes of a location', () => {
  const location = (number: number, enabled = true) =>
    ({ type: 'location', number, id: `aws:test-${number}`, enabled }) as const;

  test('a new location starts a full round of all its monitors, and of no other', () => {
    const world = healthy(3, [{}, { locations: [1, 2] }, { paused: true }]);
    change(world, [location(4)]);
    expect(world.state.locations.get(4)).toEqual({
      ...{ number: 4, id: 'aws:test-4', enabled: true, addedAt: world.state.at, missedDeadlines: 0 },
      ...{
        lastReportAt: null,
        lastMeasuredAt: null,
        unmeasuredSince: null,
        incident: null,
        lastErrorAt: null,
        error: null,
      },
    });
    expect([...monitorOf(world, 1).byLocation.keys()]).toEqual([1, 2, 3, 4]);
    expect(monitorOf(world, 1).round!.asked).toEqual([1, 2, 3, 4]);
    expect(monitorOf(world, 2).round).toBeNull();
    expect([...monitorOf(world, 3).byLocation.keys()]).toEqual([1, 2, 3, 4]);
    expect(monitorOf(world, 3).round).toBeNull();
  });

  test('a disabled location keeps its number and its state, and is not asked', () => {
    const world = healthy(3, [{}, { locations: [1, 2] }]);
    world.sees = (number) => (number === 2 ? 'unmeasured' : 'ok');
    world.play(T0 + 250 * SECOND);
    const before = world.state.locations.get(2)!;
    expect(before.unmeasuredSince).toBeGreaterThan(0);
    change(world, [location(2, false)]);
    expect(world.state.locations.get(2)).toEqual({ ...before, enabled: false, unmeasuredSince: null });
    expect([...monitorOf(world, 1).byLocation.keys()]).toEqual([1, 3]);
    expect(monitorOf(world, 1).round!.asked).toEqual([1, 3]);
    expect([...monitorOf(world, 2).byLocation.keys()]).toEqual([1, 2]);
    expect(monitorOf(world, 2).round!.asked).toEqual([1]);
  });
});

describe('changes of a window', () => {
  test('deleting a window sends what it suppressed, once, for monitors that are not paused', () => {
    const world = healthy(6, [{}, { paused: true }]);
    world.window('silence', 180 * SECOND, 900 * SECOND);
    world.sees = () => 'failed';
    world.play(T0 + 400 * SECOND);
    expect(world.events()).toEqual([]);
    const id = [...world.state.windows.keys()][0]!;
    change(world, [{ type: 'window.deleted', id }]);
    expect(world.state.windows.size).toBe(0);
    expect(world.notifications.map(({ event, monitor }) => [event, monitor])).toEqual([
      ['incident.opened', 1],
    ]);
    change(world, [{ type: 'window.deleted', id }]);
    expect(world.notifications).toHaveLength(1);
  });

  test('the first entry after the end of a window sends what it suppressed', () => {
    const world = healthy();
    world.window('silence', 180 * SECOND, 600 * SECOND);
    world.sees = () => 'failed';
    world.play(T0 + 590 * SECOND);
    const last = report(world.state, 1, T0 + 600 * SECOND - 1, []);
    expect(last.notifications).toEqual([]);
    expect(report(last.value, 1, T0 + 600 * SECOND, []).notifications).toMatchObject([
      { event: 'incident.opened' },
    ]);
    expect(report(last.value, 99, T0 + 700 * SECOND, []).notifications).toMatchObject([
      { event: 'incident.opened' },
    ]);
  });
});

describe('changes of the mesh', () => {
  test('a second location that joins does not resolve an outage that the first still sees', () => {
    const world = new World(1);
    world.sees = () => 'failed';
    world.play(T0 + 3 * MINUTE);
    expect(world.events()).toEqual(['incident.opened']);
    const joined = { type: 'location' as const, number: 2, id: 'aws:test-2', enabled: true };
    world.apply({ kind: 'change', at: world.now + 1, changes: [joined] });
    world.play(T0 + 10 * MINUTE);
    expect(world.events()).toEqual(['incident.opened']);
    expect(world.verdict()).toBe('down');
  });

  test('a monitor whose only location is disabled is reported as no data', () => {
    const world = new World(2, [{ locations: [2] }]);
    world.play(T0 + 3 * MINUTE);
    const gone = { type: 'location' as const, number: 2, id: 'aws:test-2', enabled: false };
    world.apply({ kind: 'change', at: world.now + 1, changes: [gone] });
    world.play(T0 + HOUR);
    expect(world.verdict()).toBe('no_data');
    expect(world.events()).toEqual(['monitor.no_data']);
  });
});

describe('new targets', () => {
  test('runs that began before the target changed do not count', () => {
    const world = new World(6, [{ failures: 1 }]);
    world.play(T0 + 5 * MINUTE);
    const askedAt = world.now;
    const changed = { type: 'monitor.target_changed' as const, number: 1, policy: policy({ failures: 1 }) };
    world.apply({ kind: 'change', at: askedAt + 2_000, changes: [changed] });
    // The runs at the old target that were in flight arrive now.
    for (let location = 1; location <= 6; location += 1) {
      world.apply({
        kind: 'report',
        at: askedAt + 3_000 + location,
        location,
        askedAt,
        answeredAt: askedAt + 3_000,
        error: null,
        missedDeadline: false,
        observations: [
          {
            monitor: 1,
            startedAt: askedAt,
            outcome: 'failed',
            code: 'timeout',
            detail: 'no answer',
            timings: {},
          },
        ],
      });
    }
    world.now = askedAt + 4_000;
    world.play(T0 + 10 * MINUTE);
    expect(world.events()).toEqual([]);
    expect(world.verdict()).toBe('up');
  });
});
