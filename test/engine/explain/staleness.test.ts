// A vote that a newer check did not confirm is shown as stale at once, with what that check's report says. It counts as before.
import { describe, expect, test } from 'vitest';
import { explain } from '../../../src/engine/explain/explain.ts';
import { countVotes } from '../../../src/engine/voting/quorum.ts';
import { T0, World } from '../../support/engine/world.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const ERROR = 'the function refused the job: the payload is larger than 6 MB';

function healthy(): World {
  const world = new World(6);
  world.play(T0 + 3 * MINUTE);
  return world;
}

/** A whole invocation failed: its runs have a reason and no detail of their own. */
function refuse(world: World, location: number, at = world.now + SECOND): void {
  world.apply({
    ...{ kind: 'report', at, location, askedAt: at - 1, answeredAt: at, error: ERROR, missedDeadline: false },
    observations: [
      {
        monitor: 1,
        startedAt: at - 1,
        outcome: 'unmeasured',
        reason: 'invoke_error',
        timings: {},
      },
    ],
  });
}

describe('an unmeasured run', () => {
  test('it carries the error of its invocation into explain, in a field and in words', () => {
    const world = healthy();
    refuse(world, 2);
    const { locations, why } = explain(world.state, 1, world.now + 2 * SECOND);
    expect(locations[1]!.lastResult).toMatchObject({ outcome: 'unmeasured', detail: ERROR });
    expect(why).toContain(`aws:test-2 measured nothing (invoke_error: ${ERROR}).`);
  });

  test('locations with the same error share a sentence', () => {
    const world = healthy();
    for (const location of [1, 2, 3, 4, 5, 6]) refuse(world, location, world.now + location * SECOND);
    const { why } = explain(world.state, 1, world.now + 10 * SECOND);
    expect(why.split(ERROR)).toHaveLength(2);
    expect(why).toContain(
      'aws:test-1, aws:test-2, aws:test-3, aws:test-4, aws:test-5, aws:test-6 measured nothing',
    );
  });

  test('a detail of its own is kept, and a measured run gets none', () => {
    const world = healthy();
    const at = world.now + SECOND;
    world.apply({
      ...{
        kind: 'report',
        at,
        location: 2,
        askedAt: at,
        answeredAt: at,
        error: ERROR,
        missedDeadline: false,
      },
      observations: [
        { monitor: 1, startedAt: at, outcome: 'unmeasured', reason: 'deadline', detail: 'own', timings: {} },
      ],
    });
    expect(explain(world.state, 1, at).locations[1]!.lastResult!.detail).toBe('own');
    world.report(2, 'ok', at + MINUTE);
    expect(explain(world.state, 1, at + MINUTE).locations[1]!.lastResult).not.toHaveProperty('detail');
  });
});

describe('a stale vote', () => {
  test('it is shown as stale at once if the newest check measured nothing, and counts until it expires', () => {
    const world = healthy();
    const before = explain(world.state, 1, world.now).locations[1]!;
    expect(before).toMatchObject({ vote: 'passing', stale: null, abstainReason: null });
    refuse(world, 2);
    const now = world.now + 2 * SECOND;
    const { locations, why, quorum } = explain(world.state, 1, now);
    expect(locations[1]).toMatchObject({ vote: 'passing', stale: 'unmeasured', abstainReason: null });
    expect(quorum).toMatchObject({ passing: 6, abstaining: 0 });
    const expiresAt = locations[1]!.voteExpiresAt!;
    expect(expiresAt).toBe(before.lastMeasuredAt! + 180 * SECOND);
    const time = new Date(expiresAt).toISOString().slice(11, 19);
    expect(why).toContain(
      `The vote of aws:test-2 is stale: the newest check measured nothing. It counts until ${time} UTC.`,
    );
    // The rule of abstention is unchanged.
    const abstains = (at: number) =>
      countVotes(world.state, world.state.monitors.get(1)!, at).abstaining.includes(2);
    expect([abstains(expiresAt), abstains(expiresAt + 1)]).toEqual([false, true]);
    expect(explain(world.state, 1, expiresAt + 1).why).not.toContain('The vote of aws:test-2 is stale');
  });

  test('it is shown as stale once its next check is overdue', () => {
    const world = healthy();
    const last = explain(world.state, 1, world.now).locations[0]!.lastCheckedAt!;
    const staleAt = (at: number) => explain(world.state, 1, at).locations[0]!.stale;
    // Due a minute later, and answered at most 8 s after that; a tick may be a slot late.
    expect([staleAt(last + 78 * SECOND), staleAt(last + 79 * SECOND)]).toEqual([null, 'overdue']);
    expect(explain(world.state, 1, last + 79 * SECOND).locations[0]!.abstainReason).toBeNull();
  });

  test('it is current again after a measurement', () => {
    const world = healthy();
    refuse(world, 2);
    world.report(2, 'ok', world.now + 20 * SECOND);
    expect(explain(world.state, 1, world.now + 21 * SECOND).locations[1]!.stale).toBeNull();
  });

  test('a healthy mesh, a paused monitor and a location without a vote show none', () => {
    const world = healthy();
    for (let second = 0; second < 120; second += 1) {
      world.play(world.now + SECOND);
      const { locations, why } = explain(world.state, 1, world.now);
      expect(locations.map(({ stale }) => stale)).toEqual(Array(6).fill(null));
      expect(why).not.toContain('stale');
    }
    const fresh = new World(2);
    expect(explain(fresh.state, 1, T0 + 10 * MINUTE).locations.map(({ stale }) => stale)).toEqual([
      null,
      null,
    ]);
    const policy = { ...world.state.monitors.get(1)!.policy, paused: true };
    world.apply({ kind: 'change', at: world.now + 1, changes: [{ type: 'monitor', number: 1, policy }] });
    expect(explain(world.state, 1, world.now + 10 * MINUTE).locations.map(({ stale }) => stale)).toEqual(
      Array(6).fill(null),
    );
  });
});
