import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MOMENTS, type Moment, type MomentSpan } from '../../src/uptime/model.ts';
import { sumTotals, totalsOf, uptimeOf } from '../../src/uptime/moments.ts';
import {
  countedMs,
  type MeasuredIncident,
  type MonitorTime,
  objectiveOf,
  summarise,
} from '../../src/uptime/report.ts';

const HOUR = 3_600_000;
const span = (moment: MomentSpan['moment'], from: number, to: number): MomentSpan => ({
  ...{ moment, from: from * HOUR, to: to * HOUR },
});
const monitor = (spans: readonly MomentSpan[], from = 0, to = 24, number = 1): MonitorTime => ({
  ...{ number, from: from * HOUR, to: to * HOUR, spans },
});
const outage = (startedAt: number, resolvedAt: number | null, more: Partial<MeasuredIncident> = {}) => ({
  ...{ id: 'inc', monitorNumber: 1, verdict: 'down' as const, startedAt: startedAt * HOUR },
  ...{ detectedAt: startedAt * HOUR + 12_000, resolvedAt: resolvedAt === null ? null : resolvedAt * HOUR },
  ...more,
});

test('a range in which nothing counts has no uptime, and not 100 %', () => {
  expect(uptimeOf(totalsOf([span('no_data', 0, 24)], 0, 24 * HOUR))).toBeNull();
  expect(uptimeOf(totalsOf([span('paused', 0, 12), span('maintenance', 12, 24)], 0, 24 * HOUR))).toBeNull();
  expect(uptimeOf(totalsOf([], 0, 0))).toBeNull();
});

test('paused, maintenance and no data leave both sides of the division, and partial counts as up', () => {
  const spans = [
    ...[span('paused', 0, 6), span('maintenance', 6, 8), span('no_data', 8, 10)],
    ...[span('down', 10, 12), span('partial', 12, 14)],
  ];
  const totals = totalsOf(spans, 0, 24 * HOUR);
  expect(countedMs(totals)).toBe(14 * HOUR);
  expect(uptimeOf(totals)).toBeCloseTo(1 - 2 / 14, 12);
});

test('totals and uptime are those of counting every moment, for random spans and ranges', () => {
  const spans = fc
    .array(fc.tuple(fc.constantFrom(...MOMENTS), fc.integer({ min: 1, max: 5 })), { maxLength: 12 })
    .map((parts) => {
      const moments: Moment[] = parts.flatMap(([moment, length]) => Array<Moment>(length).fill(moment));
      return moments;
    });
  fc.assert(
    fc.property(spans, fc.nat(40), fc.nat(40), (moments, a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const cut: MomentSpan[] = moments.flatMap((moment, at) =>
        moment === 'up' ? [] : [{ moment, from: at, to: at + 1 }],
      );
      const counted = Array.from({ length: to - from }, (_, i) => moments[from + i] ?? 'up');
      const totals = totalsOf(cut, from, to);
      for (const moment of MOMENTS)
        expect(totals[moment]).toBe(counted.filter((one) => one === moment).length);
      const downs = counted.filter((one) => one === 'down').length;
      const all = counted.filter((one) => ['down', 'partial', 'up'].includes(one)).length;
      expect(uptimeOf(totals)).toBe(all === 0 ? null : 1 - downs / all);
    }),
  );
});

test('of several monitors, the times are added before the division', () => {
  const long = totalsOf([span('down', 0, 1)], 0, 100 * HOUR);
  const short = totalsOf([span('down', 0, 1)], 0, 2 * HOUR);
  expect(uptimeOf(sumTotals([long, short]))).toBeCloseTo(1 - 2 / 102, 12);
});

test('an outage that a maintenance covers whole is not an outage of the report', () => {
  const summary = summarise([monitor([span('maintenance', 2, 6)])], [outage(3, 5)]);
  expect(summary).toMatchObject({ outages: 0, meanTimeToResolveMs: null, meanTimeToDetectMs: null });
});

test('an outage that outlasts its maintenance is one, and its mean times are those of the whole outage', () => {
  const summary = summarise([monitor([span('maintenance', 2, 4), span('down', 4, 5)])], [outage(3, 5)]);
  expect(summary).toMatchObject({ outages: 1, longestMs: HOUR, meanTimeToResolveMs: 2 * HOUR });
  expect(summary.meanTimeToDetectMs).toBe(12_000);
});

test('an outage that began before the period counts, and one that is open has no time to resolve', () => {
  const before = outage(-2, 1, { id: 'before' });
  const open = outage(20, null, { id: 'open' });
  const summary = summarise([monitor([span('down', 0, 1), span('down', 20, 24)])], [before, open]);
  expect(summary).toMatchObject({ outages: 2, meanTimeToResolveMs: 3 * HOUR, longestMs: 4 * HOUR });
});

test('an outage that ended at the start of the period is not one of it, nor is one of another monitor', () => {
  const other = outage(3, 4, { monitorNumber: 2 });
  expect(summarise([monitor([])], [outage(-2, 0), other]).outages).toBe(0);
});

test('an outage in time without data, because the monitor had not begun, does not count', () => {
  expect(summarise([monitor([], 12, 24)], [outage(3, 5)]).outages).toBe(0);
});

test('a regional problem is counted as partial, and has no downtime', () => {
  const partial = outage(3, 5, { verdict: 'partial' });
  const summary = summarise([monitor([span('partial', 3, 5)])], [partial]);
  expect(summary).toMatchObject({ outages: 0, partials: 1, uptime: 1 });
});

test('an objective of 99.9 allows 43.2 minutes in 30 days, and a burn rate of 1 spends it by the end', () => {
  const month = 30 * 24 * HOUR;
  const half = { ...totalsOf([], 0, month / 2), down: 0 };
  const spent = { ...half, down: 21.6 * 60_000, up: half.up - 21.6 * 60_000 };
  const objective = objectiveOf(99.9, spent, month / 2);
  expect(objective.budgetMs).toBeCloseTo(43.2 * 60_000, 3);
  expect(objective.remainingMs).toBeCloseTo(21.6 * 60_000, 3);
  expect(objective.burnRate).toBeCloseTo(1, 9);
});

test('an objective that is reached exactly is met, and a second more misses it', () => {
  const totals = { ...totalsOf([], 0, 1_000_000_000), down: 1_000_000, up: 999_000_000 };
  expect(objectiveOf(99.9, totals, 0)).toMatchObject({ met: true, remainingMs: 0 });
  expect(objectiveOf(99.9, { ...totals, down: 1_001_000, up: 998_999_000 }, 0).met).toBe(false);
});

test('without data, an objective is neither met nor missed', () => {
  const totals = totalsOf([span('no_data', 0, 24)], 0, 24 * HOUR);
  expect(objectiveOf(99.9, totals, 0)).toMatchObject({ met: null, burnRate: null, spentMs: 0 });
});
