// The explanation of a verdict: its sentences, its locations, its round, and why nothing is sent.
import { describe, expect, test } from 'vitest';
import { explain } from '../../../src/engine/explain/explain.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const MINUTE = 60_000;

function played(minutes: number, sees?: World['sees'], monitors: object[] = [{}], locations = 6): World {
  const world = new World(locations, monitors);
  world.play(T0 + 3 * MINUTE);
  if (sees) world.sees = sees;
  world.play(T0 + minutes * MINUTE);
  return world;
}
const why = (world: World, monitor = 1, at = world.now) => explain(world.state, monitor, at).why;
const change = (world: World, parts: object) =>
  world.apply({
    ...{ kind: 'change' as const, at: Math.max(world.now, world.state.at + 1) },
    changes: [{ type: 'monitor' as const, number: 1, policy: policy(parts) }],
  });

describe('explain', () => {
  test('a healthy monitor is explained in one sentence', () => {
    expect(why(played(5))).toBe('4 of 6 locations must fail twice in a row; none does.');
    expect(why(played(5, undefined, [{ failures: 1 }]))).toContain('must fail once;');
    expect(why(played(5, undefined, [{ failures: 3 }]))).toContain('must fail 3 times in a row;');
    expect(why(played(5, undefined, [{}], 1))).toBe('1 of 1 location must fail twice in a row; none does.');
  });

  test('the explanation has the number of failing locations and when the last of them began', () => {
    expect(why(played(10, (location) => (location === 1 ? 'failed' : 'ok')))).toMatch(
      /^4 of 6 locations must fail twice in a row; 1 has failed since 08:03:05 UTC\. 1 of 6: connection refused\.$/,
    );
    expect(why(played(10, (location) => (location <= 3 ? 'failed' : 'ok')))).toMatch(
      /; 3 have failed since 08:03:0\d UTC\. That is a regional problem, not an outage\. 3 of 6: connection refused\.$/,
    );
  });

  test('abstaining locations are named, and too few voters are counted', () => {
    const some = played(10, (location) => (location > 4 ? 'unmeasured' : 'ok'));
    expect(why(some)).toBe(
      '3 of 4 locations must fail twice in a row; none does. aws:test-5, aws:test-6 abstain: no recent measurement.',
    );
    const one = played(10, (location) => (location > 5 ? 'unmeasured' : 'ok'));
    expect(why(one)).toContain('aws:test-6 abstains: no recent measurement.');
    const few = played(10, (location) => (location > 3 ? 'unmeasured' : 'ok'));
    expect(why(few)).toContain('Only 3 of 6 locations have a fresh vote; a verdict needs more than half.');
    const last = played(10, (location) => (location > 1 ? 'unmeasured' : 'ok'));
    expect(why(last)).toContain('Only 1 of 6 locations has a fresh vote;');
  });

  test('the last failing location decides since when the monitor fails', () => {
    const world = played(10, (location, at) =>
      location === 1 || (location === 2 && at > T0 + 6 * MINUTE) ? 'failed' : 'ok',
    );
    expect(why(world)).toMatch(/; 2 have failed since 08:06:\d\d UTC\./);
    expect(explain(world.state, 1, world.now).locations[0]!.since).toBe(T0 + 3 * MINUTE + 5_000);
  });

  test('a failing vote with a newer success does not decide since when the monitor fails', () => {
    const world = played(10, (location) => (location <= 2 ? 'failed' : 'ok'));
    world.report(2, 'ok', T0 + 10 * MINUTE + 30_000);
    world.report(1, 'unmeasured', T0 + 10 * MINUTE + 31_000);
    expect(why(world)).toMatch(/; 2 have failed since 08:03:05 UTC\. /);
    const alone = played(10, (location) => (location === 1 ? 'failed' : 'ok'));
    alone.report(1, 'ok', T0 + 10 * MINUTE + 30_000);
    expect(why(alone)).toContain("; 1 has failed. A location's newest result contradicts its vote");
  });

  test('a quarantined location is explained apart from those that abstain', () => {
    const world = played(10, (location) => (location === 6 ? 'unmeasured' : 'ok'));
    const counts = { startedAt: T0, detectedAt: T0, failedMonitors: 7, checkedMonitors: 9 };
    const outlier = {
      ...world.state.locations.get(2)!,
      incident: { id: 'l', kind: 'quarantined' as const, ...counts },
    };
    const lost = {
      ...world.state.locations.get(6)!,
      incident: { id: 'l', kind: 'lost' as const, ...counts },
    };
    const quarantined =
      'aws:test-2 is quarantined because it fails 7 of 9 monitors that other locations reach.';
    world.state = { ...world.state, locations: new Map(world.state.locations).set(2, outlier).set(6, lost) };
    expect(why(world)).toBe(
      `3 of 4 locations must fail twice in a row; none does. ${quarantined} aws:test-6 abstains: no recent measurement.`,
    );
    world.sees = () => 'ok';
    world.report(6, 'ok', world.now + 30_000);
    expect(why(world)).toBe(`3 of 5 locations must fail twice in a row; none does. ${quarantined}`);
  });

  test('the open round lists each location that was asked and that answered once', () => {
    const world = played(5);
    const observation = { startedAt: world.now, outcome: 'ok' as const, timings: {} };
    const results = [2, 2, 9].map((location) => ({ ...observation, location }));
    const round = { step: 2, startsAt: world.now, asked: [2, 9], results, lastResultAt: world.now };
    const monitor = { ...world.state.monitors.get(1)!, round };
    world.state = { ...world.state, monitors: new Map([[1, monitor]]) };
    expect(explain(world.state, 1, world.now).round).toEqual({
      ...{ step: 2, startsAt: world.now, asked: ['aws:test-2', '9'], answered: ['aws:test-2', '9'] },
    });
    expect(explain(played(5).state, 1, world.now).round).toBeNull();
  });

  test('a disabled location has no next check, and one without a status is left out', () => {
    const world = played(5, undefined, [{ locations: [1, 2, 3] }]);
    const location = { type: 'location' as const, number: 2, id: 'aws:test-2', enabled: false };
    world.apply({ kind: 'change', at: world.now + 1, changes: [location] });
    const { byLocation } = world.state.monitors.get(1)!;
    const monitor = { ...world.state.monitors.get(1)!, byLocation: new Map(byLocation) };
    monitor.byLocation.delete(3);
    world.state = { ...world.state, monitors: new Map([[1, monitor]]) };
    const { locations } = explain(world.state, 1, world.now);
    expect(locations.map((one) => [one.location, one.abstainReason, one.nextCheckAt === null])).toEqual([
      [1, null, false],
      [2, 'disabled', true],
    ]);
  });

  test('a pending location is explained with its open round', () => {
    const world = played(5);
    world.report(2, 'failed');
    expect(why(world)).toContain("A location's newest result contradicts its vote, so it checks again.");
    const { round, locations } = explain(world.state, 1, world.now);
    expect(round).toMatchObject({
      step: 1,
      asked: ['aws:test-1', 'aws:test-3', 'aws:test-4', 'aws:test-5', 'aws:test-6'],
      answered: [],
    });
    expect(locations[1]).toMatchObject({ pending: true, streakOf: 'failed', streak: 1 });
  });

  test('a suppression is explained by its reason and its end', () => {
    const world = played(5);
    world.window('maintenance', 5 * MINUTE, 20 * MINUTE);
    expect(why(world)).toContain(
      'The monitor is under maintenance until 08:20:00 UTC: no notifications are sent until then.',
    );
    expect(explain(world.state, 1, world.now).suppressed).toMatchObject({
      by: 'maintenance',
      until: T0 + 20 * MINUTE,
    });
    const silent = played(5);
    silent.window('silence', 5 * MINUTE, 20 * MINUTE);
    expect(why(silent)).toContain(
      'The monitor is silenced until 08:20:00 UTC: no notifications are sent until then.',
    );
    const child = played(8, () => 'failed', [{}, { dependsOn: [1] }]);
    expect(why(child, 2)).toContain('A monitor that it depends on is down: only that outage is notified.');
    expect(explain(child.state, 2, child.now).suppressed).toEqual({
      by: 'dependency',
      state: 'down',
      monitor: 1,
    });
    expect(explain(child.state, 1, child.now).suppressed).toBeNull();
    const other = (_: number, __: number, monitor: number) => (monitor === 2 ? 'ok' : 'failed');
    const half = played(8, other, [{}, {}, { dependsOn: [1, 2] }]);
    expect(why(half, 3)).toContain('A monitor that it depends on is down: only that outage is notified.');
    const grandchild = played(8, () => 'failed', [{}, { dependsOn: [1] }, { dependsOn: [2] }]);
    expect(why(grandchild, 3)).toContain(
      '2 monitors that it depends on are down: only their outages are notified.',
    );
  });

  test('a flapping monitor is explained as suppressed since it flaps', () => {
    const world = played(30, (_, at) => (Math.floor((at - T0) / (2 * MINUTE)) % 2 ? 'failed' : 'ok'));
    expect(why(world)).toMatch(
      /The monitor has been flapping since 08:0\d:\d\d UTC: single changes are not notified\./,
    );
    expect(explain(world.state, 1, world.now)).toMatchObject({
      flapping: true,
      suppressed: { by: 'flapping' },
    });
  });

  test('a paused monitor is explained by its pause', () => {
    const world = played(5);
    change(world, { paused: true });
    expect(why(world)).toBe('The monitor is paused: no location checks it.');
    expect(explain(world.state, 1, world.now).suppressed).toEqual({ by: 'paused' });
    expect(explain(world.state, 1, world.now).locations.map(({ nextCheckAt }) => nextCheckAt)).toEqual(
      Array(6).fill(null),
    );
  });

  test('each location is explained with its vote, its result and its next check', () => {
    const world = played(5, (location) => (location === 6 ? 'unmeasured' : 'ok'));
    const { locations, since, verdict } = explain(world.state, 1, world.now);
    expect([verdict, since - T0 <= 10]).toEqual(['up', true]);
    expect(explain(world.state, 1, world.now).flapping).toBe(false);
    expect(locations[0]).toMatchObject({
      id: 'aws:test-1',
      vote: 'passing',
      abstainReason: null,
      lastResult: { outcome: 'ok' },
    });
    expect(locations[5]).toMatchObject({ lastResult: { outcome: 'unmeasured', reason: 'throttled' } });
    expect(locations.map(({ nextCheckAt }) => nextCheckAt! - world.now)).toEqual([
      5_000, 15_000, 25_000, 35_000, 45_000, 55_000,
    ]);
    const fresh = new World(2);
    expect(explain(fresh.state, 1, T0).locations[0]).toMatchObject({
      since: null,
      lastMeasuredAt: null,
      lastCheckedAt: null,
      lastResult: null,
    });
  });

  test('a verdict whose votes expired is explained as of now', () => {
    const world = played(5);
    const later = world.now + 10 * MINUTE;
    expect(explain(world.state, 1, later)).toMatchObject({ verdict: 'no_data', since: later });
  });

  test('a monitor that is not in the state is a bug', () => {
    expect(() => explain(played(4).state, 99, T0)).toThrow('monitor 99 is not in the state');
  });
});

