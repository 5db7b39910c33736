// Warnings: the streak of a location, the quorum that agrees, and when a notification is sent, once.
import { describe, expect, test } from 'vitest';
import type { Degraded } from '../../../probes/contract/index.ts';
import { explain } from '../../../src/engine/explain/explain.ts';
import { currentVerdict } from '../../../src/engine/explain/public-status.ts';
import type { MonitorState } from '../../../src/engine/model/state.ts';
import { monitorOf } from '../../support/engine/entries.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const MINUTE = 60_000;
const SLOW: Degraded = { code: 'latency', limit: 500, detail: 'it took 812 ms' };
const LOSSY: Degraded = { code: 'loss', limit: 20, detail: '3 of 10 handshakes were lost' };
const expires = (limit: number): Degraded => ({ code: 'certificate', limit, detail: `${limit} days left` });

/** Healthy for three minutes, then as given until minute `minutes`. */
function played(finds: World['finds'], minutes = 6, monitors: object[] = [{}], locations = 6): World {
  const world = new World(locations, monitors);
  world.play(T0 + 3 * MINUTE);
  world.finds = finds;
  world.play(T0 + minutes * MINUTE);
  return world;
}
const sent = (world: World): string[] =>
  world.notifications.map(({ event, monitor }) => `${event} ${monitor}`);
const why = (world: World, monitor = 1): string => explain(world.state, monitor, world.now).why;

describe('the quorum of warnings', () => {
  test.each([
    [3, []],
    [4, ['monitor.degraded 1']],
    [6, ['monitor.degraded 1']],
  ])('if %i of six locations find a monitor slow, the notifications are %j', (slow, notifications) => {
    expect(sent(played((location) => (location <= slow ? [SLOW] : [])))).toEqual(notifications);
  });

  test('one location of several raises no warning, the only location does', () => {
    const one: World['finds'] = (location) => (location === 1 ? [SLOW] : []);
    expect(sent(played(one, 8, [{ quorum: 'any' }]))).toEqual([]);
    expect(sent(played(one, 8, [{ quorum: 1 }], 2))).toEqual([]);
    expect(sent(played(one, 8, [{}], 1))).toEqual(['monitor.degraded 1']);
  });

  test('only voters count for the quorum of a warning', () => {
    const world = played((location) => (location <= 3 ? [SLOW] : []));
    expect(sent(world)).toEqual([]);
    world.sees = (location) => (location > 4 ? 'unmeasured' : 'ok');
    world.play(T0 + 12 * MINUTE);
    expect(sent(world)).toEqual(['monitor.degraded 1']);
    expect(world.notifications[0]).toMatchObject({
      quorum: { required: 3, abstaining: 1 },
      scope: [1, 2, 3],
    });
  });

  test('too few voters neither raise nor end a warning', () => {
    const world = played(() => [SLOW]);
    const { warnings } = monitorOf(world);
    world.sees = (location) => (location > 2 ? 'unmeasured' : 'ok');
    world.play(T0 + 10 * MINUTE);
    world.finds = () => [];
    world.play(T0 + 13 * MINUTE);
    expect(currentVerdict(world.state, 1, world.now)).toBe('no_data');
    expect(monitorOf(world).warnings).toEqual(warnings);
  });

  test('a warning is sent once, and again only after it was gone for 20 intervals', () => {
    const world = played(() => [SLOW], 15);
    expect(sent(world)).toEqual(['monitor.degraded 1']);
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
    expect(sent(world)).toEqual(['monitor.degraded 1']);
    ends(19);
    expect(sent(world)).toEqual(['monitor.degraded 1']);
    ends(23);
    expect(sent(world)).toEqual(['monitor.degraded 1', 'monitor.degraded 1']);
    expect(new Set(world.notifications.map(({ id }) => id)).size).toBe(2);
  });

  test('a warning that comes and goes all day is sent once, and a certificate once for every lower limit', () => {
    const world = played(
      (_, at) => (Math.floor(at / (3 * MINUTE)) % 2 === 0 ? [SLOW, expires(14)] : []),
      180,
    );
    expect(sent(world)).toEqual(['monitor.degraded 1', 'monitor.certificate 1']);
    world.finds = (_, at) => (Math.floor(at / (3 * MINUTE)) % 2 === 0 ? [expires(7)] : []);
    world.play(T0 + 300 * MINUTE);
    expect(sent(world)).toEqual(['monitor.degraded 1', 'monitor.certificate 1', 'monitor.certificate 1']);
  });

  test('a warning that ended before it was sent is dropped', () => {
    const world = new World(6);
    world.play(T0 + 3 * MINUTE);
    world.window('silence', 3 * MINUTE, 10 * MINUTE);
    world.finds = (_, at) => (at < T0 + 6 * MINUTE ? [SLOW] : []);
    world.play(T0 + 9 * MINUTE);
    expect(monitorOf(world).warnings).toBeNull();
  });
});

