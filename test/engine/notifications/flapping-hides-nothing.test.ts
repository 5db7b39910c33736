// An outage that lasts is sent within max(3 intervals, 5 minutes) of its detection, whatever the monitor did before.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseScenario, type Scenario } from '../../../scripts/simulate/scenario.ts';
import { T0 as SIMULATION_START, simulate } from '../../../scripts/simulate/simulation.ts';
import { explain } from '../../../src/engine/explain/explain.ts';
import { maxFlapSuppressionMs } from '../../../src/engine/model/policy.ts';
import type { State } from '../../../src/engine/model/state.ts';
import { inhibitedBy } from '../../../src/engine/notifications/dependency.ts';
import { isNotified } from '../../../src/engine/notifications/pipeline.ts';
import { activeWindow } from '../../../src/engine/notifications/windows.ts';
import { evaluate } from '../../../src/engine/voting/evaluation.ts';
import { type Saw, T0, World } from '../../support/engine/world.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const minutes = (count: number): number => T0 + count * MINUTE;
const LOCATIONS = ['a', 'b', 'c', 'd', 'e', 'f'];

type FaultPart = { from: number; to: number; locations?: string[] | '*'; kind?: string };

function played(intervalSeconds: number, faults: FaultPart[], parts: object = {}) {
  const parsed = parseScenario({
    ...{ version: 1, seed: 1, locations: LOCATIONS, monitors: [{ id: 'web', intervalSeconds }] },
    durationSeconds: Math.max(...faults.map(({ to }) => to)),
    faults: faults.map((fault) => ({ monitors: '*', locations: '*', kind: 'refused', ...fault })),
    ...parts,
  });
  if (!parsed.ok) throw new Error(parsed.errors.join('\n'));
  const { notifications, state } = simulate(parsed.scenario as Scenario);
  const incident = state.monitors.get(1)!.incident!;
  const opened = notifications.filter(
    ({ event, startedAt }) =>
      event === 'incident.opened' && startedAt * SECOND === incident.startedAt - SIMULATION_START,
  );
  return { notifications, opened, detectedAt: (incident.detectedAt - SIMULATION_START) / SECOND };
}

/** Down for `down` seconds, up for `up` seconds, from second 600 on; then down for good from `last` on. */
function flapThenDown(cycles: number, down: number, up: number, locations: string[] | '*' = '*') {
  const faults: FaultPart[] = Array.from({ length: cycles }, (_, index) => {
    const from = 600 + index * (down + up);
    return { from, to: from + down, locations };
  });
  const last = 600 + cycles * (down + up);
  return { last, faults: [...faults, { from: last, to: last + 20_000 }] };
}

describe('an outage of a flapping monitor', () => {
  test.each([
    [60, 300],
    [300, 900],
  ])(
    'two outages of 100 s and a lasting one: with an interval of %i s it is sent %i s after its detection',
    (interval, bound) => {
      const { opened, detectedAt } = played(interval, [
        { from: 600, to: 700 },
        { from: 1_000, to: 1_100 },
        { from: 1_400, to: 28_800 },
      ]);
      expect(opened.map(({ at }) => at - detectedAt)).toEqual([bound]);
      expect(detectedAt).toBeLessThanOrEqual(1_430);
    },
  );

  test.each([30, 60, 120, 300, 900])(
    'with an interval of %i s it is sent in time, whatever the lengths of the outages before',
    (interval) => {
      const bound = maxFlapSuppressionMs({ intervalMs: interval * SECOND }) / SECOND;
      for (const cycles of [1, 2, 3, 5, 9]) {
        for (const [down, up] of [
          [100, 300],
          [400, 400],
          [130, 70],
          [interval, 2 * interval],
        ] as const) {
          const { faults, last } = flapThenDown(cycles, down, up);
          const { opened, detectedAt } = played(interval, faults);
          expect(opened).toHaveLength(1);
          expect(opened[0]!.at - detectedAt).toBeLessThanOrEqual(bound);
          expect(opened[0]!.at - last).toBeLessThanOrEqual(bound + interval / LOCATIONS.length + 30);
        }
      }
    },
  );

  test('regional problems that come and go before it do not delay it', () => {
    const { faults, last } = flapThenDown(6, 200, 200, ['a', 'b', 'c']);
    const { opened, notifications } = played(60, faults);
    expect(notifications.some(({ event }) => event === 'monitor.flapping')).toBe(true);
    expect(opened.map(({ at }) => at - last <= 60)).toEqual([true]);
  });

  test('missed ticks and a restart at the end of the wait delay it until the next tick, and send it once', () => {
    const { faults } = flapThenDown(3, 100, 300);
    const whole = played(60, faults);
    const due = whole.detectedAt + 300;
    const [from, to] = [Math.floor(due / 60) * 60 - 120, Math.floor(due / 60) * 60 + 300];
    for (const cron of [
      { skip: [[from, to]] },
      { restartAt: [due - 1, due, due + 1] },
      { double: [[from, to]] },
    ]) {
      const { opened } = played(60, faults, { cron });
      expect(opened).toHaveLength(1);
      expect(opened[0]!.at).toBeGreaterThanOrEqual(due);
      expect(opened[0]!.at).toBeLessThanOrEqual('skip' in cron ? to + 60 : due + 65);
    }
  });
});

