// Warnings: a location's streak, the quorum that agrees, and what is told of it, when, and once.
import { describe, expect, test } from 'vitest';
import type { Degraded } from '../../../probes/contract/index.ts';
import { explain } from '../../../src/engine/explain/explain.ts';
import { currentVerdict } from '../../../src/engine/explain/public-status.ts';
import type { LocationStatus, MonitorState } from '../../../src/engine/model/state.ts';
import { recordObservation } from '../../../src/engine/voting/streak.ts';
import { policy, type Saw, T0, World } from '../../support/engine/world.ts';

const MINUTE = 60_000;
const SLOW: Degraded = { code: 'latency', limit: 500, detail: 'it took 812 ms' };
const LOSSY: Degraded = { code: 'loss', limit: 20, detail: '3 of 10 handshakes were lost' };
const expires = (limit: number): Degraded => ({ code: 'certificate', limit, detail: `${limit} days left` });

/** Healthy for three minutes, then as told until minute `minutes`. */
function played(finds: World['finds'], minutes = 6, monitors: object[] = [{}], locations = 6): World {
  const world = new World(locations, monitors);
  world.play(T0 + 3 * MINUTE);
  world.finds = finds;
  world.play(T0 + minutes * MINUTE);
  return world;
}
const monitorOf = (world: World, number = 1): MonitorState => world.state.monitors.get(number)!;
const told = (world: World): string[] =>
  world.notifications.map(({ event, monitor }) => `${event} ${monitor}`);
const why = (world: World, monitor = 1): string => explain(world.state, monitor, world.now).why;

describe('a location', () => {
  const run = (
    status: LocationStatus,
    saw: Saw,
    degraded: readonly Degraded[] = [],
    parts = {},
  ): LocationStatus => {
    const startedAt = (status.lastCheckedAt ?? 0) + 10_000;
    const observation = { location: 1, startedAt, outcome: saw, timings: {} };
    return recordObservation(
      status,
      degraded.length > 0 ? { ...observation, degraded } : observation,
      policy(parts),
    );
  };
  const healthy = (): LocationStatus => run(new World(1).state.monitors.get(1)!.byLocation.get(1)!, 'ok');
  const runs = (steps: readonly (readonly Degraded[] | Saw)[], parts = {}): LocationStatus =>
    steps.reduce<LocationStatus>(
      (status, step) =>
        typeof step === 'string' ? run(status, step, [], parts) : run(status, 'ok', step, parts),
      healthy(),
    );
  const warns = (...args: Parameters<typeof runs>): boolean =>
    runs(...args).warnings?.degraded?.active ?? false;

  test('warns after `failures` ok looks in a row that carry it', () => {
    expect(runs(['ok', 'ok']).warnings).toBeNull();
    expect([warns([[SLOW]]), warns([[SLOW], [SLOW]])]).toEqual([false, true]);
    expect(warns([[SLOW], 'ok', [SLOW]])).toBe(false);
    expect(warns([[SLOW], [SLOW]], { failures: 3 })).toBe(false);
    expect(warns([[SLOW]], { failures: 1 })).toBe(true);
  });

  test('stops after `recoveries` ok looks in a row without it, and knows nothing of it then', () => {
    expect(warns([[SLOW], [SLOW], 'ok'])).toBe(true);
    expect(warns([[SLOW], [SLOW], 'ok', [SLOW], 'ok'])).toBe(true);
    expect(runs([[SLOW], [SLOW], 'ok', 'ok']).warnings).toBeNull();
    expect(warns([[SLOW], [SLOW], 'ok', 'ok'], { recoveries: 3 })).toBe(true);
    expect(runs([[SLOW], 'ok']).warnings).toBeNull();
  });

  test('neither begins nor stops because of looks that failed or measured nothing', () => {
    expect(warns([[SLOW], 'failed', 'unmeasured', [SLOW]])).toBe(true);
    expect(warns([[SLOW], [SLOW], 'failed', 'failed', 'unmeasured'])).toBe(true);
    expect(warns([[SLOW], [SLOW], 'ok', 'failed', 'failed', 'ok'])).toBe(false);
  });

  test('counts slow and lossy as one kind, and a certificate apart from them', () => {
    const both = runs([[SLOW], [LOSSY], [expires(14)]]).warnings;
    expect(both?.degraded).toEqual({ active: true, streak: 1, code: 'loss', limit: 20 });
    expect(both?.certificate).toEqual({ active: false, streak: 1, code: 'certificate', limit: 14 });
    expect(runs([[SLOW, expires(14), expires(7)]]).warnings?.certificate?.limit).toBe(7);
    expect(runs([[LOSSY, SLOW]]).warnings?.degraded?.code).toBe('loss');
  });

  test('does not count looks that are too close together', () => {
    const close = { location: 1, outcome: 'ok', timings: {}, degraded: [SLOW] } as const;
    const once = runs([[SLOW]]);
    const again = recordObservation(once, { ...close, startedAt: once.lastMeasuredAt! + 4_999 }, policy());
    expect(again.warnings).toEqual(once.warnings);
  });

  test('is not pending, changes no vote and starts no fan-out', () => {
    const world = new World(6);
    world.play(T0 + 3 * MINUTE);
    const before = world.runs;
    world.finds = () => [SLOW, expires(7)];
    world.play(T0 + 5 * MINUTE);
    expect(world.runs - before).toBe(12);
    expect(monitorOf(world)).toMatchObject({ verdict: 'up', round: null, incident: null });
    expect([...monitorOf(world).byLocation.values()].every(({ vote }) => vote === 'passing')).toBe(true);
  });
});

