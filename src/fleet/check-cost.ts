// Owns what a check run costs a probe: CPU time by check, and the CPU time that a function of some size has for a job.
// Pure. Does not split jobs.
import type { CheckRun } from '../../probes/contract/index.ts';

/**
 * CPU time of one run, ms of a whole core. Measured with `npm run bench:probe` and rounded up, in a process whose code
 * is not compiled yet: that is every new instance of a function.
 */
const RUN_CPU_MS: Readonly<Record<string, number>> = {
  tcp: 0.4,
  udp: 0.4,
  dns: 0.5,
  http: 0.75,
  script: 0.75,
  tls: 0.75,
};

/** A type that is not listed counts as the most expensive one, with TLS. */
const UNKNOWN_CPU_MS = 2;

/** A TLS handshake: key exchange, and the verification of a chain of certificates. */
const TLS_CPU_MS = 1.25;

/** Parsing the job, building the report, and the first run of code that is not compiled yet. */
const JOB_CPU_MS = 15;

/** A function with this much memory has a whole core: docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MB_PER_CORE = 1_769;

/** Every run starts within this time, so that one that hangs has its whole timeout before the deadline of the job. */
const START_WINDOW_MS = 1_280;

/** The part of its share that a probe uses: more, and Lambda freezes it for the rest of a period. */
const CPU_SHARE_USED = 0.7;

/** Expected CPU time of a run, ms. */
export function runCpuMs({ check }: CheckRun): number {
  const own = RUN_CPU_MS[check.type];
  if (own === undefined) return UNKNOWN_CPU_MS;
  return own + (usesTls(check) ? TLS_CPU_MS : 0);
}

/** CPU time that a function of this size has for the runs of one job, ms. Never less than one run needs. */
export const jobCpuMs = (memoryMb: number): number =>
  Math.max(
    UNKNOWN_CPU_MS,
    Math.min(1, memoryMb / MB_PER_CORE) * CPU_SHARE_USED * START_WINDOW_MS - JOB_CPU_MS,
  );

function usesTls(check: CheckRun['check']): boolean {
  switch (check.type) {
    case 'tls':
      return true;
    case 'http':
      return /^https:/i.test(String(check.url));
    default:
      return check.tls === true || (Array.isArray(check.steps) && check.steps.some(startsTls));
  }
}

const startsTls = (step: { readonly startTls?: unknown } | null): boolean => step?.startTls === true;