/** Down at minutes 10–12 and 14–16, and from minute 18 on. The last outage is detected at about minute 18. */
const flapping: World['sees'] = (_, at) =>
  (at >= minutes(10) && at < minutes(12)) || (at >= minutes(14) && at < minutes(16)) || at >= minutes(18)
    ? 'failed'
    : 'ok';

function waiting(monitors: object[] = [{}]): World {
  const world = new World(6, monitors);
  world.sees = flapping;
  world.play(minutes(20));
  const { incident, notified } = world.state.monitors.get(1)!;
  expect([incident?.verdict, notified]).toEqual(['down', null]);
  return world;
}
const openedOf = (world: World, monitor = 1) => {
  const { incident } = world.state.monitors.get(monitor)!;
  return world.notifications.filter((one) => one.id === `${incident!.id}_opened`);
};
const dueAt = (world: World): number => world.state.monitors.get(1)!.incident!.detectedAt + 5 * MINUTE;

describe('the wait of a flapping monitor', () => {
  test('it ends at its moment although no location reports any more', () => {
    const world = waiting();
    world.sees = () => 'unmeasured';
    const due = dueAt(world);
    world.play(due - 1);
    expect(openedOf(world)).toEqual([]);
    world.play(due + 1);
    expect(openedOf(world).map(({ at }) => at)).toEqual([due]);
    expect(world.entries.at(-1)).toEqual({
      ...{ kind: 'change', at: due },
      changes: [{ type: 'monitor.reevaluated', number: 1 }],
    });
  });

  test('it never delays the record of an incident', () => {
    const world = waiting();
    const { incident } = world.state.monitors.get(1)!;
    const record = world.records.find((one) => one.incident.id === incident!.id)!;
    expect(record.incident).toMatchObject({ detectedAt: incident!.detectedAt, resolvedAt: null });
  });

  test('the end of an outage that was sent after it is sent, and the next short one is not', () => {
    const world = waiting();
    const { id } = world.state.monitors.get(1)!.incident!;
    world.sees = (location, at, monitor) => {
      if (at < minutes(25)) return flapping(location, at, monitor);
      return at >= minutes(28) && at < minutes(31) ? 'failed' : 'ok';
    };
    world.play(minutes(34));
    const sent = world.notifications.filter(({ at }) => at >= minutes(18)).map((one) => one.id);
    expect(sent.filter((one) => one.startsWith('inc_'))).toEqual([`${id}_opened`, `${id}_resolved`]);
  });

  test.each(['maintenance', 'silence'] as const)(
    'a %s that covers its end suppresses the outage until it ends',
    (kind) => {
      const world = waiting();
      world.window(kind, 21 * MINUTE, 40 * MINUTE);
      world.play(minutes(39));
      expect(openedOf(world)).toEqual([]);
      world.play(minutes(41));
      expect(openedOf(world).map(({ at }) => at - minutes(40) <= SECOND)).toEqual([true]);
    },
  );

  test('a window that ends before it does not shorten it', () => {
    const world = waiting();
    world.window('silence', 20.5 * MINUTE, 21 * MINUTE);
    const due = dueAt(world);
    world.play(minutes(60));
    expect(openedOf(world).map(({ at }) => at)).toEqual([due]);
  });

  test('a dependency that is down suppresses the outage also after it', () => {
    const world = waiting([{ dependsOn: [2] }, {}]);
    expect(world.verdict(2)).toBe('down');
    world.play(minutes(40));
    expect(openedOf(world)).toEqual([]);
  });

  test('a shorter interval shortens it, and a longer one prolongs it', () => {
    const change = (intervalMs: number): [World, number] => {
      const world = waiting([{ intervalMs: 120_000 }]);
      const { policy, incident } = world.state.monitors.get(1)!;
      const changes = [{ type: 'monitor' as const, number: 1, policy: { ...policy, intervalMs } }];
      world.apply({ kind: 'change', at: world.now + 1, changes });
      world.play(minutes(40));
      return [world, incident!.detectedAt];
    };
    const [short, shortDetectedAt] = change(60_000);
    expect(openedOf(short).map(({ at }) => at - shortDetectedAt)).toEqual([300_000]);
    const [long, longDetectedAt] = change(200_000);
    expect(openedOf(long).map(({ at }) => at - longDetectedAt)).toEqual([600_000]);
  });

  test('a regional problem that lasts as long is sent too', () => {
    const world = new World(6);
    world.sees = (location, at, monitor) => (location <= 3 ? flapping(location, at, monitor) : 'ok');
    world.play(minutes(40));
    const { incident } = world.state.monitors.get(1)!;
    const sent = world.notifications.filter((one) => one.id === `${incident!.id}_partial`);
    expect(sent.map(({ at }) => at - incident!.detectedAt)).toEqual([5 * MINUTE]);
  });

  test('explain states it with its end, in a field and in words, until the outage is sent', () => {
    const world = waiting();
    const due = dueAt(world);
    const flappingSince = world.state.monitors.get(1)!.flapping!.since;
    const { suppressed, why } = explain(world.state, 1, world.now);
    expect(suppressed).toEqual({
      by: 'flapping',
      since: flappingSince,
      until: due,
    });
    const time = new Date(due).toISOString().slice(11, 19);
    expect(why).toContain(`If the open incident lasts, it is notified at ${time} UTC.`);
    world.play(due + 1);
    const sent = explain(world.state, 1, world.now);
    expect(sent.suppressed).toEqual({
      by: 'flapping',
      since: flappingSince,
    });
    expect(sent.why).not.toContain('If the open incident lasts');
  });
});

