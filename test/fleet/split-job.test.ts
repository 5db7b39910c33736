// How the runs of a location are divided into jobs: every limit is kept, no run is lost, and jobs are about equal.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CheckRun } from '../../probes/contract/index.ts';
import { jobCpuMs, runCpuMs } from '../../src/fleet/check-cost.ts';
import { jobLimits, MAX_RUN_BYTES, splitJob } from '../../src/fleet/split-job.ts';

const tcp = (id: number): CheckRun => ({ id, check: { type: 'tcp', host: 'a.example', port: 443 } });
const tls = (id: number): CheckRun => ({ id, check: { type: 'tls', host: 'a.example', port: 443 } });
const post = (id: number, body: string): CheckRun => ({
  id,
  check: { type: 'http', url: 'http://a.example/', method: 'POST', body },
});
const many = (count: number, run: (id: number) => CheckRun): CheckRun[] =>
  Array.from({ length: count }, (_, id) => run(id));
const bytesOf = (runs: readonly CheckRun[]): number => Buffer.byteLength(JSON.stringify(runs));
const LARGE = jobLimits(1_769);

describe('the limit of runs', () => {
  test.each([
    [0, []],
    [1, [1]],
    [250, [250]],
    [251, [126, 125]],
    [1_000, [250, 250, 250, 250]],
  ])('%i cheap runs become jobs of %j', (count, sizes) => {
    expect(splitJob(many(count, tcp), LARGE).jobs.map(({ length }) => length)).toEqual(sizes);
  });
});

describe('the limit of bytes', () => {
  test('36 checks with bodies of 65,000 characters that take six bytes each fit into jobs of 6 MB', () => {
    const runs = many(36, (id) => post(id, '\u0001'.repeat(65_000)));
    expect(bytesOf(runs)).toBeGreaterThan(14_000_000);
    const { jobs, tooLarge } = splitJob(runs, LARGE);
    expect(tooLarge).toEqual([]);
    expect(jobs.flat()).toEqual(runs);
    for (const job of jobs) expect(bytesOf(job)).toBeLessThanOrEqual(MAX_RUN_BYTES + 2);
    expect(jobs.length).toBeLessThanOrEqual(4);
  });

  test('bytes are those of UTF-8, and not characters', () => {
    const runs = many(2, (id) => post(id, '語'.repeat(1_100_000)));
    expect(splitJob(runs, LARGE).jobs).toHaveLength(2);
  });

  test('a run that no job can carry is left out with its size, and the others are sent', () => {
    const { jobs, tooLarge } = splitJob([tcp(1), post(2, 'x'.repeat(MAX_RUN_BYTES)), tcp(3)], LARGE);
    expect(jobs).toEqual([[tcp(1), tcp(3)]]);
    expect(tooLarge).toMatchObject([{ run: { id: 2 } }]);
    expect(tooLarge[0]!.bytes).toBeGreaterThan(MAX_RUN_BYTES);
  });
});

describe('the limit of CPU', () => {
  test('TLS is expensive: a function of 256 MB takes fewer than 100 handshakes a job, and a larger one more', () => {
    const sizeAt = (memoryMb: number): number =>
      Math.max(...splitJob(many(1_000, tls), jobLimits(memoryMb)).jobs.map(({ length }) => length));
    expect(sizeAt(256)).toBeGreaterThan(30);
    expect(sizeAt(256)).toBeLessThan(100);
    expect(sizeAt(512)).toBeGreaterThan(1.8 * sizeAt(256));
    expect(sizeAt(1_769)).toBe(250);
  });

  test('an https check and a script with TLS cost a handshake more than without', () => {
    const cost = (check: CheckRun['check']): number => runCpuMs({ id: 1, check });
    const tlsCost = cost({ type: 'http', url: 'https://a/' }) - cost({ type: 'http', url: 'http://a/' });
    expect(tlsCost).toBeGreaterThan(0.5);
    expect(cost({ type: 'script', tls: true }) - cost({ type: 'script' })).toBeCloseTo(tlsCost);
    expect(cost({ type: 'script', steps: [{ startTls: true }] })).toBe(cost({ type: 'script', tls: true }));
    expect(cost({ type: 'a check of the future' })).toBeGreaterThanOrEqual(cost({ type: 'tls' }));
  });

  test('the smallest function takes at least one run a job', () => {
    expect(jobCpuMs(128)).toBeGreaterThan(0);
    expect(splitJob(many(3, tls), { ...LARGE, maxCpuMs: 0.01 }).jobs).toHaveLength(3);
  });
});

test('any runs keep their order, and every job keeps every limit', () => {
  const runs = fc.array(
    fc.record({ type: fc.constantFrom('tcp', 'tls', 'http', 'future'), size: fc.nat(5_000) }),
    { maxLength: 400 },
  );
  const limits = { maxRuns: 50, maxBytes: 20_000, maxCpuMs: 30 };
  fc.assert(
    fc.property(runs, (drawn) => {
      const all = drawn.map(({ type, size }, id) => ({ id, check: { type, host: 'x'.repeat(size) } }));
      const { jobs, tooLarge } = splitJob(all, limits);
      expect(tooLarge).toEqual([]);
      expect(jobs.flat()).toEqual(all);
      for (const job of jobs) {
        expect(job.length).toBeLessThanOrEqual(limits.maxRuns);
        expect(bytesOf(job)).toBeLessThanOrEqual(limits.maxBytes + 2);
        expect(job.reduce((sum, run) => sum + runCpuMs(run), 0)).toBeLessThanOrEqual(limits.maxCpuMs + 1e-6);
      }
    }),
    { numRuns: 50 },
  );
});
