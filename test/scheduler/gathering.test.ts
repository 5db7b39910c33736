// When results of one location's jobs are committed, and as which entries.
import { expect, test } from 'vitest';
import type { ReportedObservation } from '../../src/engine/model/journal.ts';
import type { InvocationResult } from '../../src/fleet/fleet.ts';
import { GATHER_MS, Gathering } from '../../src/scheduler/gathering.ts';

const ok = (monitor: number): ReportedObservation => ({ monitor, startedAt: 5, outcome: 'ok', timings: {} });

function gathered(monitors: number[], more: Partial<InvocationResult> = {}) {
  const result: InvocationResult = {
    ...{ askedAt: 10, answeredAt: 20, error: null, missedDeadline: false },
    observations: monitors.map(ok),
    ...more,
  };
  return { monitors, result };
}

function started(jobs: number): Gathering {
  const gathering = new Gathering(1);
  for (let job = 0; job < jobs; job += 1) gathering.started();
  return gathering;
}

test('the results of all jobs are one entry, as soon as the last one has arrived', () => {
  const gathering = started(3);
  gathering.add(gathered([1], { askedAt: 10, answeredAt: 50 }), 100);
  gathering.add(gathered([2], { askedAt: 5, answeredAt: 90 }), 200);
  expect(gathering.readyAt).toBe(100 + GATHER_MS);
  gathering.add(gathered([3]), 300);
  expect(gathering.readyAt).toBe(300);
  const [entry, ...others] = gathering.take();
  expect(others).toEqual([]);
  expect(entry).toMatchObject({ monitors: [1, 2, 3], result: { askedAt: 5, answeredAt: 90, error: null } });
  expect(entry!.result.observations.map(({ monitor }) => monitor)).toEqual([1, 2, 3]);
  expect(gathering.isDone).toBe(true);
});

test('a job that hangs delays the others by half a second at most', () => {
  const gathering = started(2);
  gathering.add(gathered([1]), 100);
  expect(gathering.readyAt).toBe(100 + GATHER_MS);
  expect(gathering.take()).toHaveLength(1);
  expect(gathering).toMatchObject({ readyAt: Number.POSITIVE_INFINITY, isDone: false });
  gathering.add(gathered([2]), 9_000);
  expect(gathering.readyAt).toBe(9_000);
  expect(gathering.take().map(({ monitors }) => monitors)).toEqual([[2]]);
  expect(gathering.isDone).toBe(true);
});

test('jobs that missed their deadline together are one missed deadline, apart from the others', () => {
  const gathering = started(4);
  gathering.add(gathered([1]), 1);
  gathering.add(gathered([2], { error: 'no answer within 8 s', missedDeadline: true }), 2);
  gathering.add(gathered([3], { error: 'no answer within 6 s', missedDeadline: true }), 3);
  gathering.add(gathered([4], { error: 'throttled' }), 4);
  expect(gathering.take().map(({ monitors, result }) => [monitors, result.error])).toEqual([
    [[1], null],
    [[2, 3], 'no answer within 8 s'],
    [[4], 'throttled'],
  ]);
});

test('an entry stays below a megabyte: larger results become several entries', () => {
  const detail = 'x'.repeat(300);
  const failed = (from: number) => {
    const monitors = Array.from({ length: 1_200 }, (_, index) => from + index);
    const observations = monitors.map((monitor) => ({ ...ok(monitor), outcome: 'failed' as const, detail }));
    return gathered(monitors, { observations });
  };
  const gathering = started(4);
  for (const from of [0, 2_000, 4_000, 6_000]) gathering.add(failed(from), 1);
  const entries = gathering.take();
  expect(entries.map(({ monitors }) => monitors.length)).toEqual([2_400, 2_400]);
  for (const { result } of entries)
    expect(Buffer.byteLength(JSON.stringify(result.observations))).toBeLessThan(1_000_000);
});