describe('the notification about flapping', () => {
  test('it has what is suppressed, for how long, and until when the open incident waits', () => {
    const world = new World(6);
    // Flapping starts with the fourth change: the third outage.
    world.sees = (_, at) =>
      at >= minutes(10) && Math.floor((at - minutes(10)) / (3 * MINUTE)) % 2 === 0 ? 'failed' : 'ok';
    world.play(minutes(40));
    const started = world.notifications.find(({ event }) => event === 'monitor.flapping')!;
    const suppressed = ['incident.opened', 'incident.partial', 'monitor.degraded', 'monitor.certificate'];
    const open = world.records.find(
      (one) => one.incident.detectedAt === started.at && one.incident.resolvedAt === null,
    );
    expect(started.flapping).toEqual({
      ...{ since: started.startedAt, suppressed, maxSuppressionMs: 300_000 },
      until: open ? started.at + 300_000 : null,
    });
    world.sees = () => 'ok';
    world.play(minutes(80));
    const ended = world.notifications.find(({ event }) => event === 'monitor.flapping_ended')!;
    expect(ended.flapping).toEqual({
      ...{ since: started.startedAt, suppressed: [], maxSuppressionMs: 300_000, until: null },
    });
  });
});

const numRuns = Number(process.env.PROPERTY_RUNS ?? 100);

