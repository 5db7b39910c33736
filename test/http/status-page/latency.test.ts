import { expect, test } from 'vitest';
import type { HistoryObservation } from '../../../src/history/read-history.ts';
import { latencyOfDays, latencyOfRuns } from '../../../src/http/status-page/latency.ts';
import { noFigures } from '../../../src/uptime/figures.ts';
import { toLogByte } from '../../../src/uptime/log-steps.ts';
import type { DayFigures } from '../../../src/uptime/model.ts';
import { NO_TIME } from '../../../src/uptime/moments.ts';

function* runs(all: readonly Partial<HistoryObservation>[]): Generator<HistoryObservation> {
  for (const one of all)
    yield { ...{ monitor: 1, location: 'aws:b', startedAt: 0, outcome: 'ok', timings: {} }, ...one };
}
const near = (ms: number) => (found: number | null) => Math.abs((found ?? 0) - ms) <= 0.03 * ms;

test('a chart has the median of each part, of ok runs inside the span, by location', () => {
  const timed = (startedAt: number, totalMs: number, more: Partial<HistoryObservation> = {}) => ({
    ...{ startedAt, timings: { totalMs }, ...more },
  });
  const found = latencyOfRuns(
    runs([
      ...[timed(100, 10), timed(149, 30), timed(149, 20), timed(199, 80)],
      ...[timed(99, 900), timed(200, 900), timed(120, 900, { outcome: 'failed' })],
      timed(100, 50, { location: 'aws:a' }),
    ]),
    { from: 100, to: 200, parts: 2 },
  );
  expect(found.map(({ location }) => location)).toEqual(['aws:a', 'aws:b']);
  const [a, b] = found as [(typeof found)[0], (typeof found)[0]];
  expect([near(50)(a.points[0]!), a.points[1], a.uptime]).toEqual([true, null, null]);
  expect([near(20)(b.points[0]!), near(80)(b.points[1]!), near(80)(b.p99)]).toEqual([true, true, true]);
});

test('a chart of days has a point a day, and the uptime of each location', () => {
  const day = (number: number, ms: number): DayFigures => ({
    ...{ day: number, totals: NO_TIME, spans: [] },
    byLocation: [
      { ...noFigures('aws:a'), latency: new Map([[toLogByte(ms), 1]]), votedMs: 10, failingMs: 1 },
    ],
  });
  const [found] = latencyOfDays([day(3, 40), day(5, 90)], { from: 3 * 86_400_000, parts: 3 });
  expect([near(40)(found!.points[0]!), found!.points[1], near(90)(found!.points[2]!)]).toEqual([
    true,
    null,
    true,
  ]);
  expect(found!.uptime).toBeCloseTo(0.9);
});
