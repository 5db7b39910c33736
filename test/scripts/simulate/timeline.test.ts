// The story of a simulation: what was found, decided, notified and suppressed, in order, in sentences.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { parseScenario, type Scenario } from '../../../scripts/simulate/scenario.ts';
import { simulate } from '../../../scripts/simulate/simulation.ts';
import { Timeline } from '../../../scripts/simulate/timeline.ts';
import {
  formatDuration,
  formatMoment,
  joinNames,
  renderLines,
} from '../../../scripts/simulate/timeline-text.ts';

const LOCATIONS = ['eu-central-1', 'us-east-1', 'us-west-2', 'sa-east-1', 'ap-south-1', 'af-south-1'];

function scenario(changes: object): Scenario {
  const parsed = parseScenario({
    ...{ version: 1, durationSeconds: 1_800, locations: LOCATIONS },
    monitors: [{ id: 'web-shop', intervalSeconds: 60 }],
    ...changes,
  });
  if (!parsed.ok) throw new Error(parsed.errors.join('\n'));
  return parsed.scenario;
}
function story(changes: object): string[] {
  const played = scenario(changes);
  const timeline = new Timeline(played);
  return timeline.render(simulate(played, { timeline })).trimEnd().split('\n');
}
const fault = (from: number, to: number, parts: object = {}) => ({
  ...{ from, to, monitors: '*', locations: '*', kind: 'refused' },
  ...parts,
});
const about = (lines: readonly string[], name: string): string[] =>
  lines.filter((line) => line.includes(`${name}:`));
/** A parent, its child and its grandchild. */
const FAMILY = [
  { id: 'db', intervalSeconds: 60 },
  { id: 'api', intervalSeconds: 60, dependsOn: ['db'] },
  { id: 'web-shop', intervalSeconds: 60, dependsOn: ['api'] },
];