describe('notifications about warnings', () => {
  test('the notification of a warning has the votes, its scope and its evidence, and no incident', () => {
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

  test('a certificate is sent once for every lower limit, and for no higher one', () => {
    let limit = 14;
    const world = played(() => [expires(limit)]);
    const then = (next: number, minutes: number): string[] => {
      limit = next;
      world.play(world.now + minutes * MINUTE);
      return sent(world);
    };
    expect(sent(world)).toEqual(['monitor.certificate 1']);
    expect(then(7, 3)).toHaveLength(2);
    expect(then(14, 3)).toHaveLength(2);
    expect(then(7, 3)).toHaveLength(2);
    expect(then(3, 3)).toHaveLength(3);
    world.finds = () => [];
    world.play(world.now + 25 * MINUTE);
    world.finds = () => [expires(14)];
    world.play(world.now + 5 * MINUTE);
    expect(sent(world)).toHaveLength(4);
  });

  test('each limit of a certificate needs the quorum', () => {
    const world = played((location) => [expires(location <= 3 ? 7 : 14)]);
    expect(monitorOf(world).warnings?.certificate).toMatchObject({ limit: 14, notifiedLimit: 14 });
    world.finds = (location) => [expires(location <= 4 ? 7 : 14)];
    world.play(world.now + 3 * MINUTE);
    expect(sent(world)).toEqual(['monitor.certificate 1', 'monitor.certificate 1']);
    expect(monitorOf(world).warnings?.certificate).toMatchObject({ limit: 7, notifiedLimit: 7 });
  });

  test('warnings of both kinds are two notifications, degraded first', () => {
    expect(sent(played(() => [expires(7), SLOW]))).toEqual(['monitor.degraded 1', 'monitor.certificate 1']);
  });
});

describe('suppressed warnings', () => {
  test.each(['maintenance', 'silence'] as const)(
    'a warning in a %s is sent at its end, if it still holds',
    (kind) => {
      const world = new World(6);
      world.play(T0 + 3 * MINUTE);
      world.window(kind, 3 * MINUTE, 10 * MINUTE);
      world.finds = () => [SLOW];
      world.play(T0 + 10 * MINUTE - 1);
      expect(sent(world)).toEqual([]);
      world.play(T0 + 10 * MINUTE + 1_000);
      expect(sent(world)).toEqual(['monitor.degraded 1']);
      expect(world.notifications[0]!.at).toBe(T0 + 10 * MINUTE);
      expect(world.notifications[0]!.startedAt).toBeLessThan(T0 + 6 * MINUTE);
    },
  );

  test('a warning that ends within a maintenance is never sent', () => {
    const world = new World(6);
    world.play(T0 + 3 * MINUTE);
    world.window('maintenance', 3 * MINUTE, 10 * MINUTE);
    world.finds = (_, at) => (at < T0 + 6 * MINUTE ? [SLOW] : []);
    world.play(T0 + 12 * MINUTE);
    expect(sent(world)).toEqual([]);
  });

  test('a warning during an outage is sent after its end, if it still holds', () => {
    const world = played((_, at) => (at > T0 + 3 * MINUTE + 50_000 ? [SLOW] : []), 4);
    world.sees = () => 'failed';
    world.play(T0 + 7 * MINUTE);
    world.sees = () => 'ok';
    world.play(T0 + 12 * MINUTE);
    expect(sent(world)).toEqual(['incident.opened 1', 'incident.resolved 1', 'monitor.degraded 1']);
  });

  test('a warning while a dependency is down is sent once that has recovered', () => {
    const world = played(() => [], 4, [{}, { dependsOn: [1] }]);
    world.sees = (_, __, monitor) => (monitor === 1 ? 'failed' : 'ok');
    world.finds = (_, __, monitor) => (monitor === 2 ? [SLOW] : []);
    world.play(T0 + 9 * MINUTE);
    expect(sent(world)).toEqual(['incident.opened 1']);
    world.sees = () => 'ok';
    world.play(T0 + 11 * MINUTE);
    expect(sent(world)).toEqual(['incident.opened 1', 'incident.resolved 1', 'monitor.degraded 2']);
  });

  test('a warning during flapping is sent after its end', () => {
    const world = played(() => [], 4);
    world.sees = (_, at) => (Math.floor((at - T0) / (2 * MINUTE)) % 2 ? 'failed' : 'ok');
    world.play(T0 + 30 * MINUTE);
    expect(monitorOf(world).flapping).not.toBeNull();
    world.sees = () => 'ok';
    world.finds = () => [SLOW];
    world.play(T0 + 38 * MINUTE);
    expect([monitorOf(world).flapping !== null, monitorOf(world).verdict]).toEqual([true, 'up']);
    expect(sent(world)).not.toContain('monitor.degraded 1');
    world.play(T0 + 70 * MINUTE);
    expect(sent(world).slice(-2)).toEqual(['monitor.flapping_ended 1', 'monitor.degraded 1']);
  });
});

describe('changes of the monitor', () => {
  const change = (world: World, type: 'monitor' | 'monitor.target_changed', parts: object): void =>
    world.apply({
      ...{ kind: 'change' as const, at: Math.max(world.now, world.state.at + 1) },
      changes: [{ type, number: 1, policy: policy(parts) }],
    });

  test.each([
    ['pausing', 'monitor', { paused: true }],
    ['another target', 'monitor.target_changed', {}],
  ] as const)('%s drops the warnings, those of locations too', (_, type, parts) => {
    const world = played(() => [SLOW]);
    change(world, type, parts);
    expect(monitorOf(world).warnings).toBeNull();
    expect([...monitorOf(world).byLocation.values()].every(({ warnings }) => warnings === null)).toBe(true);
  });

  test('another policy keeps the warnings and applies its own quorum', () => {
    const world = played((location) => (location <= 4 ? [SLOW] : []));
    change(world, 'monitor', { quorum: 'all' });
    expect(explain(world.state, 1, world.now).warnings).toEqual([]);
    change(world, 'monitor', { quorum: 2 });
    expect(explain(world.state, 1, world.now).warnings).toMatchObject([{ kind: 'degraded', notified: true }]);
    expect(sent(world)).toEqual(['monitor.degraded 1']);
  });
});

describe('explained warnings', () => {
  test('the explanation counts the locations that warn, and those that must', () => {
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

  test('the explanation has the reason for which a raised warning is not sent', () => {
    const world = played(() => [SLOW]);
    expect(why(world)).toMatch(
      / 6 of 6 locations find it slow \(over 500 ms\), 4 must\. That warning was sent\.$/,
    );
    const { warnings, byLocation } = monitorOf(world);
    const unsent = { certificate: null, degraded: { ...warnings!.degraded!, notifiedLimit: null } };
    const set = (parts: Partial<MonitorState>): void => {
      const monitor = { ...monitorOf(world), warnings: unsent, ...parts };
      world.state = { ...world.state, monitors: new Map([[1, monitor]]) };
    };
    set({});
    expect(why(world)).toMatch(/ 4 must\.$/);
    set({
      byLocation: new Map(
        [...byLocation].map(([location, status]) => [location, { ...status, noResponse: location > 3 }]),
      ),
    });
    expect(why(world)).toMatch(
      / 3 of 3 locations find .* 2 must\. That warning is sent once the monitor is up\.$/,
    );
  });

  test('the explanation lists the warnings of each location, and the raised ones', () => {
    const world = played((location) => (location <= 4 ? [SLOW] : []));
    const { warnings, locations } = explain(world.state, 1, world.now);
    expect(warnings).toEqual([{ kind: 'degraded', since: world.notifications[0]!.at, notified: true }]);
    expect(locations.map(({ warnings }) => warnings.join())).toEqual([...Array(4).fill('degraded'), '', '']);
    expect(locations[0]!.lastResult).toMatchObject({ outcome: 'ok', degraded: [SLOW] });
  });
});
