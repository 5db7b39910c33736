// Owns how the runs of one location are divided into jobs: by count, by bytes and by expected CPU. Pure.
// Does not send them.
import type { CheckRun } from '../../probes/contract/index.ts';
import { jobCpuMs, runCpuMs } from './check-cost.ts';

export interface JobLimits {
  readonly maxRuns: number;
  /** Of the runs, serialized. */
  readonly maxBytes: number;
  /** Of the runs, ms of a whole core. */
  readonly maxCpuMs: number;
}

export interface TooLarge {
  readonly run: CheckRun;
  readonly bytes: number;
}

/** What a report can carry, what a journal row can hold, and what a slow location takes with it. */
const MAX_RUNS = 250;

/**
 * Lambda takes 6,291,456 bytes a request (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). The rest is
 * for the other fields of the job.
 */
export const MAX_RUN_BYTES = 6_000_000;

/** The size of the function that docs/guide/deploy.md creates. */
const DEFAULT_MEMORY_MB = 256;

export const jobLimits = (memoryMb = DEFAULT_MEMORY_MB): JobLimits => ({
  maxRuns: MAX_RUNS,
  maxBytes: MAX_RUN_BYTES,
  maxCpuMs: jobCpuMs(memoryMb),
});

/** Sums of fractions: 250 times 1/250 is a little more than 1. */
const ROUNDING = 1e-9;

const encoder = new TextEncoder();

/** A check is the same object for as long as a tick uses it, so it is measured once. */
const bytesByCheck = new WeakMap<CheckRun['check'], number>();

/**
 * As few jobs as the limits allow, of about the same weight, in the order of the runs. A run that is too large for any
 * job is left out.
 */
export function splitJob(
  runs: readonly CheckRun[],
  limits: JobLimits,
): { readonly jobs: readonly CheckRun[][]; readonly tooLarge: readonly TooLarge[] } {
  const tooLarge: TooLarge[] = [];
  const weighed = runs.flatMap((run) => {
    const bytes = bytesOf(run);
    if (bytes > limits.maxBytes) {
      tooLarge.push({ run, bytes });
      return [];
    }
    return [{ run, weight: weightOf(run, bytes, limits) }];
  });
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0);
  const fairShare = total / Math.ceil(total - ROUNDING);
  const jobs: CheckRun[][] = [];
  let current = Number.POSITIVE_INFINITY;
  for (const { run, weight } of weighed) {
    if (current >= fairShare - ROUNDING || current + weight > 1 + ROUNDING) {
      jobs.push([]);
      current = 0;
    }
    jobs.at(-1)!.push(run);
    current += weight;
  }
  return { jobs, tooLarge };
}

/** The part of a job that a run takes: a job whose weights sum up to 1 keeps every limit. */
const weightOf = (run: CheckRun, bytes: number, { maxRuns, maxBytes, maxCpuMs }: JobLimits): number =>
  Math.max(1 / maxRuns, bytes / maxBytes, Math.min(1, runCpuMs(run) / maxCpuMs));

/** With the comma that follows it. The run's number takes a few bytes more or less than here. */
function bytesOf({ id, check }: CheckRun): number {
  const known = bytesByCheck.get(check) ?? encoder.encode(JSON.stringify(check)).length;
  bytesByCheck.set(check, known);
  return known + `{"id":${id},"check":},`.length;
}