describe('the timeline of a scenario', () => {
  test('is an outage from its cause to its end', () => {
    expect(story({ faults: [fault(201, 500)] })).toEqual([
      '03:21 FAULT refused begins: everything at all locations, until 08:20.',
      expect.stringMatching(
        /^03:2\d web-shop: [a-z0-9-]+ failed \(refused the connection\); 5 other locations check at once\.$/,
      ),
      expect.stringMatching(
        /^03:3\d web-shop: down at 6 of 6 locations \(refused the connection\); incident opened, notified 10 s after onset\.$/,
      ),
      '08:20 FAULT refused ends: everything at all locations.',
      expect.stringMatching(/^08:2\d web-shop: [a-z0-9-]+ is ok again; 5 other locations check at once\.$/),
      expect.stringMatching(/^08:3\d web-shop: the outage is over after 5 min; notified\.$/),
      expect.stringMatching(
        /^30:00 The end: 2 notifications; 0 incidents without one; \d+ check runs, 20 of them outside the schedule\.$/,
      ),
    ]);
  });

  test('has the failure of one location, which is not confirmed, and a regional problem with its locations', () => {
    const short = [0, 10, 20, 30, 40, 50].map((late) =>
      story({ faults: [fault(200 + late, 208 + late, { locations: ['us-east-1'], kind: 'timeout' })] }),
    );
    const confirmed = short.find((lines) => lines.some((line) => line.includes('failed')))!;
    expect(confirmed.slice(1, 3).toSorted()).toContainEqual(
      expect.stringMatching(/ web-shop: us-east-1 failed \(timed out\); 5 other locations check at once\.$/),
    );
    expect(confirmed).toContainEqual(
      expect.stringMatching(/ web-shop: the other locations do not confirm it: still up\.$/),
    );
    const alone = story({ faults: [fault(200, 400, { locations: ['us-east-1'] })] });
    expect(alone).toContainEqual(expect.stringMatching(/ web-shop: 1 of 6 fail, 4 must: still up\.$/));
    expect(alone).toContainEqual(expect.stringMatching(/ web-shop: no location fails any more: still up\.$/));
    const regional = story({
      faults: [fault(200, 900, { locations: ['us-east-1', 'sa-east-1'], kind: 'dns' })],
    });
    expect(regional).toContainEqual(expect.stringMatching(/ 2 of 6 fail, 4 must: still up\.$/));
    expect(regional).toContainEqual(
      expect.stringMatching(
        / web-shop: a regional problem at 2 of 6 locations \(the name was not resolved\): us-east-1, sa-east-1; incident opened, notified [\dmins ]+ after onset\.$/,
      ),
    );
  });

  test('gives the reason why nothing is sent: a dependency, a maintenance, flapping', () => {
    const family = story({ monitors: FAMILY, faults: [fault(200, 500)] });
    expect(about(family, 'api')).toContainEqual(
      expect.stringContaining('Not notified: it depends on db, which is down.'),
    );
    expect(about(family, 'web-shop')).toContainEqual(
      expect.stringContaining('Not notified: it depends on api, which is down.'),
    );
    expect(family).toContainEqual(
      expect.stringMatching(
        /^08:\d\d api, web-shop: the outage is over after 5 min; not notified, because its opening was not\.$/,
      ),
    );
    expect(family.at(-1)).toContain('2 notifications; 2 incidents without one;');

    const planned = story({
      monitors: [{ id: 'web-shop', intervalSeconds: 60, maintenance: [{ from: 100, to: 600 }] }],
      faults: [fault(200, 900)],
    });
    expect(planned).toContainEqual(expect.stringContaining('Not notified: maintenance until 10:00.'));
    expect(planned).toContainEqual(
      expect.stringMatching(
        /^10:00 web-shop: the incident that began at 03:2\d is notified now, 6 min \d+ s after onset\.$/,
      ),
    );

    const flapping = story({
      durationSeconds: 7_200,
      faults: [fault(600, 700), fault(1_000, 1_100), fault(1_400, 7_200)],
    });
    expect(flapping).toContainEqual(
      expect.stringMatching(/flapping since 00:10:\d\d: single changes are not notified/),
    );
    expect(flapping).toContainEqual(
      expect.stringMatching(
        /Not notified: it flaps\. If the incident lasts, it is notified at 00:28:\d\d\.$/,
      ),
    );
    expect(flapping).toContainEqual(
      expect.stringMatching(
        /^00:28:\d\d web-shop: the incident .* is notified now, 5 min \d+ s after onset\.$/,
      ),
    );
  });

  test('gives the reason why the notification still waits when the reason changes', () => {
    const lines = story({
      monitors: FAMILY.slice(0, 2),
      faults: [fault(200, 500, { monitors: ['db'] }), fault(200, 900, { monitors: ['api'] })],
    });
    expect(about(lines, 'api')).toContainEqual(
      expect.stringContaining('still not notified: it depends on db, which has just recovered'),
    );
    expect(about(lines, 'api')).toContainEqual(expect.stringContaining('is notified now'));
  });

  test('has missing data and of locations', () => {
    const silent = story({ faults: [fault(300, 1_200, { kind: 'unmeasured' })] });
    expect(silent).toContainEqual(
      expect.stringMatching(/web-shop: no data since \d\d:\d\d: too few locations report; notified\.$/),
    );
    expect(silent).toContainEqual(expect.stringMatching(/web-shop: data again; notified\.$/));
    expect(silent).toContainEqual(
      expect.stringMatching(/us-east-1.*: lost: it has measured nothing since \d\d:\d\d; notified\.$/),
    );
    const many = Array.from({ length: 5 }, (_, index) => ({ id: `m${index}`, intervalSeconds: 60 }));
    const lying = story({ monitors: many, faults: [fault(300, 900, { locations: ['us-east-1'] })] });
    expect(lying).toContainEqual(
      expect.stringMatching(
        /us-east-1: in quarantine: it fails \d of \d monitors that other locations reach; notified\.$/,
      ),
    );
    expect(lying).toContainEqual(expect.stringMatching(/us-east-1: out of quarantine; notified\.$/));
  });

  test('has a line for every notification, in order of time, and changes nothing', () => {
    for (const seed of [1, 2]) {
      const played = scenario({
        ...{ seed, durationSeconds: 14_400, monitors: FAMILY },
        noise: { iid: 0.01, bursts: { fraction: 0.02, meanSeconds: 200 } },
        faults: [
          fault(3_000, 3_500),
          fault(6_000, 6_900, { locations: ['us-east-1', 'sa-east-1'], kind: 'timeout' }),
        ],
      });
      const timeline = new Timeline(played);
      const { wallSeconds: _, state: __, ...output } = simulate(played, { timeline });
      const { wallSeconds: ___, state: ____, ...alone } = simulate(played);
      expect(output).toEqual(alone);
      const lines = timeline.render(output).trimEnd().split('\n');
      const times = lines.map((line) => line.split(' ')[0]!);
      expect(times).toEqual(times.toSorted());
      expect(output.notifications.length).toBeGreaterThan(3);
      for (const { at, monitor, location } of output.notifications) {
        const moment = formatMoment(at * 1_000, 14_400);
        const own = lines.filter((line) => line.startsWith(moment) && line.includes((monitor ?? location)!));
        expect(own.some((line) => /[, ]notified|is notified now/.test(line))).toBe(true);
      }
    }
  });

  test('does not list faults that are too many', () => {
    const faults = Array.from({ length: 201 }, (_, index) => fault(100 + index, 100.5 + index));
    expect(story({ faults })[0]).toBe('00:00 201 faults follow, too many to list.');
  });
});

