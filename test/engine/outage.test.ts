// One outage as the engine lives through it, in virtual time.
import { describe, expect, test } from 'vitest';
import { replay } from '../../src/engine/apply.ts';
import { emptyState } from '../../src/engine/model/state.ts';
import { T0, World } from '../support/engine/world.ts';

const MINUTE = 60_000;

describe('an outage at six locations', () => {
  test('an outage opens once within 20 s and resolves once within 25 s, with true times', () => {
    const world = new World(6);
    world.play(T0 + 5 * MINUTE);
    expect(world.verdict()).toBe('up');
    const onset = T0 + 5 * MINUTE + 3_000;
    const end = T0 + 9 * MINUTE;
    world.sees = (_, at) => (at >= onset && at < end ? 'failed' : 'ok');
    world.play(T0 + 15 * MINUTE);

    expect(world.events()).toEqual(['incident.opened', 'incident.resolved']);
    const [opened, resolved] = world.notifications;
    expect(opened!.at - onset).toBeLessThanOrEqual(20_000);
    expect(opened!.startedAt - onset).toBeGreaterThanOrEqual(0);
    expect(opened!.startedAt - onset).toBeLessThanOrEqual(10_000);
    expect(opened!.quorum).toEqual({
      policy: 'majority',
      required: 4,
      failing: 6,
      passing: 0,
      abstaining: 0,
    });
    expect(opened!.evidence.filter((one) => one.vote === 'failing' && one.streak >= 2)).toHaveLength(6);
    expect(resolved!.at - end).toBeLessThanOrEqual(25_000);
    expect(resolved!.incident!.id).toBe(opened!.incident!.id);
    expect(resolved!.incident!.resolvedAt! - end).toBeLessThanOrEqual(10_000);
    expect(resolved!.incident!.resolvedAt! - end).toBeGreaterThanOrEqual(0);
  });

  test('a full outage is never partial first', () => {
    for (let shift = 0; shift < MINUTE; shift += 1_700) {
      const world = new World(6);
      world.play(T0 + 3 * MINUTE);
      world.sees = (_, at) => (at >= T0 + 3 * MINUTE + shift ? 'failed' : 'ok');
      world.play(T0 + 6 * MINUTE);
      expect(world.events(), `onset after ${shift} ms`).toEqual(['incident.opened']);
    }
  });

  test('replaying the journal gives the state exactly', () => {
    const world = new World(6, [{}, { intervalMs: 30_000 }, { failures: 4 }]);
    world.sees = (location, at, monitor) =>
      (Math.imul(location * 7 + monitor * 13 + Math.floor(at / 40_000), 2_654_435_761) >>> 0) % 5 < 3
        ? 'failed'
        : 'ok';
    world.play(T0 + 20 * MINUTE);
    expect(world.notifications.length).toBeGreaterThan(0);
    expect(replay(emptyState, world.entries)).toEqual(world.state);
  });
});

describe('what is not an outage', () => {
  test('one failing location of six opens nothing', () => {
    const world = new World(6);
    world.sees = (location) => (location === 3 ? 'failed' : 'ok');
    world.play(T0 + 30 * MINUTE);
    expect(world.events()).toEqual([]);
    expect(world.verdict()).toBe('up');
  });

  test('two failing locations of six are partial with their scope until they recover', () => {
    const world = new World(6);
    world.play(T0 + 2 * MINUTE);
    world.sees = (location, at) => (location <= 2 && at < T0 + 10 * MINUTE ? 'failed' : 'ok');
    world.play(T0 + 20 * MINUTE);
    expect(world.events()).toEqual(['incident.partial', 'incident.partial_resolved']);
    expect(world.notifications[0]!.scope).toEqual([1, 2]);
  });

  test('a regional problem that becomes an outage is the same incident, upgraded', () => {
    const world = new World(6);
    world.play(T0 + 2 * MINUTE);
    world.sees = (location, at) => (location <= 2 || at >= T0 + 10 * MINUTE ? 'failed' : 'ok');
    world.play(T0 + 12 * MINUTE);
    expect(world.events()).toEqual(['incident.partial', 'incident.opened']);
    expect(world.notifications[1]!.incident!.id).toBe(world.notifications[0]!.incident!.id);
    expect(world.notifications[1]!.startedAt).toBeGreaterThanOrEqual(T0 + 10 * MINUTE);
  });

  test.each([1, 2, 3])(
    '%i locations that measure nothing open nothing while the target is healthy',
    (lost) => {
      const world = new World(6);
      world.play(T0 + 2 * MINUTE);
      world.sees = (location) => (location <= lost ? 'unmeasured' : 'ok');
      world.play(T0 + 30 * MINUTE);
      expect(world.events().filter((kind) => kind !== 'monitor.no_data')).toEqual([]);
      if (lost < 3) expect(world.verdict()).toBe('up');
    },
  );

  test('four unmeasured locations of six are no data, never an outage', () => {
    const world = new World(6);
    world.play(T0 + 2 * MINUTE);
    world.sees = (location, at) => (location <= 4 && at < T0 + 20 * MINUTE ? 'unmeasured' : 'ok');
    world.play(T0 + 19 * MINUTE);
    expect(world.verdict()).toBe('no_data');
    expect(world.events()).toEqual(['monitor.no_data']);
    world.play(T0 + 23 * MINUTE);
    expect(world.verdict()).toBe('up');
    expect(world.events()).toEqual(['monitor.no_data', 'monitor.no_data_resolved']);
  });

  test('an outage that goes on without data is neither resolved nor opened again', () => {
    const world = new World(6);
    world.sees = () => 'failed';
    world.play(T0 + 3 * MINUTE);
    expect(world.events()).toEqual(['incident.opened']);
    world.sees = () => 'unmeasured';
    world.play(T0 + 8 * MINUTE);
    expect(world.verdict()).toBe('no_data');
    world.sees = () => 'failed';
    world.play(T0 + 12 * MINUTE);
    expect(world.events().filter((kind) => !kind.startsWith('monitor.no_data'))).toEqual(['incident.opened']);
    expect(world.verdict()).toBe('down');
  });
});

