// Random worlds: meshes, policies, weather, faults on the way, gaps of cron, and changes in mid-flight.
// Everything is a short list that shrinks by leaving things out. It judges nothing.
import fc from 'fast-check';
import type { Change } from '../../src/core/journal.ts';
import type { Policy, Window } from '../../src/core/state.ts';
import { type Fate, RoughWorld } from './rough-world.ts';
import { policy, type Saw, T0 } from './world.ts';

/** Steps of ten seconds: the resolution of everything that happens in a random world. */
export const STEP_MS = 10_000;
const STEPS = 72;

export interface Weather {
  readonly kind: 'failed' | 'unmeasured' | 'wavering';
  readonly from: number;
  readonly steps: number;
  readonly locations: readonly number[];
  readonly monitors: readonly number[];
}

export interface Trouble {
  readonly kind: 'slow' | 'doubled' | 'echo' | 'silent';
  readonly from: number;
  readonly steps: number;
  readonly locations: readonly number[];
}

/** A change of the configuration at a step; what it cannot apply to any more is left out. */
export type Event =
  | { readonly kind: 'policy'; readonly monitor: number; readonly policy: Partial<Policy> }
  | { readonly kind: 'pause' | 'resume' | 'retarget' | 'delete'; readonly monitor: number }
  | { readonly kind: 'disable' | 'enable'; readonly location: number }
  | { readonly kind: 'window'; readonly window: Window['kind']; readonly monitors: Window['monitors']; readonly steps: number }
  | { readonly kind: 'window.deleted' };

export interface Script {
  readonly locations: number;
  readonly monitors: readonly Partial<Policy>[];
  readonly weather: readonly Weather[];
  readonly troubles: readonly Trouble[];
  readonly gaps: readonly { readonly from: number; readonly steps: number }[];
  readonly events: readonly { readonly step: number; readonly event: Event }[];
}

/** What a property allows its worlds. */
export interface Roughness {
  readonly minLocations?: number;
  readonly maxLocations?: number;
  readonly minMonitors?: number;
  readonly maxMonitors?: number;
  /** Every location is asked, by one simple policy. */
  readonly plain?: boolean;
  readonly dependencies?: boolean;
  readonly events?: readonly Event['kind'][];
  readonly troubles?: boolean;
  readonly gaps?: boolean;
}

const ALL_EVENTS: readonly Event['kind'][] = ['policy', 'pause', 'resume', 'retarget', 'delete', 'disable', 'enable', 'window', 'window.deleted'];

const some = (count: number): fc.Arbitrary<number[]> =>
  fc.oneof(
    fc.subarray(numbers(count), { minLength: 1 }),
    fc.constant(numbers(count)),
  );
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const span = { from: fc.nat(STEPS - 1), steps: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 40 })) };

const policies = (locations: number): fc.Arbitrary<Partial<Policy>> =>
  fc.record({
    intervalMs: fc.constantFrom(60_000, 30_000, 20_000, 10_000, 120_000),
    timeoutMs: fc.constantFrom(5_000, 1_000, 10_000),
    quorum: fc.oneof(fc.constant('majority' as const), fc.constantFrom<Policy['quorum']>('all', 'any', 1, 2, 3, 5)),
    failures: fc.oneof(fc.constant(2), fc.integer({ min: 1, max: 4 })),
    recoveries: fc.oneof(fc.constant(2), fc.integer({ min: 1, max: 4 })),
    confirmMs: fc.constantFrom(10_000, 5_000, 30_000),
    locations: fc.oneof({ weight: 3, arbitrary: fc.constant('all' as const) }, fc.subarray(numbers(locations), { minLength: 1 })),
  });

const events = (
  kinds: readonly Event['kind'][],
  locations: number,
  monitors: number,
): fc.Arbitrary<Event> => {
  const monitor = fc.integer({ min: 1, max: monitors });
  const location = fc.integer({ min: 1, max: locations });
  const window = fc.constantFrom<Window['kind']>('maintenance', 'silence');
  const covered = fc.oneof(fc.constant('all' as const), some(monitors));
  const steps = fc.integer({ min: 3, max: 40 });
  return fc.constantFrom(...kinds).chain((kind): fc.Arbitrary<Event> => {
    if (kind === 'policy') return fc.record({ kind: fc.constant(kind), monitor, policy: policies(locations) });
    if (kind === 'disable' || kind === 'enable') return fc.record({ kind: fc.constant(kind), location });
    if (kind === 'window') return fc.record({ kind: fc.constant(kind), window, monitors: covered, steps });
    if (kind === 'window.deleted') return fc.constant({ kind });
    return fc.record({ kind: fc.constant(kind), monitor });
  });
};

