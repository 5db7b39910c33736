// Random worlds: meshes, policies, faults, and changes by people and machines in the meantime.
import fc from 'fast-check';
import type { Degraded } from '../../../probes/contract/index.ts';
import type { Change, Entry } from '../../../src/engine/model/journal.ts';
import type { MonitorNotification } from '../../../src/engine/model/notification.ts';
import type { Policy, State } from '../../../src/engine/model/state.ts';
import { type Saw, T0, World } from './world.ts';

type Generated<A> = A extends fc.Arbitrary<infer T> ? T : never;

const MINUTE = 60_000;
/** How long one outcome of a path lasts. */
const CELL_MS = 40_000;

const policyArbitrary = fc.record({
  intervalMs: fc.constantFrom(30_000, 60_000, 60_000, 120_000, 300_000),
  quorum: fc.constantFrom<Policy['quorum']>('majority', 'majority', 'all', 'any', 2, 3),
  failures: fc.integer({ min: 1, max: 4 }),
  recoveries: fc.integer({ min: 1, max: 4 }),
});

/** An event at the end of a minute. `which` and `how` depend on its kind. */
const eventArbitrary = fc.record({
  minute: fc.integer({ min: 1, max: 24 }),
  what: fc.constantFrom(
    ...(['doubled', 'late', 'gap', 'missed', 'maintenance', 'silence'] as const),
    ...(['pause', 'retarget', 'policy', 'location', 'delete', 'detach'] as const),
  ),
  which: fc.nat(100),
  how: fc.nat(100),
});
type Event = Generated<typeof eventArbitrary>;

export const worldArbitrary = fc.record({
  locations: fc.integer({ min: 1, max: 8 }),
  policies: fc.array(policyArbitrary, { minLength: 1, maxLength: 4 }),
  /** Monitor n depends on monitor `parents[n]` if that is an earlier one. */
  parents: fc.array(fc.nat(8), { maxLength: 4 }),
  seed: fc.nat(2 ** 31 - 1),
  /** Shares of failing and of unmeasured runs, in percent. */
  failing: fc.constantFrom<number>(2, 10, 30, 60),
  unmeasured: fc.constantFrom<number>(0, 0, 10, 40),
  /** Shares of the ok runs that are slow and that see a certificate expire, in percent. */
  degraded: fc.constantFrom<number>(0, 10, 40, 80),
  /** Whole locations, whole monitors or single paths have the same outcome. */
  grain: fc.constantFrom<'path' | 'location' | 'monitor'>('path', 'path', 'location', 'monitor'),
  minutes: fc.integer({ min: 4, max: 20 }),
  events: fc.array(eventArbitrary, { maxLength: 6 }),
});
export type WorldSpec = Generated<typeof worldArbitrary>;

