// Scenarios through the engine: notifications and their times, and that skipping healthy stretches changes nothing.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSteady } from '../../../scripts/simulate/fast-forward.ts';
import { FAULT_KINDS, parseScenario, type Scenario } from '../../../scripts/simulate/scenario.ts';
import { simulate } from '../../../scripts/simulate/simulation.ts';
import { encodeSnapshot } from '../../../src/store/snapshot/codec.ts';
import { T0, World } from '../../support/engine/world.ts';

const LOCATIONS = ['aws:a', 'aws:b', 'aws:c', 'aws:d', 'aws:e', 'aws:f'];
const NOISE = {
  iid: 0.003,
  bursts: { fraction: 0.002, meanSeconds: 120 },
  locationOutages: { perYear: 4, meanSeconds: 1_200 },
  pairShocks: { perYear: 1, meanSeconds: 600 },
};

function scenario(changes: object = {}): Scenario {
  const parsed = parseScenario({
    ...{ version: 1, seed: 3, durationSeconds: 7_200, locations: LOCATIONS },
    monitors: [{ id: 'm1', intervalSeconds: 60 }],
    ...changes,
  });
  if (!parsed.ok) throw new Error(parsed.errors.join('\n'));
  return parsed.scenario;
}
const fault = (
  from: number,
  to: number,
  kind: string,
  locations: '*' | string[] = '*',
  monitors: '*' | string[] = '*',
) => ({
  ...{ from, to, kind, locations, monitors },
});
const play = (changes: object = {}) => simulate(scenario(changes));
const sent = (changes: object) =>
  play(changes).notifications.map(({ event, monitor }) => `${event} ${monitor}`);

describe('a full outage', () => {
  test.each(['refused', 'reset', 'dns', 'timeout'])(
    'a full outage with %s is notified in time, and so is its end',
    (kind) => {
      for (let onset = 3_600; onset < 3_660; onset += 7.3) {
        const { notifications } = play({ faults: [fault(onset, onset + 600, kind)] });
        expect(notifications.map(({ event }) => event)).toEqual(['incident.opened', 'incident.resolved']);
        const timeoutsSeconds = kind === 'timeout' ? 10 : 0;
        expect(notifications[0]!.at - onset).toBeLessThanOrEqual(20 + timeoutsSeconds);
        expect(notifications[0]!.startedAt - onset).toBeGreaterThanOrEqual(0);
        expect(notifications[0]!.startedAt - onset).toBeLessThanOrEqual(10);
        expect(notifications[0]!.scope).toEqual(LOCATIONS);
        expect(notifications[1]!.at - onset - 600).toBeLessThanOrEqual(25);
      }
    },
  );

  test('an outage at three locations of six is partial with exactly that scope', () => {
    const scope = ['aws:b', 'aws:d', 'aws:e'];
    const { notifications } = play({ faults: [fault(3_600, 4_800, 'timeout', scope)] });
    expect(notifications.map(({ event }) => event)).toEqual([
      'incident.partial',
      'incident.partial_resolved',
    ]);
    expect(notifications[0]!.scope).toEqual(scope);
    expect(notifications[0]!.at - 3_600).toBeLessThanOrEqual(70);
  });
});

describe('faults of locations', () => {
  test.each(['unmeasured', 'silent', 'late'])(
    'one to five locations with %s results open no incident',
    (kind) => {
      for (let mask = 1; mask < 63; mask += 1) {
        const locations = LOCATIONS.filter((_, index) => mask & (1 << index));
        const { notifications } = play({
          durationSeconds: 5_400,
          faults: [fault(1_803.7, 4_000, kind, locations)],
        });
        expect(
          notifications.filter(({ event }) => event === 'incident.opened' || event === 'incident.partial'),
        ).toEqual([]);
      }
    },
  );

  test('two locations that lose their network are quarantined and open no incident', () => {
    const monitors = [1, 2, 3, 4].map((number) => ({ id: `m${number}`, intervalSeconds: 60 }));
    const { notifications } = play({
      monitors,
      faults: [fault(1_803.7, 4_000, 'timeout', ['aws:b', 'aws:e'])],
    });
    expect(notifications.map(({ event, location }) => `${event} ${location}`).sort()).toEqual([
      'location.quarantined aws:b',
      'location.quarantined aws:e',
      'location.recovered aws:b',
      'location.recovered aws:e',
    ]);
  });

  test('if all locations are silent, the monitor has no data for about that time', () => {
    const { notifications, noDataSeconds } = play({ faults: [fault(1_800, 3_600, 'silent')] });
    expect(
      notifications.map(({ event }) => event).filter((event) => event.startsWith('monitor.no_data')),
    ).toEqual(['monitor.no_data', 'monitor.no_data_resolved']);
    expect(noDataSeconds.m1).toBeGreaterThan(1_500);
    expect(noDataSeconds.m1).toBeLessThan(1_830);
  });
});

