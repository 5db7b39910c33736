// The bench of detection: each rule on weather made by hand, and the arithmetic of what was found.
import { describe, expect, test } from 'vitest';
import { PEERS } from '../../bench/detection/other-tools.ts';
import { attribute, drawOutages, SORTS, scenarioOf } from '../../bench/detection/outages.ts';
import type { Alert, See } from '../../bench/detection/rule.ts';
import { pointsOf } from '../../bench/detection/svg.ts';
import { percentile } from '../../bench/percentile.ts';
import { parseScenario } from '../../scripts/simulate/scenario.ts';

const HOUR = 3_600_000;
const ruleOf = (name: string) => PEERS.find((rule) => rule.name === name)!;
const alertsOf = (name: string, see: See, timeoutMs = 5_000): Alert[] =>
  ruleOf(name).run({ see, durationMs: 4 * HOUR, timeoutMs, seed: 1 });
const failing =
  (locations: number, from = HOUR, to = 2 * HOUR, kind: 'refused' | 'timeout' = 'refused'): See =>
  (location, at) =>
    location < locations && at >= from && at < to ? kind : null;

describe.each(PEERS.map(({ name }) => name))('%s', (name) => {
  test('says nothing while nothing is wrong', () => {
    expect(alertsOf(name, () => null)).toEqual([]);
  });

  test('tells an hour of full outage once, and its end once', () => {
    expect(alertsOf(name, failing(6)).map(({ kind }) => kind)).toEqual(['opened', 'resolved']);
  });

  test('tells later of a target that is silent', () => {
    const [refused] = alertsOf(name, failing(6));
    const [silent] = alertsOf(name, failing(6, HOUR, 2 * HOUR, 'timeout'));
    expect(silent!.at).toBeGreaterThan(refused!.at);
  });
});

describe('a rule as it is documented', () => {
  test.each<[string, number, boolean]>([
    ['one location, one failure', 1, true],
    ['Nagios', 1, true],
    ['openstatus', 2, false],
    ['openstatus', 3, true],
    ['Better Stack', 2, false],
    ['Better Stack', 3, true],
    ['Route 53', 4, false],
    ['Route 53', 5, true],
    ['Google Cloud', 1, false],
    ['Google Cloud', 2, true],
    ['Azure Monitor', 2, false],
    ['Azure Monitor', 3, true],
    ['2 of 6, twice in a row', 1, false],
    ['2 of 6, twice in a row', 2, true],
    ['3 of 6, twice in a row', 2, false],
  ])('%s, with %i failing locations, alerts: %s', (name, locations, alerts) => {
    expect(alertsOf(name, failing(locations)).length > 0).toBe(alerts);
  });

  test.each<[string, number]>([
    ['one location, one failure', 0],
    ['Nagios', 3],
    ['Uptime Kuma', 1],
    ['Gatus', 2],
    ['Route 53', 1],
    ['Google Cloud', 1],
  ])('%s waits %i minutes after its first failing look', (name, minutes) => {
    expect(alertsOf(name, failing(6))[0]!.at - HOUR).toBe(minutes * 60_000);
  });

  test('a second opinion that differs is no alert', () => {
    const seen = alertsOf('UptimeRobot', failing(2));
    expect(seen).toEqual([]);
  });
});

describe('what was found', () => {
  const outages = [
    { from: 1_000, to: 1_030, locations: [0] },
    { from: 9_000, to: 9_600, locations: [0] },
    { from: 20_000, to: 20_600, locations: [0] },
  ];
  const at = (seconds: number, kind: Alert['kind']): Alert => ({ at: seconds * 1_000, kind });

  test('belongs to its outage, or is false, or missing', () => {
    const found = attribute(outages, [
      at(500, 'opened'),
      at(560, 'resolved'),
      at(9_015, 'opened'),
      at(9_620, 'resolved'),
      at(20_030, 'opened'),
      at(20_300, 'resolved'),
      at(20_330, 'opened'),
      at(20_610, 'resolved'),
    ]);
    expect(found).toEqual({
      delays: [15_000, 30_000],
      recoveries: [10_000, 20_000],
      ...{ outages: 3, missed: 1, longMissed: 0, long: 2, opened: 3, resolved: 3, falseAlerts: 1 },
    });
  });

  test('has the percentiles of the nearest rank', () => {
    const values = [10, 20, 30, 40];
    expect([0, 0.25, 0.5, 0.51, 0.95, 1].map((share) => percentile(values, share))).toEqual([
      10, 10, 20, 30, 40, 40,
    ]);
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('the outages', () => {
  test('are the same for a seed, an hour apart at least, and as long as they may be', () => {
    const drawn = drawOutages(7, SORTS.three, 200);
    expect(drawOutages(7, SORTS.three, 200)).toEqual(drawn);
    for (const [index, { from, to, locations }] of drawn.entries()) {
      expect(from - (drawn[index - 1]?.to ?? 0)).toBeGreaterThanOrEqual(3_600);
      expect(to - from).toBeGreaterThanOrEqual(20);
      expect(to - from).toBeLessThanOrEqual(6 * 3_600);
      expect(locations).toHaveLength(3);
    }
    const lengths = drawn.map(({ from, to }) => to - from).sort((a, b) => a - b);
    expect(percentile(lengths, 0.5)).toBeGreaterThan(400);
    expect(percentile(lengths, 0.5)).toBeLessThan(900);
  });

  test.each(Object.values(SORTS))('of the sort "$name" make a scenario', (sort) => {
    const settings = { intervalSeconds: 60, timeoutMs: 5_000, kind: 'timeout' as const, noise: {} };
    const parsed = parseScenario(scenarioOf(3, sort, drawOutages(3, sort, 5), settings));
    expect(parsed.ok ? [] : parsed.errors).toEqual([]);
  });
});

test('the picture has a point for each rule with a figure of both kinds', () => {
  const row = {
    outages: 1,
    p50: 1,
    max: 1,
    longMissed: 0,
    long: 1,
    missed: 0,
    openedPerOutage: 1,
    resolvedPerOutage: 1,
  };
  const outage = {
    ...row,
    sort: 'full',
    kind: 'timeout',
    intervalSeconds: 60,
    recoveryP95: 1,
    startErrorP95: 1,
    partial: null,
  };
  const noise = {
    noise: 'C',
    intervalSeconds: 60,
    years: 20,
    partialsPerYear: 0,
    partialsOfOne: 0,
    extraPercent: 0,
  };
  const points = pointsOf({
    noise: [{ ...noise, rule: 'a', falsePerYear: 3 }],
    outages: [
      { ...outage, rule: 'a', p95: 30 },
      { ...outage, rule: 'b', p95: 40 },
      { ...outage, rule: 'a', p95: 50, kind: 'refused' },
    ],
  });
  expect(points).toEqual([{ rule: 'a', x: 30, y: 3 }]);
});