export const scripts = (allowed: Roughness = {}): fc.Arbitrary<Script> =>
  fc
    .record({
      locations: fc.integer({ min: allowed.minLocations ?? 1, max: allowed.maxLocations ?? 8 }),
      monitors: fc.integer({ min: allowed.minMonitors ?? 1, max: allowed.maxMonitors ?? 4 }),
    })
    .chain(({ locations, monitors }) =>
      fc.record({
        locations: fc.constant(locations),
        monitors: fc.tuple(
          ...numbers(monitors).map((number) =>
            fc
              .record({
                own: allowed.plain ? fc.constant({}) : policies(locations),
                dependsOn: allowed.dependencies ? fc.subarray(numbers(number - 1)) : fc.constant([]),
              })
              .map(({ own, dependsOn }): Partial<Policy> => ({ ...own, dependsOn })),
          ),
        ),
        weather: fc.array(
          fc.record({
            kind: fc.constantFrom<Weather['kind']>('failed', 'failed', 'failed', 'unmeasured', 'wavering'),
            ...span,
            locations: some(locations),
            monitors: some(monitors),
          }),
          { maxLength: 6 },
        ),
        troubles: allowed.troubles === false ? fc.constant([]) : fc.array(
          fc.record({
            kind: fc.constantFrom<Trouble['kind']>('slow', 'doubled', 'echo', 'silent'),
            ...span,
            locations: some(locations),
          }),
          { maxLength: 4 },
        ),
        gaps: allowed.gaps === false ? fc.constant([]) : fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(fc.record(span), { maxLength: 2 })),
        events: allowed.events?.length === 0 ? fc.constant([]) : fc.array(
          fc.record({ step: fc.nat(STEPS - 1), event: events(allowed.events ?? ALL_EVENTS, locations, monitors) }),
          { maxLength: 5 },
        ),
      }),
    );

const covers = (one: { from: number; steps: number }, at: number): boolean => {
  const step = (at - T0) / STEP_MS;
  return step >= one.from && step < one.from + one.steps;
};

/** The world of a script before anything has happened in it. */
export function worldOf(script: Script): RoughWorld {
  const world = new RoughWorld(script.locations, [...script.monitors]);
  world.sees = (location, at, monitor): Saw => {
    const weather = script.weather.find(
      (one) => covers(one, at) && one.locations.includes(location) && one.monitors.includes(monitor),
    );
    if (!weather) return 'ok';
    if (weather.kind !== 'wavering') return weather.kind;
    return Math.floor((at - T0) / (4 * STEP_MS)) % 2 ? 'failed' : 'ok';
  };
  world.fate = (location, at): Fate => {
    // Answers never take the same time twice, so they come in any order; the same script always in the same.
    const afterMs = (location * 7919 + Math.floor(at / 10) * 104_729) % 90;
    const trouble = script.troubles.find((one) => covers(one, at) && one.locations.includes(location));
    if (!trouble) return { kind: 'answered', afterMs };
    if (trouble.kind === 'silent') return { kind: 'silent' };
    return trouble.kind === 'slow' ? { kind: 'answered', afterMs: 2_000 + afterMs * 100 } : { kind: trouble.kind, afterMs };
  };
  world.asleep = (at) => script.gaps.some((one) => covers(one, at));
  return world;
}

/** Plays a script to its end, twelve minutes of virtual time. */
export function playScript(script: Script): RoughWorld {
  const world = worldOf(script);
  const inOrder = [...script.events].sort((a, b) => a.step - b.step);
  for (const { step, event } of inOrder) {
    // Half a step in: not at the same moment as everything else.
    world.play(T0 + step * STEP_MS + 5_003);
    apply(world, event);
  }
  world.play(T0 + STEPS * STEP_MS);
  return world;
}

function apply(world: RoughWorld, event: Event): void {
  const change = changeOf(world, event);
  if (change) world.settle({ kind: 'change', at: world.now, changes: [change] });
}

function changeOf(world: RoughWorld, event: Event): Change | null {
  switch (event.kind) {
    case 'disable':
    case 'enable': {
      const enabled = event.kind === 'enable';
      if (world.state.locations.get(event.location)?.enabled === enabled) return null;
      return { type: 'location', number: event.location, id: `aws:test-${event.location}`, enabled };
    }
    case 'window': {
      const window: Window = {
        kind: event.window,
        monitors: event.monitors,
        spans: [[world.now, world.now + event.steps * STEP_MS]],
      };
      return { type: 'window', id: `window:${world.state.seq}`, window };
    }
    case 'window.deleted': {
      const [id] = world.state.windows.keys();
      return id === undefined ? null : { type: 'window.deleted', id };
    }
    default: {
      const monitor = world.state.monitors.get(event.monitor);
      if (!monitor) return null;
      const { number } = monitor;
      if (event.kind === 'delete') return { type: 'monitor.deleted', number };
      if (event.kind === 'retarget') return { type: 'monitor.retargeted', number, policy: monitor.policy };
      if (event.kind === 'policy') {
        return { type: 'monitor', number, policy: { ...policy(event.policy), dependsOn: monitor.policy.dependsOn } };
      }
      const paused = event.kind === 'pause';
      return monitor.policy.paused === paused ? null : { type: 'monitor', number, policy: { ...monitor.policy, paused } };
    }
  }
}