describe('explain and the pipeline give the same reason', () => {
  const SECOND = 1_000;
  /** Six locations; monitor 2 depends on monitor 1. It fails everywhere, confirmed at second 192. */
  const confirming = (): World => {
    const world = new World(6, [{}, { dependsOn: [1] }]);
    world.play(T0 + 180 * SECOND);
    world.report(1, { 2: 'failed' }, T0 + 181 * SECOND);
    for (const location of [2, 3, 4, 5, 6]) world.report(location, { 2: 'failed' }, T0 + 182 * SECOND);
    for (const location of [1, 2, 3, 4, 5, 6]) world.report(location, { 2: 'failed' }, T0 + 192 * SECOND);
    return world;
  };

  test('an outage that waits for a dependency that is being confirmed is explained so', () => {
    const world = confirming();
    expect([world.verdict(2), world.events()]).toEqual(['down', []]);
    const { suppressed, why: sentences } = explain(world.state, 2, T0 + 193 * SECOND);
    expect(suppressed).toEqual({ by: 'dependency', state: 'confirming', monitor: 1 });
    expect(sentences).toContain(
      'A monitor that it depends on is being confirmed: the notification waits for that verdict.',
    );
  });

  test('an outage is not explained as suppressed after it was sent', () => {
    const world = confirming();
    for (const location of [1, 2, 3, 4, 5, 6]) world.report(location, { 1: 'ok' }, T0 + 193 * SECOND);
    expect(world.events()).toEqual(['incident.opened']);
    expect(explain(world.state, 2, T0 + 194 * SECOND).suppressed).toBeNull();
    const again = confirming();
    expect(explain(again.state, 2, T0 + 230 * SECOND).suppressed).toBeNull();
  });

  test('an outage that waits after a dependency recovered is explained so', () => {
    const world = played(8, () => 'failed', [{}, { dependsOn: [1] }]);
    world.sees = (_, __, monitor) => (monitor === 1 ? 'ok' : 'failed');
    while (world.verdict(1) === 'down') world.play(world.now + SECOND / 10);
    const { suppressed, why: sentences } = explain(world.state, 2, world.now);
    expect(suppressed).toEqual({ by: 'dependency', state: 'recovered', monitor: 1 });
    expect(sentences).toContain('A monitor that it depends on has just recovered: the notification waits');
  });

  test('missing data is not explained as suppressed by a dependency that is down, since it is notified', () => {
    const world = played(5, (_, __, monitor) => (monitor === 1 ? 'failed' : 'unmeasured'), [
      {},
      { dependsOn: [1] },
    ]);
    while (world.verdict(2) !== 'no_data') world.play(world.now + SECOND);
    expect([world.verdict(1), world.events()]).toEqual(['down', ['incident.opened']]);
    expect(explain(world.state, 2, world.now).suppressed).toBeNull();
    world.play(world.now + 6 * MINUTE);
    expect(world.events()).toContain('monitor.no_data');
    expect(explain(world.state, 2, world.now).suppressed).toMatchObject({ by: 'dependency', state: 'down' });
  });

  test('a healthy monitor is not suppressed while its dependency is being confirmed', () => {
    const world = played(5, undefined, [{}, { dependsOn: [1] }]);
    world.report(1, { 1: 'failed' }, world.now + 1);
    expect(explain(world.state, 2, world.now + 2).suppressed).toBeNull();
  });
});