describe('a quorum', () => {
  test.each([
    [3, []],
    [4, ['monitor.degraded 1']],
    [6, ['monitor.degraded 1']],
  ])('of the policy decides: where %i of six find it slow, told is %j', (slow, notifications) => {
    expect(told(played((location) => (location <= slow ? [SLOW] : [])))).toEqual(notifications);
  });

  test('is never one alone of several, and is the one location where there is no other', () => {
    const one: World['finds'] = (location) => (location === 1 ? [SLOW] : []);
    expect(told(played(one, 8, [{ quorum: 'any' }]))).toEqual([]);
    expect(told(played(one, 8, [{ quorum: 1 }], 2))).toEqual([]);
    expect(told(played(one, 8, [{}], 1))).toEqual(['monitor.degraded 1']);
  });

  test('counts voters only: locations of which nothing is heard neither warn nor are needed', () => {
    const world = played((location) => (location <= 3 ? [SLOW] : []));
    expect(told(world)).toEqual([]);
    world.sees = (location) => (location > 4 ? 'unmeasured' : 'ok');
    world.play(T0 + 12 * MINUTE);
    expect(told(world)).toEqual(['monitor.degraded 1']);
    expect(world.notifications[0]).toMatchObject({
      quorum: { required: 3, abstaining: 1 },
      scope: [1, 2, 3],
    });
  });

  test('that is too small to know raises nothing and ends nothing', () => {
    const world = played(() => [SLOW]);
    const { warnings } = monitorOf(world);
    world.sees = (location) => (location > 2 ? 'unmeasured' : 'ok');
    world.play(T0 + 10 * MINUTE);
    world.finds = () => [];
    world.play(T0 + 13 * MINUTE);
    expect(currentVerdict(world.state, 1, world.now)).toBe('no_data');
    expect(monitorOf(world).warnings).toEqual(warnings);
  });

  test('that still holds is told once, and told again after it was gone for 20 intervals', () => {
    const world = played(() => [SLOW], 15);
    expect(told(world)).toEqual(['monitor.degraded 1']);
    const ends = (after: number): void => {
      world.finds = () => [];
      world.play(world.now + after * MINUTE);
      expect([
        explain(world.state, 1, world.now).warnings,
        monitorOf(world).warnings?.degraded?.endedAt,
      ]).toEqual([[], after < 20 ? expect.any(Number) : undefined]);
      world.finds = () => [LOSSY];
      world.play(world.now + 5 * MINUTE);
      expect(explain(world.state, 1, world.now).warnings).toMatchObject([
        { kind: 'degraded', notified: true },
      ]);
    };
    ends(19);
    expect(told(world)).toEqual(['monitor.degraded 1']);
    ends(19);
    expect(told(world)).toEqual(['monitor.degraded 1']);
    ends(23);
    expect(told(world)).toEqual(['monitor.degraded 1', 'monitor.degraded 1']);
    expect(new Set(world.notifications.map(({ id }) => id)).size).toBe(2);
  });

  test('that comes and goes all day is told once, and of a certificate once for every lower limit', () => {
    const world = played(
      (_, at) => (Math.floor(at / (3 * MINUTE)) % 2 === 0 ? [SLOW, expires(14)] : []),
      180,
    );
    expect(told(world)).toEqual(['monitor.degraded 1', 'monitor.certificate 1']);
    world.finds = (_, at) => (Math.floor(at / (3 * MINUTE)) % 2 === 0 ? [expires(7)] : []);
    world.play(T0 + 300 * MINUTE);
    expect(told(world)).toEqual(['monitor.degraded 1', 'monitor.certificate 1', 'monitor.certificate 1']);
  });

  test('that ended before anybody was told is not remembered', () => {
    const world = new World(6);
    world.play(T0 + 3 * MINUTE);
    world.window('silence', 3 * MINUTE, 10 * MINUTE);
    world.finds = (_, at) => (at < T0 + 6 * MINUTE ? [SLOW] : []);
    world.play(T0 + 9 * MINUTE);
    expect(monitorOf(world).warnings).toBeNull();
  });
});