describe('late and contradicting results', () => {
  test('a location that missed the outage does not make it end before it began', () => {
    const world = new World(3, [{ intervalMs: 30_000 }]);
    world.play(T0 + 2 * MINUTE);
    const onset = T0 + 2 * MINUTE;
    const end = onset + 40_000;
    world.sees = (location, at) => {
      if (location === 2 && at >= onset && at < end) return 'unmeasured';
      return at >= onset && at < end ? 'failed' : 'ok';
    };
    world.play(T0 + 6 * MINUTE);
    const incidents = world.notifications.filter(({ event }) => event === 'incident.resolved');
    expect(incidents).toHaveLength(1);
    const { startedAt, resolvedAt } = incidents[0]!.incident!;
    expect(resolvedAt! - startedAt).toBeGreaterThanOrEqual(25_000);
    expect(resolvedAt! - startedAt).toBeLessThanOrEqual(50_000);
  });

  test('a failing vote with a newer success does not open a regional problem', () => {
    const world = new World(6);
    world.play(T0 + 2 * MINUTE);
    for (const step of [0, 10_000]) world.report(1, 'failed', world.now + step);
    world.report(1, 'ok', world.now + 20_000);
    world.report(1, 'failed', world.now + 30_000);
    for (const step of [40_000, 50_000]) world.report(2, 'failed', world.now + step);
    for (const location of [3, 4, 5, 6]) world.report(location, 'ok', world.now + 50_001);
    expect(world.state.monitors.get(1)!.byLocation.get(1)).toMatchObject({
      vote: 'failing',
      streakOf: 'failed',
      streak: 1,
    });
    expect(world.events()).toEqual([]);
  });
});

describe('small meshes', () => {
  test('the only location decides alone, after its failures in a row', () => {
    const world = new World(1);
    world.play(T0 + 2 * MINUTE);
    world.sees = (_, at) => (at < T0 + 5 * MINUTE ? 'failed' : 'ok');
    world.play(T0 + 8 * MINUTE);
    expect(world.events()).toEqual(['incident.opened', 'incident.resolved']);
    expect(world.notifications[0]!.evidence[0]!.streak).toBe(2);
  });

  test('both of two locations must fail, whatever the quorum', () => {
    const world = new World(2, [{ quorum: 'any' }]);
    world.sees = (location) => (location === 1 ? 'failed' : 'ok');
    world.play(T0 + 10 * MINUTE);
    expect(world.events()).toEqual([]);
  });
});

describe('changes during an incident', () => {
  const down = () => {
    const world = new World(6);
    world.sees = () => 'failed';
    world.play(T0 + 3 * MINUTE);
    expect(world.events()).toEqual(['incident.opened']);
    return world;
  };

  test('deleting the monitor resolves its incident with that reason', () => {
    const world = down();
    world.apply({ kind: 'change', at: world.now + 1, changes: [{ type: 'monitor.deleted', number: 1 }] });
    expect(world.events()).toEqual(['incident.opened', 'incident.resolved']);
    expect(world.notifications[1]!.incident!.reason).toBe('deleted');
    expect(world.state.monitors.size).toBe(0);
    expect(world.state.nextMonitor).toBe(2);
  });

  test('pausing resolves the incident with that reason and stops every check', () => {
    const world = down();
    const policy = { ...world.state.monitors.get(1)!.policy, paused: true };
    world.apply({ kind: 'change', at: world.now + 1, changes: [{ type: 'monitor', number: 1, policy }] });
    expect(world.notifications.at(-1)!.incident!.reason).toBe('paused');
    const before = world.runs;
    world.play(T0 + 10 * MINUTE);
    expect(world.runs).toBe(before);
  });
});
