import { describe, expect, test } from 'vitest';
import { type Activity, newestMeasuredAt, nextActivity } from '../../../src/engine/model/activity.ts';
import type { State } from '../../../src/engine/model/state.ts';
import { change, healthy } from '../../support/engine/entries.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const MINUTE = 60_000;

/** Applies changes and keeps the activity, as commits do. */
class Mesh {
  readonly world: World;
  activity: Activity | null = null;

  constructor(world: World) {
    this.world = world;
  }

  set(changes: Partial<ReturnType<typeof policy>>, at: number): Activity | null {
    const before: State = this.world.state;
    change(this.world, [{ type: 'monitor', number: 1, policy: policy(changes) }], at - this.world.now);
    this.world.now = at;
    this.activity = nextActivity(this.activity, before, this.world.state) ?? this.activity;
    return this.activity;
  }
}

describe('the start of ages', () => {
  test('ages count from the first active monitor', () => {
    const mesh = new Mesh(new World(3, []));
    expect(mesh.set({}, T0 + 5 * MINUTE)).toEqual({
      activeSince: T0 + 5 * MINUTE,
      measuringSince: T0 + 5 * MINUTE,
      idleSince: null,
      idleAgeMs: 0,
    });
  });

  test('a paused monitor does not make a mesh active', () => {
    expect(new Mesh(new World(3, [])).set({ paused: true }, T0)).toBeNull();
  });

  test('after a long pause ages count from the resume', () => {
    const mesh = new Mesh(new World(3, []));
    mesh.set({}, T0);
    mesh.set({ paused: true }, T0 + MINUTE);
    expect(mesh.activity?.idleSince).toBe(T0 + MINUTE);
    expect(mesh.set({}, T0 + 60 * MINUTE)?.activeSince).toBe(T0 + 60 * MINUTE);
  });

  test('a short pause does not reset an age, and does not add to it', () => {
    const mesh = new Mesh(new World(3, []));
    mesh.set({}, T0);
    mesh.set({ paused: true }, T0 + 2 * MINUTE);
    // Two minutes old when paused: two minutes old when resumed.
    expect(mesh.set({}, T0 + 3 * MINUTE)?.measuringSince).toBe(T0 + MINUTE);
  });

  test('pausing and resuming every minute lets the age grow by the active half of the time', () => {
    const mesh = new Mesh(new World(3, []));
    mesh.set({}, T0);
    for (let minute = 1; minute <= 10; minute += 1)
      mesh.set({ paused: minute % 2 === 1 }, T0 + minute * MINUTE);
    expect(T0 + 10 * MINUTE - mesh.activity!.activeSince).toBe(5 * MINUTE);
  });

  test('an unchanged interval changes nothing, whatever else changes', () => {
    const mesh = new Mesh(new World(3, []));
    const first = mesh.set({}, T0);
    for (let minute = 1; minute < 10; minute += 1)
      expect(mesh.set({ failures: minute }, T0 + minute * MINUTE)).toEqual(first);
  });

  test('a shorter interval gives its own limit, counted from the change', () => {
    const mesh = new Mesh(new World(3, []));
    mesh.set({ intervalMs: 60 * MINUTE }, T0);
    const { measuringSince, activeSince } = mesh.set({}, T0 + 100 * MINUTE)!;
    expect([measuringSince, activeSince]).toEqual([T0 + 100 * MINUTE, T0]);
  });

  test('a shorter interval never gives more time than the longer one left', () => {
    const mesh = new Mesh(new World(3, []));
    mesh.set({ intervalMs: 2 * MINUTE }, T0);
    // The limit of 2 min intervals is 6 min: one minute is left, of the 3 min that the new limit is.
    expect(mesh.set({}, T0 + 5 * MINUTE)?.measuringSince).toBe(T0 + 3 * MINUTE);
  });
});

test('a measurement that is dated in the future proves nothing', () => {
  const { state } = healthy(3);
  const newest = newestMeasuredAt(state, T0 + 180_000)!;
  expect(newest).toBeGreaterThan(T0);
  expect(newestMeasuredAt(state, newest - 60_000)).not.toBeNull();
  expect(newestMeasuredAt(state, T0 - 60_000)).toBeNull();
});