describe('the notification', () => {
  test('has no incident, the votes, who warns and what each of them saw', () => {
    const [notification] = played((location) => (location <= 4 ? [SLOW] : [])).notifications;
    expect(notification).toMatchObject({
      ...{ event: 'monitor.degraded', monitor: 1, verdict: 'up', incident: null, scope: [1, 2, 3, 4] },
      quorum: { policy: 'majority', required: 4, failing: 0, passing: 6, abstaining: 0 },
    });
    expect(notification!.startedAt).toBe(notification!.at);
    const observation = notification!.evidence.map(
      ({ observation: one }) => one?.degraded?.[0]?.detail ?? null,
    );
    expect(observation.filter((detail) => detail === SLOW.detail)).toHaveLength(4);
  });

  test('of a certificate comes once for every lower limit that enough locations see, and for no higher one', () => {
    let limit = 14;
    const world = played(() => [expires(limit)]);
    const then = (next: number, minutes: number): string[] => {
      limit = next;
      world.play(world.now + minutes * MINUTE);
      return told(world);
    };
    expect(told(world)).toEqual(['monitor.certificate 1']);
    expect(then(7, 3)).toHaveLength(2);
    expect(then(14, 3)).toHaveLength(2);
    expect(then(7, 3)).toHaveLength(2);
    expect(then(3, 3)).toHaveLength(3);
    world.finds = () => [];
    world.play(world.now + 25 * MINUTE);
    world.finds = () => [expires(14)];
    world.play(world.now + 5 * MINUTE);
    expect(told(world)).toHaveLength(4);
  });

  test('of a certificate needs the quorum for each limit', () => {
    const world = played((location) => [expires(location <= 3 ? 7 : 14)]);
    expect(monitorOf(world).warnings?.certificate).toMatchObject({ limit: 14, notifiedLimit: 14 });
    world.finds = (location) => [expires(location <= 4 ? 7 : 14)];
    world.play(world.now + 3 * MINUTE);
    expect(told(world)).toEqual(['monitor.certificate 1', 'monitor.certificate 1']);
    expect(monitorOf(world).warnings?.certificate).toMatchObject({ limit: 7, notifiedLimit: 7 });
  });

  test('of both kinds comes as two, in this order', () => {
    expect(told(played(() => [expires(7), SLOW]))).toEqual(['monitor.degraded 1', 'monitor.certificate 1']);
  });
});

