// The estimate of a month: its sums, its order, what it warns about, and where its prices are from.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Estimate, estimate } from '../../../scripts/estimate/cost.ts';
import { CHECK_KINDS } from '../../../scripts/estimate/measured.ts';
import { OTHER_SERVICES } from '../../../scripts/estimate/other-services.ts';
import {
  EGRESS_GIGABYTE,
  FREE_PLAN,
  LOGS_GIGABYTE,
  PAID_PLAN,
  PRICES,
  type Sourced,
} from '../../../scripts/estimate/prices.ts';
import { readmeWorkload } from '../../../scripts/estimate/readme-table.ts';
import { DEFAULT_REGIONS, DEFAULTS, type Group, type Workload } from '../../../scripts/estimate/workload.ts';

const groupArbitrary = fc.record({
  monitors: fc.integer({ min: 0, max: 20_000 }),
  intervalSeconds: fc.constantFrom(30, 60, 120, 300, 600, 1_800, 3_600),
  check: fc.constantFrom(...CHECK_KINDS),
});

const workloadArbitrary: fc.Arbitrary<Workload> = fc
  .record({
    groups: fc.array(groupArbitrary, { minLength: 1, maxLength: 4 }),
    count: fc.integer({ min: 1, max: DEFAULT_REGIONS.length }),
    plan: fc.constantFrom('free', 'paid'),
    memoryMb: fc.constantFrom(128, 256, 512, 1_024, 3_008),
    targetMs: fc.integer({ min: 0, max: 5_000 }),
    watchdogs: fc.integer({ min: 0, max: 2 }),
    copiedPages: fc.integer({ min: 0, max: 5 }),
  })
  .map(({ groups, count, ...rest }) => ({
    ...DEFAULTS,
    ...rest,
    regions: DEFAULT_REGIONS.slice(0, count),
    groups: groups.map((group) => ({ ...group, locations: count })),
  }));

const lineOf = ({ lines }: Estimate, name: string) => lines.find((line) => line.name === name)!;
const of = (groups: readonly Group[], rest: Partial<Workload> = {}): Estimate =>
  estimate({ ...readmeWorkload(0), groups, ...rest });
const group = (monitors: number, rest: Partial<Group> = {}): Group => ({
  ...{ monitors, intervalSeconds: 60, check: 'http', locations: 6 },
  ...rest,
});

describe('a month', () => {
  test('costs what its lines cost together, and no line is negative', () => {
    fc.assert(
      fc.property(workloadArbitrary, (workload) => {
        const { lines, dollars } = estimate(workload);
        expect(lines.every((line) => line.dollars >= 0 && line.used >= 0)).toBe(true);
        expect(lines.every((line) => Number.isFinite(line.dollars + line.used))).toBe(true);
        expect(dollars).toBeCloseTo(lines.reduce((sum, line) => sum + line.dollars, 0));
      }),
    );
  });

  test('never costs or uses less with more monitors', () => {
    fc.assert(
      fc.property(workloadArbitrary, fc.integer({ min: 1, max: 5_000 }), (workload, more) => {
        const [first, ...others] = workload.groups;
        const larger = { ...workload, groups: [{ ...first!, monitors: first!.monitors + more }, ...others] };
        const [before, after] = [estimate(workload), estimate(larger)];
        for (const [index, line] of after.lines.entries()) {
          const smaller = before.lines[index]!;
          expect([line.name, line.used >= smaller.used * (1 - 1e-9)]).toEqual([line.name, true]);
          expect([line.name, line.dollars >= smaller.dollars - 1e-9]).toEqual([line.name, true]);
        }
      }),
    );
  });

  test('of two groups has the checks and the bytes of both', () => {
    fc.assert(
      fc.property(groupArbitrary, groupArbitrary, (a, b) => {
        const [first, second] = [a, b].map((one) => ({ ...one, locations: 6 })) as [Group, Group];
        const [both, one, other] = [of([first, second]), of([first]), of([second])];
        expect(both.usage.checks).toBeCloseTo(one.usage.checks + other.usage.checks);
        expect(lineOf(both, 'Egress').used).toBeCloseTo(
          lineOf(one, 'Egress').used + lineOf(other, 'Egress').used,
        );
        // What travels together is never more than what travels apart.
        expect(lineOf(both, 'Lambda requests').used).toBeLessThanOrEqual(
          lineOf(one, 'Lambda requests').used + lineOf(other, 'Lambda requests').used,
        );
      }),
    );
  });

  test('of groups that are alike costs what one group of their monitors costs', () => {
    expect(of([group(40), group(60)]).dollars).toBeCloseTo(of([group(100)]).dollars);
  });

  test('without monitors has the fixed cost of the plan, and nothing of a probe', () => {
    const { dollars, lines, warnings } = of([group(0)]);
    expect(dollars).toBe(PRICES.workers.base.value);
    const used = lines.filter(({ name }) => /Lambda|Egress|Logs/.test(name)).map((line) => line.used);
    expect(used).toEqual([0, 0, 0, 0]);
    expect(warnings).toEqual([]);
    expect(of([], { plan: 'free' }).dollars).toBe(0);
  });

  test('on the free plan costs nothing at Cloudflare', () => {
    const { lines } = of([group(1_000)], { plan: 'free' });
    const cloudflare = lines.filter(({ name }) => /^(Workers|D1|Queues|Second clock)/.test(name));
    expect(cloudflare.length).toBeGreaterThan(5);
    expect(cloudflare.reduce((sum, line) => sum + line.dollars, 0)).toBe(0);
  });

  test('names the line that costs most', () => {
    expect(of([group(10)]).dominant?.name).toBe('Workers Paid');
    expect(of([group(10_000)]).dominant?.name).toBe('Egress');
    expect(of([group(1)], { plan: 'free' }).dominant).toBeNull();
  });

  test('costs the more, the dearer the data of its regions is', () => {
    const inOne = (region: string) => of([group(5_000)], { regions: [region] }).dollars;
    expect(inOne('sa-east-1')).toBeGreaterThan(inOne('ap-southeast-1'));
    expect(inOne('ap-southeast-1')).toBeGreaterThan(inOne('eu-central-1'));
  });
});

