// Owns the timing accuracy: measured connect times compared with the kernel's handshakes in a capture.
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../percentile.ts';
import { capture } from './capture.ts';
import type { Environment } from './environments.ts';
import { handshakesWith, type Measured, type Pair, pairUp } from './handshakes.ts';
import { type Instrument, runBatchAllOk, type SmallFunction, startSubject, tcpJob } from './jobs.ts';
import { end } from './spawn.ts';
import type { BatchResult } from './subject.ts';

/** |measured − true| in ms. */
export interface Errors {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface TimingAccuracy {
  readonly environment: string;
  /** Size of the Lambda function whose CPU quota applied. Null without a quota. */
  readonly memoryMb: number | null;
  readonly instrument: Instrument;
  readonly targets: number;
  readonly batches: number;
  /** All batches of the process except the first. */
  readonly warm: Errors;
  /** The first batch, before the JIT compiler has run. */
  readonly first: Errors;
  /** Median of the kernel's times. */
  readonly trueMs: number;
  /** Medians of all batches except the first. */
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Time in which the process was ready to run but another program or the quota held the core. */
  readonly waitedMs: number;
}

export interface TimingAccuracyTask {
  readonly environment: Environment;
  readonly small: SmallFunction | undefined;
  readonly instrument: Instrument;
  readonly targets: number;
  readonly batches: number;
}

/** Pause between batches, so that connections are closed before the next batch. */
const PAUSE_MS = 300;

export async function measureTimingAccuracy(
  bundlePath: string,
  task: TimingAccuracyTask,
): Promise<TimingAccuracy> {
  const { environment, small, instrument, targets, batches } = task;
  const running = await capture(environment);
  const subject = await startSubject(instrument, bundlePath, { namespace: environment.namespace, small });
  const runs: Measured[] = [];
  const results: BatchResult[] = [];
  for (let batch = 0; batch < batches; batch += 1) {
    const job = tcpJob(environment.host, targets);
    const result = await runBatchAllOk(subject, job);
    results.push(result);
    for (const [index, { check }] of job.runs.entries()) {
      runs.push({ port: Number(check.port), connectMs: result.connectMs[index] ?? null });
    }
    await sleep(PAUSE_MS);
  }
  await end(subject);
  const pairs = pairUp(runs, handshakesWith(environment.host, await running.stop()));
  const warmResults = results.slice(1);
  return {
    environment: environment.name,
    memoryMb: small?.memoryMb ?? null,
    ...{ instrument, targets, batches },
    warm: errorsOf(pairs.slice(targets)),
    first: errorsOf(pairs.slice(0, targets)),
    trueMs: median(pairs.map(({ trueMs }) => trueMs)),
    wallMs: median(warmResults.map(({ wallMs }) => wallMs)),
    cpuMs: median(warmResults.map(({ cpuMs }) => cpuMs)),
    waitedMs: median(warmResults.map(({ waitedMs }) => waitedMs)),
  };
}

export function errorsOf(pairs: readonly Pair[]): Errors {
  const sorted = pairs.map(({ measuredMs, trueMs }) => Math.abs(measuredMs - trueMs)).sort((a, b) => a - b);
  return {
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
    max: percentile(sorted, 1),
  };
}

export const median = (values: readonly number[]): number =>
  percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
