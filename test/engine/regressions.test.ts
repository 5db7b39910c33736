// Found by reading the engine against its semantics: each test asserts what has to hold, in virtual time.
import { describe, expect, test } from 'vitest';
import { policy, T0, World } from '../support/engine/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('one failure, or one success, is enough', () => {
  test('with failures 1 a total outage is told as an outage at once, and never as partial first', () => {
    const world = new World(6, [{ failures: 1 }]);
    world.play(T0 + 5 * MINUTE);
    const onset = T0 + 5 * MINUTE + 3_000;
    world.sees = (_, at) => (at >= onset ? 'failed' : 'ok');
    world.play(T0 + 8 * MINUTE);
    expect(world.events()).toEqual(['incident.opened']);
    expect(world.notifications[0]!.at - onset).toBeLessThanOrEqual(20_000);
  });

  test('with failures 1 and one location that always fails, an outage is told as such from the first', () => {
    const world = new World(6, [{ failures: 1 }]);
    const onset = T0 + 5 * MINUTE + 3_000;
    world.sees = (location, at) => (location === 3 || at >= onset ? 'failed' : 'ok');
    world.play(T0 + 8 * MINUTE);
    expect(world.events()).toEqual(['incident.opened']);
  });

  test('with failures 1 and an hourly look an outage opens as soon as with failures 2', () => {
    const delay = (failures: number): number => {
      const world = new World(6, [{ failures, intervalMs: HOUR }]);
      world.play(T0 + 2 * HOUR);
      world.sees = () => 'failed';
      world.play(T0 + 5 * HOUR);
      return world.notifications.find(({ event }) => event === 'incident.opened')!.at - (T0 + 2 * HOUR);
    };
    expect(delay(1)).toBeLessThanOrEqual(delay(2));
  });

  test('with recoveries 1 a recovery is told as soon as with recoveries 2', () => {
    const delay = (recoveries: number): number => {
      const world = new World(6, [{ recoveries, intervalMs: HOUR }]);
      world.sees = () => 'failed';
      world.play(T0 + 2 * HOUR);
      world.sees = () => 'ok';
      world.play(T0 + 5 * HOUR);
      return world.notifications.find(({ event }) => event === 'incident.resolved')!.at - (T0 + 2 * HOUR);
    };
    expect(delay(1)).toBeLessThanOrEqual(delay(2));
  });
});

describe('a mesh that changes during an outage', () => {
  test('a second location that joins does not resolve what the first still sees failing', () => {
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

  test('a monitor whose only location is gone is noticed as blind', () => {
    const world = new World(2, [{ locations: [2] }]);
    world.play(T0 + 3 * MINUTE);
    const gone = { type: 'location' as const, number: 2, id: 'aws:test-2', enabled: false };
    world.apply({ kind: 'change', at: world.now + 1, changes: [gone] });
    world.play(T0 + HOUR);
    expect(world.verdict()).toBe('no_data');
    expect(world.events()).toEqual(['monitor.no_data']);
  });
});

describe('the end of an incident', () => {
  test('that comes from losing sight of failing locations is when they were lost, not when it began', () => {
    const world = new World(6);
    world.play(T0 + 3 * MINUTE);
    world.sees = (location, at) =>
      location > 4 ? 'ok' : location > 2 && at > T0 + HOUR ? 'unmeasured' : 'failed';
    world.play(T0 + 2 * HOUR);
    const resolved = world.notifications.find(({ event }) => event === 'incident.resolved')!;
    expect(resolved.incident!.resolvedAt! - resolved.incident!.startedAt).toBeGreaterThan(50 * MINUTE);
  });

  test('of a partial problem that lost one of its two failing locations is not its beginning', () => {
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

describe('blindness', () => {
  test.each([
    [300_000, 1],
    [600_000, 3],
    [1_800_000, 6],
    [3_600_000, 6],
  ])('of a mesh that looks every %i ms from %i locations is noticed', (intervalMs, locations) => {
    const world = new World(locations, [{ intervalMs }]);
    world.play(T0 + 2 * intervalMs);
    world.sees = () => 'unmeasured';
    world.play(T0 + 12 * intervalMs);
    expect(world.verdict()).toBe('no_data');
    expect(world.events()).toEqual(['monitor.no_data']);
  });

  test('never comes to a healthy monitor, whatever its interval and confirmSeconds', () => {
    for (const intervalMs of [30_000, 60_000, 120_000, 300_000]) {
      for (const confirmMs of [5_000, 10_000, 120_000, 300_000]) {
        const world = new World(6, [{ intervalMs, confirmMs }]);
        world.play(T0 + MINUTE);
        for (let at = T0 + MINUTE; at < T0 + HOUR; at += 5_000) {
          world.play(at);
          expect(
            world.verdict(),
            `${intervalMs} ms, confirmed after ${confirmMs} ms, at +${at - T0} ms`,
          ).toBe('up');
        }
      }
    }
  });

  test('never comes to a failing one that is measured every minute, however far apart looks must be to count', () => {
    const world = new World(6, [{ confirmMs: 300_000 }]);
    world.play(T0 + 10 * MINUTE);
    world.sees = () => 'failed';
    for (let at = T0 + 10 * MINUTE; at < T0 + 30 * MINUTE; at += 1_000) {
      world.play(at);
      expect(world.verdict(), `at +${at - T0} ms`).not.toBe('no_data');
    }
    expect(world.events()).toEqual(['incident.opened']);
  });
});

describe('a new target', () => {
  test('is not judged by looks that began before it was the target', () => {
    const world = new World(6, [{ failures: 1 }]);
    world.play(T0 + 5 * MINUTE);
    const askedAt = world.now;
    const changed = { type: 'monitor.target_changed' as const, number: 1, policy: policy({ failures: 1 }) };
    world.apply({ kind: 'change', at: askedAt + 2_000, changes: [changed] });
    // What was in flight at the old target comes back now.
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