describe('maintenance and dependencies', () => {
  test('maintenance suppresses notifications, and an outage that continues is notified at its end', () => {
    const monitors = [{ id: 'm1', intervalSeconds: 60, maintenance: [{ from: 1_000, to: 2_000 }] }];
    expect(sent({ monitors, faults: [fault(1_200, 1_600, 'refused')] })).toEqual([]);
    const { notifications } = play({ monitors, faults: [fault(1_500, 2_500, 'refused')] });
    expect(notifications.map(({ event, at }) => [event, event === 'incident.opened' ? at : null])).toEqual([
      ['incident.opened', 2_000],
      ['incident.resolved', null],
    ]);
  });

  test('while a monitor is down, monitors that depend on it send no notification', () => {
    const monitors = [
      { id: 'child', intervalSeconds: 60, dependsOn: ['parent'] },
      { id: 'parent', intervalSeconds: 60 },
    ];
    expect(sent({ monitors, faults: [fault(1_800, 2_400, 'timeout')] })).toEqual([
      'incident.opened parent',
      'incident.resolved parent',
    ]);
    const longer = [fault(1_800, 2_400, 'timeout'), fault(2_400, 3_000, 'timeout', '*', ['child'])];
    expect(sent({ monitors, faults: longer })).toEqual([
      'incident.opened parent',
      'incident.resolved parent',
      'incident.opened child',
      'incident.resolved child',
    ]);
  });
});

describe('an irregular cron', () => {
  test('skipped ticks leave a span without data and open no incident', () => {
    const { notifications, noDataSeconds } = play({ cron: { skip: [[1_800, 3_600]] } });
    expect(notifications).toEqual([]);
    // The last tick runs for 170 s, and votes are stale 180 s after their runs.
    expect(noDataSeconds.m1).toBeGreaterThan(1_300);
    expect(noDataSeconds.m1).toBeLessThan(1_650);
  });

  test('doubled ticks run checks twice and notify once', () => {
    const faults = [fault(1_807, 2_407, 'refused')];
    const once = play({ faults });
    const twice = play({ faults, cron: { double: [[0, 7_200]] } });
    expect(twice.checks).toBeGreaterThan(1.9 * once.checks);
    expect(twice.notifications).toEqual(once.notifications);
  });

  test('a restart in the middle of a fan-out still notifies once', () => {
    for (const restartAt of [1_811, 1_814.9, 1_816, 1_821]) {
      const faults = [fault(1_803, 2_403, 'timeout')];
      expect(sent({ faults, cron: { restartAt: [restartAt] } })).toEqual([
        'incident.opened m1',
        'incident.resolved m1',
      ]);
    }
  });
});

test('a fault with a probability fails the same runs every time for a seed', () => {
  const faults = [{ ...fault(0, 7_200, 'refused', ['aws:b']), probability: 0.3 }];
  const [a, b] = [play({ faults }), play({ faults })];
  expect({ ...a, wallSeconds: 0 }).toEqual({ ...b, wallSeconds: 0 });
  const other = play({ faults, seed: 4 });
  expect(other.extraChecks).not.toBe(a.extraChecks);
});

test('noise opens no incident and adds between one and five percent of runs', () => {
  const { notifications, checks, extraChecks } = play({ durationSeconds: 30 * 86_400, noise: NOISE });
  expect(notifications.filter(({ event }) => event === 'incident.opened')).toEqual([]);
  expect(checks - extraChecks).toBe(30 * 1_440 * 6);
  expect(extraChecks / checks).toBeGreaterThan(0.01);
  expect(extraChecks / checks).toBeLessThan(0.05);
});

