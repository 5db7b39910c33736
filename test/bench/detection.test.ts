// The detection benchmark: each rule on handmade faults, and the arithmetic of the figures.
import { describe, expect, test } from 'vitest';
import { OTHER_TOOLS } from '../../bench/detection/other-tools.ts';
import { attribute, drawOutages, OUTAGE_TYPES, scenarioOf } from '../../bench/detection/outages.ts';
import type { Alert, Observe } from '../../bench/detection/rule.ts';
import { pointsOf } from '../../bench/detection/svg.ts';
import { percentile } from '../../bench/percentile.ts';
import { parseScenario } from '../../scripts/simulate/scenario.ts';

const HOUR = 3_600_000;
const ruleOf = (name: string) => OTHER_TOOLS.find((rule) => rule.name === name)!;
const alertsOf = (name: string, observe: Observe, timeoutMs = 5_000): Alert[] =>
  ruleOf(name).run({ observe, durationMs: 4 * HOUR, timeoutMs, seed: 1 });
const failing =
  (locations: number, from = HOUR, to = 2 * HOUR, kind: 'refused' | 'timeout' = 'refused'): Observe =>
  (location, at) =>
    location < locations && at >= from && at < to ? kind : null;

describe.each(OTHER_TOOLS.map(({ name }) => name))('%s', (name) => {
  test('a rule raises no alert for a healthy target', () => {
    expect(alertsOf(name, () => null)).toEqual([]);
  });

  test('a rule alerts once for an hour of full outage, and once for its end', () => {
    expect(alertsOf(name, failing(6)).map(({ kind }) => kind)).toEqual(['opened', 'resolved']);
  });

  test('a rule alerts later for a silent target', () => {
    const [refused] = alertsOf(name, failing(6));
    const [silent] = alertsOf(name, failing(6, HOUR, 2 * HOUR, 'timeout'));
    expect(silent!.at).toBeGreaterThan(refused!.at);
  });
});

describe('a rule as documented', () => {
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
  ])('the rule of %s alerts for %i failing locations: %s', (name, locations, alerts) => {
    expect(alertsOf(name, failing(locations)).length > 0).toBe(alerts);
  });

  test.each<[string, number]>([
    ['one location, one failure', 0],
    ['Nagios', 3],
    ['Uptime Kuma', 1],
    ['Gatus', 2],
    ['Route 53', 1],
    ['Google Cloud', 1],
  ])('the rule of %s alerts %i minutes after its first failed check', (name, minutes) => {
    expect(alertsOf(name, failing(6))[0]!.at - HOUR).toBe(minutes * 60_000);
  });

  test('a failure that another location does not confirm raises no alert', () => {
    expect(alertsOf('UptimeRobot', failing(2))).toEqual([]);
  });
});

describe('the figures', () => {
  const outages = [
    { from: 1_000, to: 1_030, locations: [0] },
    { from: 9_000, to: 9_600, locations: [0] },
    { from: 20_000, to: 20_600, locations: [0] },
  ];
  const at = (seconds: number, kind: Alert['kind']): Alert => ({ at: seconds * 1_000, kind });

  test('every alert is assigned to its outage or counts as false, and missed outages are counted', () => {
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

  test('percentiles use the nearest rank', () => {
    const values = [10, 20, 30, 40];
    expect([0, 0.25, 0.5, 0.51, 0.95, 1].map((share) => percentile(values, share))).toEqual([
      10, 10, 20, 30, 40, 40,
    ]);
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('drawn outages', () => {
  test('drawn outages are the same for a seed, at least an hour apart and within their limits', () => {
    const drawn = drawOutages(7, OUTAGE_TYPES.three, 200);
    expect(drawOutages(7, OUTAGE_TYPES.three, 200)).toEqual(drawn);
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

  test.each(Object.values(OUTAGE_TYPES))(
    'outages of the type "$name" form a valid scenario',
    (outageType) => {
      const settings = { intervalSeconds: 60, timeoutMs: 5_000, kind: 'timeout' as const, noise: {} };
      const parsed = parseScenario(scenarioOf(3, outageType, drawOutages(3, outageType, 5), settings));
      expect(parsed.ok ? [] : parsed.errors).toEqual([]);
    },
  );
});

test('the picture has a point for each rule with both figures', () => {
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
    outageType: 'full',
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
