// Observations as bytes: exact for every run that a journal can hold, and small for those of healthy monitors.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FAILURE_CODES, PHASES, UNMEASURED_REASONS } from '../../probes/contract/index.ts';
import { RunColumns } from '../../src/store/history/run-columns.ts';
import { decodeSegments, encodeSegment, type SeriesRun } from '../../src/store/history/series-codec.ts';
import { fromLogByte, toLogByte } from '../../src/uptime/log-steps.ts';
import { seeded } from '../support/history/mesh.ts';

const DAY = Date.UTC(2026, 10, 26);
const stored = (ms: number): number => fromLogByte(toLogByte(ms))!;

const startedAt = fc.integer({ min: 0, max: 86_399_999 }).map((ms) => DAY + ms);
const step = fc.integer({ min: 1, max: 255 }).map((byte) => fromLogByte(byte)!);
const exact = fc.double({ min: 0, max: 90_000, noNaN: true });
const timings = (ms: fc.Arbitrary<number>) =>
  fc.record({ dnsMs: ms, connectMs: ms, tlsMs: ms, firstByteMs: ms, totalMs: ms }, { requiredKeys: [] });
const words = fc.string({ unit: 'grapheme', maxLength: 40 });
const location = fc.constantFrom(1, 2, 7, 300);

const okRun = fc.record(
  {
    ...{ location, startedAt, outcome: fc.constant('ok' as const), timings: timings(step) },
    samples: fc.record(
      {
        sent: fc.integer({ min: 1, max: 10 }),
        lost: fc.integer({ min: 0, max: 10 }),
        minMs: step,
        jitterMs: step,
      },
      { requiredKeys: ['sent', 'lost'] },
    ),
    degraded: fc.constant([{ code: 'latency' as const, limit: 50, detail: '61 ms' }]),
  },
  { requiredKeys: ['location', 'startedAt', 'outcome', 'timings'] },
);
const failedRun = fc.record(
  {
    ...{ location, startedAt, outcome: fc.constant('failed' as const), timings: timings(exact) },
    ...{ code: fc.constantFrom(...FAILURE_CODES), phase: fc.constantFrom(...PHASES), detail: words },
  },
  { requiredKeys: ['location', 'startedAt', 'outcome', 'timings', 'code'] },
);
const unmeasuredRun = fc.record(
  {
    ...{ location, startedAt, outcome: fc.constant('unmeasured' as const), timings: fc.constant({}) },
    ...{ reason: fc.constantFrom(...UNMEASURED_REASONS), detail: words },
  },
  { requiredKeys: ['location', 'startedAt', 'outcome', 'timings', 'reason'] },
);
const runs = fc.array(fc.oneof(okRun, failedRun, unmeasuredRun), { maxLength: 40 }) as fc.Arbitrary<
  SeriesRun[]
>;

const inOrder = (all: readonly SeriesRun[]): SeriesRun[] =>
  all.toSorted((a, b) => a.location - b.location || a.startedAt - b.startedAt);

test('every run is decoded as it was, from one segment or from several that were joined', () => {
  fc.assert(
    fc.property(runs, runs, (first, second) => {
      const bytes = [first, second].map((some, index) =>
        encodeSegment({ seq: 2 ** 40 * index, runs: some }, DAY),
      );
      const decoded = decodeSegments(Buffer.concat(bytes), DAY);
      expect(decoded).toEqual([
        { seq: 0, runs: inOrder(first) },
        { seq: 2 ** 40, runs: inOrder(second) },
      ]);
    }),
    { numRuns: 150 },
  );
});

test('runs that are gathered in a few bytes each are the same in the end', () => {
  fc.assert(
    fc.property(runs, (all) => {
      const columns = new RunColumns(DAY);
      for (const run of all) columns.add(run);
      expect(columns.runs()).toEqual(all);
    }),
    { numRuns: 100 },
  );
});

test('a segment that is cut is refused', () => {
  const bytes = encodeSegment({ seq: 1, runs: healthyHour(1, ['connectMs']) }, DAY);
  expect(() => decodeSegments(bytes.subarray(0, -1), DAY)).toThrow('is cut');
});

/** An hour from six locations at 60 s, with the noise of clocks, networks and servers. */
function healthyHour(
  seed: number,
  phases: readonly ('dnsMs' | 'connectMs' | 'tlsMs' | 'firstByteMs')[],
): SeriesRun[] {
  const random = seeded(seed);
  const noise = () => Math.abs(random() + random() + random() - 1.5);
  return [3, 20, 45, 80, 140, 200].flatMap((roundTripMs, index) =>
    Array.from({ length: 60 }, (_, minute): SeriesRun => {
      const usual = {
        dnsMs: 1.5,
        connectMs: roundTripMs,
        tlsMs: 2 * roundTripMs,
        firstByteMs: roundTripMs + 40,
      };
      const spread = { dnsMs: 0.5, connectMs: 0.06, tlsMs: 0.08, firstByteMs: 0.3 };
      const times = Object.fromEntries(
        phases.map((phase) => [phase, stored(usual[phase] * (1 + spread[phase] * noise()))]),
      );
      const totalMs = stored(Object.values(times).reduce((sum, ms) => sum + ms, 0));
      const late = Math.floor(40 * noise() + (random() < 0.05 ? 200 * random() : 0));
      const start = DAY + minute * 60_000 + index * 10_000 + 5_000 + late + 10 * Math.floor(4 * random());
      return { location: index + 1, startedAt: start, outcome: 'ok', timings: { ...times, totalMs } };
    }),
  );
}

describe('an hour of a healthy monitor takes at most 3 bytes a check', () => {
  test.each([
    { check: 'tcp', phases: ['dnsMs', 'connectMs'] as const },
    { check: 'http', phases: ['dnsMs', 'connectMs', 'tlsMs', 'firstByteMs'] as const },
  ])('$check', ({ phases }) => {
    const hour = healthyHour(3, phases);
    expect(encodeSegment({ seq: 1_234_567, runs: hour }, DAY).length / hour.length).toBeLessThan(3);
  });
});