describe('skipping healthy stretches', () => {
  const span = fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 1, max: 3_000 }));
  const spec = fc.record({
    seed: fc.nat(1_000_000),
    locations: fc.integer({ min: 1, max: 6 }),
    intervals: fc.array(fc.constantFrom(30, 60, 120, 300), { minLength: 1, maxLength: 3 }),
    noisy: fc.boolean(),
    faults: fc.array(
      fc.record({
        span,
        kind: fc.constantFrom(...FAULT_KINDS),
        where: fc.nat(63),
        share: fc.constantFrom(0.3, 1),
      }),
      {
        maxLength: 3,
      },
    ),
    skip: fc.option(span, { nil: undefined }),
    restart: fc.option(fc.integer({ min: 1, max: 20_000 }), { nil: undefined }),
    maintenance: fc.option(span, { nil: undefined }),
  });

  test('skipping healthy stretches gives exactly the output of stepping through them', () => {
    fc.assert(
      fc.property(spec, ({ seed, locations, intervals, noisy, faults, skip, restart, maintenance }) => {
        const ids = LOCATIONS.slice(0, locations);
        const one = scenario({
          ...{ seed, durationSeconds: 24_000, locations: ids, noise: noisy ? { ...NOISE, iid: 0.01 } : {} },
          monitors: intervals.map((intervalSeconds, index) => ({
            id: `m${index}`,
            intervalSeconds,
            maintenance: maintenance ? [{ from: maintenance[0], to: maintenance[0] + maintenance[1] }] : [],
          })),
          faults: faults.map(({ span: [from, length], kind, where, share }) => {
            const at = ids.filter((_, index) => where & (1 << index));
            return { ...fault(from, from + length, kind, at.length > 0 ? at : '*'), probability: share };
          }),
          cron: { skip: skip ? [[skip[0], skip[0] + skip[1]]] : [], restartAt: restart ? [restart] : [] },
        });
        const [skipped, stepped] = [simulate(one), simulate(one, { skip: false })];
        const comparable = ({ state, ...output }: typeof stepped) => ({
          ...output,
          wallSeconds: 0,
          state: encodeSnapshot({ ...state, seq: 0 }),
        });
        expect(comparable(skipped)).toEqual(comparable(stepped));
      }),
      { numRuns: 60, seed: Number(process.env.PROPERTY_SEED ?? Math.floor(Math.random() * 2 ** 31)) },
    );
  }, 120_000);

  test('a state with a warning that is active, remembered or begun is not skipped', () => {
    const world = new World(3);
    world.play(T0 + 300_000);
    expect(isSteady(world.state)).toBe(true);
    const steady: boolean[] = [];
    for (const degraded of [[], [1], [1, 2, 3], [1, 2, 3], [], [], []]) {
      world.finds = (location) =>
        degraded.includes(location) ? [{ code: 'latency', limit: 500, detail: 'it took 812 ms' }] : [];
      world.play(world.now + 60_000);
      steady.push(isSteady(world.state));
    }
    expect(steady).toEqual([true, false, false, false, false, false, false]);
    // A notified warning is remembered for 20 intervals. The next run then removes it.
    world.play(world.now + 20 * 60_000);
    expect(isSteady(world.state)).toBe(true);
  });

  test('no scheduled run is lost in a year of noise with a hundred thousand faults', () => {
    const faults = Array.from({ length: 100_000 }, (_, index) =>
      fault(400 + 300 * index, 401 + 300 * index, 'refused', ['aws:b']),
    );
    const year = play({ durationSeconds: 400 * 86_400, noise: NOISE, faults });
    expect(year.checks - year.extraChecks).toBe(400 * 1_440 * 6);
  }, 60_000);
});

describe('the simulate command', () => {
  const run = promisify(execFile);
  const dir = mkdtempSync(join(tmpdir(), 'probemesh-simulate-'));
  const main = new URL('../../../scripts/simulate/main.ts', import.meta.url).pathname;
  const withFile = async (text: string) => {
    const file = join(dir, 'scenario.json');
    writeFileSync(file, text);
    return run(process.execPath, [main, file]).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  };

  test('the simulate command prints one JSON document with every key of the format, and nothing else', async () => {
    const { code, stdout, stderr } = await withFile(
      JSON.stringify({ ...scenario(), faults: [fault(1_800, 2_400, 'refused')] }),
    );
    expect([code, stderr]).toEqual([0, '']);
    const output = JSON.parse(stdout);
    expect(Object.keys(output)).toEqual([
      'notifications',
      'checks',
      'extraChecks',
      'noDataSeconds',
      'wallSeconds',
    ]);
    expect(Object.keys(output.notifications[0])).toEqual(['at', 'event', 'monitor', 'scope', 'startedAt']);
  });

  test('the simulate command rejects an invalid file with the path of the field and prints no document', async () => {
    const refused = await withFile(
      '{"version":1,"durationSeconds":5,"locations":["a"],"monitors":[{"id":"m"}]}',
    );
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('monitors[0].intervalSeconds');
    expect((await withFile('{"version":')).stderr).toContain('invalid JSON');
    rmSync(dir, { recursive: true });
    expect(
      (await run(process.execPath, [main, join(dir, 'none.json')]).catch((error) => error)).stderr,
    ).toContain('cannot be read');
  });
});