describe('what is withheld', () => {
  test.each(['maintenance', 'silence'] as const)('in a %s is told at its end, if it still holds', (kind) => {
    const world = new World(6);
    world.play(T0 + 3 * MINUTE);
    world.window(kind, 3 * MINUTE, 10 * MINUTE);
    world.finds = () => [SLOW];
    world.play(T0 + 10 * MINUTE - 1);
    expect(told(world)).toEqual([]);
    world.play(T0 + 10 * MINUTE + 1_000);
    expect(told(world)).toEqual(['monitor.degraded 1']);
    expect(world.notifications[0]!.at).toBe(T0 + 10 * MINUTE);
    expect(world.notifications[0]!.startedAt).toBeLessThan(T0 + 6 * MINUTE);
  });

  test('in a maintenance and over before its end is never told', () => {
    const world = new World(6);
    world.play(T0 + 3 * MINUTE);
    world.window('maintenance', 3 * MINUTE, 10 * MINUTE);
    world.finds = (_, at) => (at < T0 + 6 * MINUTE ? [SLOW] : []);
    world.play(T0 + 12 * MINUTE);
    expect(told(world)).toEqual([]);
  });

  test('while it is down is told after the end, if it still holds', () => {
    const world = played((_, at) => (at > T0 + 3 * MINUTE + 50_000 ? [SLOW] : []), 4);
    world.sees = () => 'failed';
    world.play(T0 + 7 * MINUTE);
    world.sees = () => 'ok';
    world.play(T0 + 12 * MINUTE);
    expect(told(world)).toEqual(['incident.opened 1', 'incident.resolved 1', 'monitor.degraded 1']);
  });

  test('while a parent is down is told once that is back', () => {
    const world = played(() => [], 4, [{}, { dependsOn: [1] }]);
    world.sees = (_, __, monitor) => (monitor === 1 ? 'failed' : 'ok');
    world.finds = (_, __, monitor) => (monitor === 2 ? [SLOW] : []);
    world.play(T0 + 9 * MINUTE);
    expect(told(world)).toEqual(['incident.opened 1']);
    world.sees = () => 'ok';
    world.play(T0 + 11 * MINUTE);
    expect(told(world)).toEqual(['incident.opened 1', 'incident.resolved 1', 'monitor.degraded 2']);
  });

  test('while it flaps is told once it has settled', () => {
    const world = played(() => [], 4);
    world.sees = (_, at) => (Math.floor((at - T0) / (2 * MINUTE)) % 2 ? 'failed' : 'ok');
    world.play(T0 + 30 * MINUTE);
    expect(monitorOf(world).flapping).not.toBeNull();
    world.sees = () => 'ok';
    world.finds = () => [SLOW];
    world.play(T0 + 38 * MINUTE);
    expect([monitorOf(world).flapping !== null, monitorOf(world).verdict]).toEqual([true, 'up']);
    expect(told(world)).not.toContain('monitor.degraded 1');
    world.play(T0 + 70 * MINUTE);
    expect(told(world).slice(-2)).toEqual(['monitor.flapping_ended 1', 'monitor.degraded 1']);
  });
});

describe('what people change', () => {
  const change = (world: World, type: 'monitor' | 'monitor.target_changed', parts: object): void =>
    world.apply({
      ...{ kind: 'change' as const, at: Math.max(world.now, world.state.at + 1) },
      changes: [{ type, number: 1, policy: policy(parts) }],
    });

  test.each([
    ['pausing', 'monitor', { paused: true }],
    ['another target', 'monitor.target_changed', {}],
  ] as const)('%s forgets the warnings, of locations too', (_, type, parts) => {
    const world = played(() => [SLOW]);
    change(world, type, parts);
    expect(monitorOf(world).warnings).toBeNull();
    expect([...monitorOf(world).byLocation.values()].every(({ warnings }) => warnings === null)).toBe(true);
  });

  test('another policy keeps them, and decides anew who has to agree', () => {
    const world = played((location) => (location <= 4 ? [SLOW] : []));
    change(world, 'monitor', { quorum: 'all' });
    expect(explain(world.state, 1, world.now).warnings).toEqual([]);
    change(world, 'monitor', { quorum: 2 });
    expect(explain(world.state, 1, world.now).warnings).toMatchObject([{ kind: 'degraded', notified: true }]);
    expect(told(world)).toEqual(['monitor.degraded 1']);
  });
});

describe('the explanation', () => {
  test('says how many warn of what, and how many must', () => {
    expect(why(played((location) => (location <= 2 ? [SLOW] : [])))).toBe(
      '4 of 6 locations must fail twice in a row; none does. 2 of 6 locations find it slow (over 500 ms), 4 must.',
    );
    const both = played((location) => (location === 1 ? [LOSSY, expires(14)] : location === 2 ? [SLOW] : []));
    expect(why(both)).toContain(
      '2 of 6 locations find it lossy (over 20 %) and slow (over 500 ms), 4 must. ' +
        '1 of 6 locations sees its certificate expire within 14 days, 4 must.',
    );
    expect(why(played((location) => (location === 1 ? [SLOW] : [])))).toContain(
      '1 of 6 locations finds it slow',
    );
  });

  test('shows each location’s warnings and looks, and what is raised', () => {
    const world = played((location) => (location <= 4 ? [SLOW] : []));
    const { warnings, locations } = explain(world.state, 1, world.now);
    expect(warnings).toEqual([{ kind: 'degraded', since: world.notifications[0]!.at, notified: true }]);
    expect(locations.map(({ warnings }) => warnings.join())).toEqual([...Array(4).fill('degraded'), '', '']);
    expect(locations[0]!.lastResult).toMatchObject({ outcome: 'ok', degraded: [SLOW] });
  });
});