describe('fixed addresses', () => {
  test('cost an hourly price in every region, and a price for what passes in both directions', () => {
    const { lines } = of([group(100)], { nat: true, regions: ['eu-central-1', 'us-east-1'] });
    const [hours, data] = ['NAT gateways', 'NAT data'].map(
      (name) => lines.find((line) => line.name === name)!,
    );
    expect(hours!.dollars).toBeCloseTo(2 * 720 * 0.045);
    expect(data!.used).toBeGreaterThan(lineOf(of([group(100)]), 'Egress').used);
    expect(lineOf(of([group(100)]), 'NAT gateways').dollars).toBe(0);
  });
});

describe('jobs', () => {
  test('divide a location as the coordinator divides it', () => {
    const perMinute = (monitors: number, rest: Partial<Group> = {}, memoryMb = 256) =>
      lineOf(of([group(monitors, rest)], { memoryMb }), 'Lambda requests').used / (30 * 24 * 60);
    // docs/guide/deploy.md: 57 checks with TLS, or 250 without, fit into a job of 256 MB.
    expect(perMinute(57)).toBeCloseTo(6);
    expect(perMinute(58)).toBeCloseTo(12);
    expect(perMinute(250, { check: 'tcp' })).toBeCloseTo(6);
    expect(perMinute(251, { check: 'tcp' })).toBeCloseTo(12);
    expect(perMinute(250, {}, 1_024)).toBeCloseTo(6);
    // Three locations have slots of 10 s between them, over which monitors are spread.
    expect(perMinute(10, { locations: 3 })).toBeCloseTo(6);
    expect(perMinute(1, { locations: 3 })).toBeCloseTo(3);
  });
});

describe('a warning', () => {
  const warned = (monitors: number, rest: Partial<Workload>) =>
    of([group(monitors)], rest).warnings.join('\n');

  test('names each limit of the free plan that a mesh exceeds', () => {
    expect(warned(10, { plan: 'free' })).toMatch(
      /Statements of a tick without a newer one, or in an outage: \d+/,
    );
    const large = warned(1_000, { plan: 'free' });
    for (const text of ['Subrequests of a tick', 'CPU of a tick', 'Bytes in D1', 'Use Workers Paid.'])
      expect(large).toContain(text);
  });

  test('is not given for a mesh that fits the paid plan', () => {
    expect(warned(1_000, {})).toBe('');
  });

  test('names a database that is too large for D1', () => {
    expect(warned(20_000, {})).toContain('Bytes in D1');
  });

  test('names a region whose egress has no dated price', () => {
    expect(warned(10, { regions: ['eu-north-1'] })).toBe(
      'eu-north-1 has no dated price of egress: the highest one is used.',
    );
  });
});

describe('prices', () => {
  const all = [
    ...Object.values(PRICES).flatMap((group) => Object.values(group as Record<string, Sourced>)),
    ...[EGRESS_GIGABYTE, LOGS_GIGABYTE, FREE_PLAN, PAID_PLAN].flatMap((group) => Object.values(group)),
  ];

  test('have a page of the vendor and the date of that page', () => {
    expect(all.length).toBeGreaterThan(40);
    for (const { value, source, date } of all) {
      expect(value).toBeGreaterThan(0);
      expect(source).toMatch(/^https:\/\/(developers\.cloudflare\.com|aws\.amazon\.com)\//);
      expect(date).toMatch(/^20\d\d(-\d\d){0,2}$/);
    }
  });

  test('of other services have a source and a date, and never fall with more monitors', () => {
    for (const { source, date, dollars } of OTHER_SERVICES) {
      expect(source).toMatch(/^https:\/\//);
      expect(date).toMatch(/^20\d\d-\d\d(-\d\d)?$/);
      const known = [1, 10, 11, 100, 1_000, 10_000].map(dollars).filter((value) => value !== null);
      expect(known).toEqual(known.toSorted((a, b) => a - b));
      expect(known.length).toBeGreaterThan(0);
    }
  });

  test('that a source gives are computed as it says', () => {
    const at = (name: string, monitors: number) =>
      OTHER_SERVICES.find((service) => service.name === name)!.dollars(monitors);
    expect(at('Route 53', 10)).toBe(27.5);
    expect([at('Checkly', 75), at('Checkly', 76), at('Checkly', 525), at('Checkly', 526)]).toEqual([
      ...[80, 90, 260, null],
    ]);
    expect([at('Better Stack', 10), at('Better Stack', 11), at('Better Stack', 61)]).toEqual([0, 59, 84]);
    expect([at('UptimeRobot', 10), at('UptimeRobot', 11)]).toEqual([10, null]);
  });
});
