// The accounting rule, and figures that are merged.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeHistograms, percentileOf } from '../src/uptime/figures.ts';
import { toLogByte } from '../src/uptime/log-steps.ts';
import { MOMENTS, type MomentSpan } from '../src/uptime/model.ts';
import { disjointSpans, NO_TIME, totalsOf, uptimeOf } from '../src/uptime/moments.ts';

describe('of several kinds that cover a moment', () => {
  test('the first counts: a failure during a maintenance is no downtime, and a paused monitor has none', () => {
    const spans: MomentSpan[] = [
      { moment: 'down', from: 0, to: 100 },
      { moment: 'maintenance', from: 40, to: 60 },
      { moment: 'paused', from: 50, to: 70 },
      { moment: 'partial', from: 90, to: 130 },
      { moment: 'no_data', from: 120, to: 125 },
    ];
    expect(totalsOf(disjointSpans(spans, 0, 200), 0, 200)).toEqual({
      ...{ paused: 20, maintenance: 10, no_data: 5, down: 70, partial: 25, up: 70 },
    });
  });

  test('spans equal what each millisecond counts as', () => {
    const span = fc
      .record({
        moment: fc.constantFrom(...MOMENTS.filter((one) => one !== 'up')),
        a: fc.nat(50),
        b: fc.nat(50),
      })
      .map(({ moment, a, b }): MomentSpan => ({ moment, from: Math.min(a, b), to: Math.max(a, b) }));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 12 }), fc.nat(20), (spans, from) => {
        const to = 45;
        const counted: Record<string, number> = { ...NO_TIME };
        for (let at = from; at < to; at += 1) {
          const covering = spans.filter((one) => one.from <= at && at < one.to).map(({ moment }) => moment);
          const moment = MOMENTS.find((one) => one === 'up' || covering.includes(one))!;
          counted[moment] = counted[moment]! + 1;
        }
        expect(totalsOf(disjointSpans(spans, from, to), from, to)).toEqual(counted);
      }),
      { numRuns: 300 },
    );
  });
});

test('uptime is 1 − down / (down + partial + up), and nothing that counts is no data', () => {
  expect(uptimeOf({ ...NO_TIME, down: 1, partial: 2, up: 97, paused: 500, no_data: 500 })).toBe(0.99);
  expect(uptimeOf({ ...NO_TIME, paused: 10, maintenance: 10, no_data: 10 })).toBeNull();
});

test('percentiles of merged histograms are at most 3 % off those of all runs', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.05, max: 30_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.5, 0.95, 0.99),
      (times, share) => {
        const histogramOf = (some: readonly number[]) =>
          new Map([...Map.groupBy(some, toLogByte)].map(([step, all]) => [step, all.length]));
        const half = Math.floor(times.length / 2);
        const merged = mergeHistograms([histogramOf(times.slice(0, half)), histogramOf(times.slice(half))]);
        const exact = times.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * times.length)) - 1]!;
        expect(Math.abs(percentileOf(merged, share)! - exact) / exact).toBeLessThan(0.03);
      },
    ),
  );
  expect(percentileOf(new Map(), 0.5)).toBeNull();
});