describe('the words of a timeline', () => {
  test('a moment is as long as the scenario needs', () => {
    expect([3_599, 3_600, 86_401].map((seconds) => formatMoment(2_650_999, seconds))).toEqual([
      '44:10',
      '00:44:10',
      '0d 00:44:10',
    ]);
    expect(formatMoment(-10_000, 60)).toBe('-00:10');
    expect(formatMoment(2.5 * 86_400_000, 300_000)).toBe('2d 12:00:00');
  });

  test('a duration has its two greatest units', () => {
    expect([400, 24_000, 60_000, 250_000, 3_600_000, 7_500_000, -5].map(formatDuration)).toEqual([
      ...['0 s', '24 s', '1 min', '4 min 10 s', '1 h', '2 h 5 min', '0 s'],
    ]);
  });

  test('many names are counted, and what happens to several at once is one line', () => {
    expect([joinNames(['a', 'b', 'c', 'd']), joinNames(['a', 'b', 'c', 'd', 'e'])]).toEqual([
      'a, b, c, d',
      'a, b, c and 2 others',
    ]);
    const lines = [
      { at: 1_000, name: 'a', text: 'down.' },
      { at: 1_000, name: 'b', text: 'up.' },
      { at: 1_400, name: 'c', text: 'down.' },
      { at: 2_000, name: 'a', text: 'down.' },
      { at: 2_000, text: 'FAULT.' },
      { at: 2_000, text: 'FAULT.' },
    ];
    expect(renderLines(lines, 60)).toBe(
      '00:01 a, c: down.\n00:01 b: up.\n00:02 a: down.\n00:02 FAULT.\n00:02 FAULT.\n',
    );
  });
});

describe('simulate --timeline', () => {
  const dir = mkdtempSync(join(tmpdir(), 'probemesh-timeline-'));
  afterAll(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'scenario.json');
  writeFileSync(file, JSON.stringify(scenario({ faults: [fault(200, 500)] })));
  const main = new URL('../../../scripts/simulate/main.ts', import.meta.url).pathname;
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [main, ...args]).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );

  test('prints the story in place of the document, on either side of the file', async () => {
    const [before, after] = await Promise.all([run('--timeline', file), run(file, '--timeline')]);
    expect([before.code, before.stderr, before.stdout]).toEqual([0, '', after.stdout]);
    expect(before.stdout).toMatch(/^03:20 FAULT refused begins/);
    expect(before.stdout).toMatch(/The end: 2 notifications.*\.\n$/);
  });

  test('names what is wrong with the arguments', async () => {
    const [unknown, none, two, invalid] = await Promise.all([
      run('--time-line', file),
      run('--timeline'),
      run('--timeline', file, file),
      run('--timeline', main),
    ]);
    expect([unknown, none, two, invalid].map(({ code, stdout }) => [code, stdout])).toEqual(
      Array(4).fill([1, '']),
    );
    expect(unknown!.stderr).toMatch(/^Unknown option "--time-line"\. The only option is --timeline\.\n/);
    expect(none!.stderr).toMatch(/^The scenario file is missing\.\n/);
    expect(two!.stderr).toMatch(/^Pass one scenario file, not 2\.\n/);
    expect(invalid!.stderr).toContain('invalid JSON');
  });
});

test('the story has what cron and the clock do, because they are causes too', () => {
  const lines = story({
    faults: [fault(200, 900)],
    cron: { skip: [[300, 600]], double: [[700, 760]], restartAt: [1_000] },
    clock: [
      { from: 1_200, to: 1_260, offsetSeconds: 21_600 },
      { from: 1_500, offsetSeconds: -90 },
    ],
  });
  expect(lines.filter((line) => /CRON|RESTART|CLOCK/.test(line))).toEqual([
    '05:00 CRON stops: no tick runs, until 10:00.',
    '10:00 CRON runs again.',
    '11:40 CRON runs every tick twice, until 12:40.',
    '12:40 CRON runs every tick once again.',
    '16:40 RESTART of the coordinator: the tick that runs is lost.',
    '20:00 CLOCK of the coordinator is 6 h ahead, until 21:00.',
    '21:00 CLOCK of the coordinator is right again.',
    '25:00 CLOCK of the coordinator is 1 min 30 s behind, to the end.',
  ]);
});