/** What all locations see for a while: all of them, the first three or none fail, or nothing is measured. */
const phaseArbitrary = fc.record({
  seconds: fc.integer({ min: 5, max: 420 }),
  sees: fc.constantFrom('up', 'up', 'down', 'down', 'down', 'partial', 'unmeasured', 'gray'),
});
const eventArbitrary = fc.record({
  phase: fc.nat(30),
  what: fc.constantFrom('gap', 'maintenance', 'silence', 'pause', 'retarget', 'interval'),
  seconds: fc.integer({ min: 1, max: 900 }),
});
const flappingWorld = fc.record({
  intervalMs: fc.constantFrom(30_000, 60_000, 120_000, 300_000),
  recoveries: fc.integer({ min: 1, max: 3 }),
  failures: fc.integer({ min: 1, max: 3 }),
  phases: fc.array(phaseArbitrary, { minLength: 3, maxLength: 24 }),
  events: fc.array(eventArbitrary, { maxLength: 3 }),
});

function outcome(sees: string, location: number, at: number): Saw {
  if (sees === 'unmeasured') return 'unmeasured';
  if (sees === 'gray')
    return (Math.imul(Math.floor(at / 10_000) + location * 7, 0x9e3779b1) >>> 0) % 3 === 0 ? 'ok' : 'failed';
  return sees === 'down' || (sees === 'partial' && location <= 3) ? 'failed' : 'ok';
}

/** Monitors whose incident is open for longer than the bound, was not sent, and is held back by nothing but flapping. */
const hidden = (state: State, now: number): number[] =>
  [...state.monitors.values()].flatMap((monitor) => {
    const { incident, policy, number } = monitor;
    if (incident === null || now < incident.detectedAt + maxFlapSuppressionMs(policy) || isNotified(monitor))
      return [];
    const isHeldBack =
      policy.paused ||
      activeWindow(state, number, now) !== null ||
      inhibitedBy(evaluate(state, monitor, now)) !== null;
    return isHeldBack ? [] : [number];
  });

test('whatever the observations, an incident open for longer than the bound was sent unless something else suppresses it', () => {
  let lasted = 0;
  fc.assert(
    fc.property(flappingWorld, ({ intervalMs, recoveries, failures, phases, events }) => {
      const own = { intervalMs, recoveries, failures };
      const world = new World(6, [own, { ...own, dependsOn: [1] }, { intervalMs: 60_000 }]);
      const apply = world.apply.bind(world);
      world.apply = (entry) => {
        apply(entry);
        expect(hidden(world.state, entry.at)).toEqual([]);
      };
      for (const [index, phase] of phases.entries()) {
        for (const event of events) if (event.phase === index) disturb(world, event);
        // The dependent monitor also fails by itself, one phase later.
        const other = phases[index - 1]?.sees ?? 'up';
        world.sees = (location, at, monitor) => outcome(monitor === 2 ? other : phase.sees, location, at);
        world.play(world.now + phase.seconds * SECOND);
        const independent = hidden(world.state, world.now).filter((number) => number !== 2);
        expect(independent).toEqual([]);
      }
      if (
        world.notifications.some(
          ({ event, incident, at }) => event === 'incident.opened' && at - incident!.detectedAt >= 300_000,
        )
      )
        lasted += 1;
    }),
    { numRuns },
  );
  // The property is not empty: in some of the worlds, flapping delayed an outage.
  expect(lasted).toBeGreaterThan(0);
}, 900_000);

function disturb(world: World, { what, seconds }: { what: string; seconds: number }): void {
  const { policy } = world.state.monitors.get(1)!;
  const at = Math.max(world.now, world.state.at + 1);
  const changed = (parts: object) =>
    world.apply({
      kind: 'change',
      at,
      changes: [{ type: 'monitor', number: 1, policy: { ...policy, ...parts } }],
    });
  switch (what) {
    case 'gap':
      world.now += seconds * SECOND;
      break;
    case 'maintenance':
    case 'silence':
      world.window(what, world.now - T0, world.now - T0 + seconds * SECOND);
      break;
    case 'pause':
      changed({ paused: !policy.paused });
      break;
    case 'interval':
      changed({ intervalMs: policy.intervalMs === 60_000 ? 120_000 : 60_000 });
      break;
    default:
      world.apply({ kind: 'change', at, changes: [{ type: 'monitor.target_changed', number: 1, policy }] });
  }
}