/** Below 100, the same for every run of a cell. */
function percentOf(spec: WorldSpec, seed: number, location: number, at: number, monitor: number): number {
  const cell = Math.floor((at - T0) / CELL_MS);
  const who =
    spec.grain === 'path' ? location * 64 + monitor : spec.grain === 'location' ? location : monitor + 512;
  let x = Math.imul(seed ^ Math.imul(cell + 1, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(who + 1, 0xc2b2ae35);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
  return ((x ^ (x >>> 15)) >>> 0) % 100;
}

function outcomeAt(spec: WorldSpec, location: number, at: number, monitor: number): Saw {
  const percent = percentOf(spec, spec.seed, location, at, monitor);
  if (percent < spec.failing) return 'failed';
  return percent < spec.failing + spec.unmeasured ? 'unmeasured' : 'ok';
}

/** Warnings have a seed of their own, so that a world without them fails in the same way. */
function degradedAt(spec: WorldSpec, location: number, at: number, monitor: number): Degraded[] {
  const percent = percentOf(spec, spec.seed ^ 0x5bd1e995, location, at, monitor);
  const days = percentOf(spec, spec.seed ^ 0x1b873593, location, at, monitor);
  const slow = { code: percent % 3 === 0 ? 'loss' : 'latency', limit: 50, detail: `${percent}` } as const;
  const limit = days % 3 === 0 ? 14 : days % 3 === 1 ? 7 : 3;
  const expires = { code: 'certificate', limit, detail: `${limit} days` } as const;
  return [...(percent < spec.degraded ? [slow] : []), ...(days < spec.degraded ? [expires] : [])];
}

export interface Step {
  readonly entry: Entry;
  readonly before: State;
  readonly after: State;
  /** Notifications about monitors because of it. */
  readonly sent: readonly MonitorNotification[];
}

/** Plays the world; `only` leaves out all other kinds of events. */
export function playWorld(
  spec: WorldSpec,
  { only, see }: { only?: readonly Event['what'][]; see?: (step: Step) => void } = {},
): World {
  const policies = spec.policies.map((policy, index) => {
    const parent = spec.parents[index];
    return { ...policy, dependsOn: parent !== undefined && parent > 0 && parent <= index ? [parent] : [] };
  });
  const world = new World(spec.locations, policies);
  if (see) {
    const apply = world.apply.bind(world);
    world.apply = (entry) => {
      const before = world.state;
      const known = world.notifications.length;
      apply(entry);
      see({ entry, before, after: world.state, sent: world.notifications.slice(known) });
    };
  }
  world.sees = (location, at, monitor) => outcomeAt(spec, location, at, monitor);
  world.finds = (location, at, monitor) => degradedAt(spec, location, at, monitor);
  for (let minute = 1; minute <= spec.minutes; minute += 1) {
    world.play(Math.max(world.now, T0 + minute * MINUTE));
    for (const event of spec.events) {
      if (event.minute === minute && (!only || only.includes(event.what))) applyEvent(world, spec, event);
    }
  }
  return world;
}

function applyEvent(world: World, spec: WorldSpec, event: Event): void {
  const { what, which, how } = event;
  const number = 1 + (which % spec.policies.length);
  const location = 1 + (how % spec.locations);
  const at = Math.max(world.now, world.state.at + 1);
  const saw: Saw = which % 2 ? 'failed' : 'ok';
  switch (what) {
    case 'doubled':
      world.report(location, { [number]: saw });
      world.report(location, { [number]: saw });
      break;
    case 'late':
      world.report(location, { [number]: saw }, at - 1_000 * how);
      break;
    case 'gap':
      world.now += 200_000 + 5_000 * how;
      break;
    case 'missed':
      missDeadline(world, location, at);
      break;
    case 'maintenance':
    case 'silence': {
      const from = world.now - T0;
      world.window(what, from, from + 1 + how * 10_000, which % 3 ? 'all' : [number]);
      break;
    }
    default:
      for (const change of changesOf(world, event, number, location)) {
        world.apply({ kind: 'change', at, changes: [change] });
      }
  }
}

function missDeadline(world: World, location: number, at: number): void {
  const observations = [...world.state.monitors.keys()].map((monitor) => ({
    ...{ monitor, startedAt: at, timings: {}, outcome: 'unmeasured' as const, reason: 'late' as const },
  }));
  const facts = { askedAt: at, answeredAt: at, error: 'no answer in time', missedDeadline: true };
  world.apply({ kind: 'report', at, location, ...facts, observations });
}

function changesOf(world: World, { what, which, how }: Event, number: number, location: number): Change[] {
  if (what === 'delete') return [{ type: 'monitor.deleted', number }];
  if (what === 'location') {
    return [{ type: 'location', number: location, id: `aws:test-${location}`, enabled: which % 2 === 0 }];
  }
  const policy = world.state.monitors.get(number)?.policy;
  if (!policy) return [];
  if (what === 'retarget') return [{ type: 'monitor.target_changed', number, policy }];
  if (what === 'detach') return [{ type: 'monitor', number, policy: { ...policy, dependsOn: [] } }];
  const parts =
    what === 'pause' ? { paused: !policy.paused } : { failures: 1 + (how % 4), recoveries: 1 + (which % 4) };
  return [{ type: 'monitor', number, policy: { ...policy, ...parts } }];
}

/** Everything works, every location is enabled, every monitor runs, and no window is active. */
export function heal(world: World): void {
  world.sees = () => 'ok';
  world.finds = () => [];
  const changes: Change[] = [
    ...[...world.state.locations.values()].map(
      ({ number, id }): Change => ({ type: 'location', number, id, enabled: true }),
    ),
    ...[...world.state.windows.keys()].map((id): Change => ({ type: 'window.deleted', id })),
    ...[...world.state.monitors.values()]
      .filter(({ policy }) => policy.paused)
      .map(
        ({ number, policy }): Change => ({ type: 'monitor', number, policy: { ...policy, paused: false } }),
      ),
  ];
  world.apply({ kind: 'change', at: Math.max(world.now, world.state.at + 1), changes });
}
