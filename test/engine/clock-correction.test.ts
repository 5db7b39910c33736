// The correction of a state that a clock wrote which was ahead. The seed is printed: PROPERTY_SEED, PROPERTY_RUNS.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apply } from '../../src/engine/apply.ts';
import { correctClock, hasTimesAhead, isStateAhead } from '../../src/engine/clock-correction.ts';
import type { Entry } from '../../src/engine/model/journal.ts';
import { emptyState, type State } from '../../src/engine/model/state.ts';
import { activeWindow } from '../../src/engine/notifications/windows.ts';
import { plan } from '../../src/engine/schedule/schedule.ts';
import { decodeEntry, encodeEntry } from '../../src/store/journal/codec.ts';
import { decodeSnapshot, encodeSnapshot } from '../../src/store/snapshot/codec.ts';
import { heal, playWorld, worldArbitrary } from '../support/engine/random-world.ts';
import { seeded } from '../support/engine/seeded.ts';
import { T0, World } from '../support/engine/world.ts';

const numRuns = Number(process.env.PROPERTY_RUNS ?? 300);
const seed = Number(process.env.PROPERTY_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`property seed ${seed}, ${numRuns} runs each`);
const TIMEOUT_MS = 900_000;

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const aheadBy = fc.constantFrom(1, 6_000, 30_000, 59_000, 60_000, 61_000, 600_000, 6 * HOUR_MS, 5 * YEAR_MS);

const correction = (at: number): Entry => ({ kind: 'change', at, changes: [{ type: 'clock.corrected' }] });

/** Numbers above this are times: durations, counts and figures are far below. */
const EARLIEST_TIME = T0 / 2;

/** Every time of a value, with its path, at any depth: a field that is added later is found too. */
function* timesOf(value: unknown, path: string): Generator<readonly [path: string, time: number]> {
  if (typeof value === 'number') {
    if (value > EARLIEST_TIME) yield [path, value];
  } else if (value instanceof Map) {
    for (const [key, part] of value) yield* timesOf(part, `${path}.${key}`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) yield* timesOf(part, `${path}.${key}`);
  }
}

/** People plan windows. A round may wait for its pause. */
function* timesAfter(state: State, at: number): Generator<string> {
  const { windows: _, ...rest } = state;
  for (const [path, time] of timesOf(rest, 'state')) {
    const monitor = state.monitors.get(Number(/^state\.monitors\.(\d+)\.round\.startsAt$/.exec(path)?.[1]));
    const latest = monitor ? at + monitor.policy.confirmMs : at;
    if (time > latest) yield `${path} is ${time - at} ms after the correction`;
  }
}

/** The state with every time moved by up to `maxMs`, each by its own. */
function scatter<T>(value: T, random: () => number, maxMs: number): T {
  if (typeof value === 'number')
    return (value > EARLIEST_TIME ? value + Math.round((random() - 0.5) * 2 * maxMs) : value) as T;
  if (value instanceof Map)
    return new Map([...value].map(([key, part]) => [key, scatter(part, random, maxMs)])) as T;
  if (Array.isArray(value)) return value.map((part) => scatter(part, random, maxMs)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, scatter(part, random, maxMs)]),
  ) as T;
}

