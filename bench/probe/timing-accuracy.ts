// Timing truth: connect times as they are measured, against the kernel's own handshakes in a capture beside it.
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../percentile.ts';
import { capture } from './capture.ts';
import type { Place } from './environments.ts';
import { handshakesWith, type Measured, type Pair, pairUp } from './handshakes.ts';
import { askAllOk, type Instrument, type Small, startProber, tcpJob } from './jobs.ts';
import { end } from './spawn.ts';
import type { BatchAnswer } from './subject.ts';

/** |measured − true|, ms. */
export interface Errors {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface Truth {
  readonly place: string;
  /** Size of the Lambda function whose CPU quota it ran under; null without one. */
  readonly memoryMb: number | null;
  readonly instrument: Instrument;
  readonly targets: number;
  readonly batches: number;
  /** All batches but the first of the process. */
  readonly warm: Errors;
  /** The first batch: the code has not been compiled yet. */
  readonly first: Errors;
  /** Median of the kernel's own, ms. */
  readonly trueMs: number;
  /** Medians of the batches but the first. */
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Ready to run, and another program or the quota had the core. */
  readonly waitedMs: number;
}

export interface TruthTask {
  readonly place: Place;
  readonly small: Small | undefined;
  readonly instrument: Instrument;
  readonly targets: number;
  readonly batches: number;
}

/** Between batches, so that the connections of one are gone before the next. */
const PAUSE_MS = 300;

export async function measureTruth(bundlePath: string, task: TruthTask): Promise<Truth> {
  const { place, small, instrument, targets, batches } = task;
  const beside = await capture(place);
  const prober = await startProber(instrument, bundlePath, { namespace: place.namespace, small });
  const runs: Measured[] = [];
  const answers: BatchAnswer[] = [];
  for (let batch = 0; batch < batches; batch += 1) {
    const job = tcpJob(place.host, targets);
    const answer = await askAllOk(prober, job);
    answers.push(answer);
    for (const [index, { check }] of job.runs.entries()) {
      runs.push({ port: Number(check.port), connectMs: answer.connectMs[index] ?? null });
    }
    await sleep(PAUSE_MS);
  }
  await end(prober);
  const pairs = pairUp(runs, handshakesWith(place.host, await beside.stop()));
  const warmAnswers = answers.slice(1);
  return {
    place: place.name,
    memoryMb: small?.memoryMb ?? null,
    ...{ instrument, targets, batches },
    warm: errorsOf(pairs.slice(targets)),
    first: errorsOf(pairs.slice(0, targets)),
    trueMs: median(pairs.map(({ trueMs }) => trueMs)),
    wallMs: median(warmAnswers.map(({ wallMs }) => wallMs)),
    cpuMs: median(warmAnswers.map(({ cpuMs }) => cpuMs)),
    waitedMs: median(warmAnswers.map(({ waitedMs }) => waitedMs)),
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