describe('in every world', () => {
  test(
    'no time of the state is after its correction, whatever times it had, except in windows and in the pause of a round',
    () => {
      let corrected = 0;
      fc.assert(
        fc.property(worldArbitrary, aheadBy, fc.nat(), (spec, ms, scatterSeed) => {
          const { state } = playWorld(spec);
          const scattered = scatter(state, seeded(scatterSeed), ms);
          for (const before of [state, scattered]) {
            const at = state.at - ms;
            if ([...timesAfter(before, at)].length > 0) corrected += 1;
            expect([...timesAfter(correctClock(before, at), at)]).toEqual([]);
            const { value } = apply(before, correction(at));
            expect([...timesAfter(value, at)]).toEqual([]);
            expect(value.at).toBe(at);
            expect(isStateAhead(value, at) || hasTimesAhead(value, at)).toBe(false);
          }
        }),
        { numRuns, seed },
      );
      expect(corrected).toBeGreaterThan(numRuns / 2);
    },
    TIMEOUT_MS,
  );

  test(
    'the correction notifies nothing but what a window or flapping suppressed, and a replay gives the same state',
    () =>
      fc.assert(
        fc.property(worldArbitrary, aheadBy, (spec, ms) => {
          const stored = playWorld(spec).entries.reduce(
            (state, entry) => apply(state, decodeEntry(encodeEntry(entry))).value,
            emptyState,
          );
          const entry = decodeEntry(encodeEntry(correction(stored.at - ms)));
          const applied = apply(stored, entry);
          // A window that was active for the wrong clock may not have begun, and the order of earlier outages is lost.
          const isHeldBack = (number: number): boolean =>
            activeWindow(stored, number, stored.at) !== null ||
            stored.monitors.get(number)!.flapping !== null;
          const sent = applied.notifications.filter((one) => !('monitor' in one && isHeldBack(one.monitor)));
          expect(sent).toEqual([]);
          expect(applied.changed).toBe(true);
          const snapshot = encodeSnapshot(applied.value);
          const fromSnapshot = apply(decodeSnapshot(encodeSnapshot(stored)), entry);
          expect(encodeSnapshot(fromSnapshot.value)).toBe(snapshot);
          expect(encodeSnapshot(decodeSnapshot(snapshot))).toBe(snapshot);
        }),
        { numRuns, seed },
      ),
    TIMEOUT_MS,
  );

  test(
    'after the correction every location of every monitor is checked again within an interval, and a healthy world is up',
    () =>
      fc.assert(
        fc.property(worldArbitrary, aheadBy, (spec, ms) => {
          const world = playWorld(spec);
          heal(world);
          const at = world.state.at - ms;
          world.apply(correction(at));
          world.now = at;
          world.play(at + 300_000 + 1_000);
          for (const { policy, byLocation } of world.state.monitors.values()) {
            for (const { lastCheckedAt } of byLocation.values())
              expect(lastCheckedAt).toBeGreaterThan(world.now - policy.intervalMs - 1_000);
          }
          world.play(at + 7_500_000);
          for (const { verdict, incident, notified, round } of world.state.monitors.values())
            expect({ verdict, incident, notified, round }).toEqual({
              ...{ verdict: 'up', incident: null, notified: null, round: null },
            });
        }),
        { numRuns: Math.ceil(numRuns / 3), seed },
      ),
    TIMEOUT_MS,
  );
});

describe('a healthy mesh', () => {
  test.each([6_000, 60_000, 6 * HOUR_MS, 5 * YEAR_MS])(
    'a mesh whose clock was %i ms ahead stays up without an event, and runs are due at once or in the next slots',
    (ms) => {
      const world = new World(6, [{}, { intervalMs: 300_000 }]);
      world.play(T0 + 600_000);
      const at = world.state.at - ms;
      // Before the correction nothing is due: that is how such a clock stopped the mesh.
      if (ms > 300_000) expect(plan(world.state, new Set(), at).invocations).toEqual([]);
      world.apply(correction(at));
      world.now = at;
      const runs = world.runs;
      world.play(at + 10_000);
      expect(world.runs).toBeGreaterThan(runs);
      world.play(at + 3_600_000);
      expect(world.events()).toEqual([]);
      expect(world.locationNotifications).toEqual([]);
      expect(world.verdict(1)).toBe('up');
    },
  );

  test('a vote that was dated hours ahead is measured again at once by every location', () => {
    const world = new World(6);
    world.play(T0 + 300_000);
    const at = world.state.at - 6 * HOUR_MS;
    world.apply(correction(at));
    const asked = plan(world.state, new Set(), at).invocations.map(({ location }) => location);
    expect(asked.toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('an incident that was opened by a clock that was ahead is stored again with corrected times', () => {
    const world = new World(3);
    world.play(T0 + 300_000);
    world.sees = () => 'failed';
    world.play(world.now + 60_000);
    const { incident } = world.state.monitors.get(1)!;
    expect(incident?.verdict).toBe('down');
    const at = world.state.at - 6 * HOUR_MS;
    world.apply(correction(at));
    expect(world.records.at(-1)).toMatchObject({
      incident: { id: incident!.id, startedAt: at, detectedAt: at, resolvedAt: null },
    });
    world.now = at;
    world.sees = () => 'ok';
    world.play(at + 120_000);
    expect(world.events()).toEqual(['incident.opened', 'incident.resolved']);
  });
});

describe('a report whose clock jumped while its runs were in flight', () => {
  test.each([6 * HOUR_MS, -6 * HOUR_MS])(
    'no time of the state is after the commit if the answer is dated %i ms off',
    (ms) => {
      const world = new World(3);
      world.play(T0 + 300_000);
      const at = world.state.at + 5_000;
      world.apply({
        ...{ kind: 'report', at, location: 1, askedAt: at - 100, answeredAt: at + ms },
        ...{ error: null, missedDeadline: false },
        observations: [{ monitor: 1, startedAt: at + Math.max(0, ms), outcome: 'ok', timings: {} }],
      });
      expect([...timesAfter(world.state, at)]).toEqual([]);
      expect(world.state.locations.get(1)!.lastReportAt).toBeGreaterThanOrEqual(at - 100);
    },
  );
});
