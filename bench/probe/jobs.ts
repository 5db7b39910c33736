// Owns the jobs for the measured process and its results.
import type { ChildProcess } from 'node:child_process';
import { CONTRACT_VERSION, type Job } from '../../probes/contract/index.ts';
import type { CpuGroup } from './cpu-group.ts';
import { nextMessage, spawnOwn } from './spawn.ts';
import type { Batch, BatchResult } from './subject.ts';

export const INSTRUMENTS = ['probemesh', 'naive'] as const;
export type Instrument = (typeof INSTRUMENTS)[number];

/** First port of the targets, below the range of ephemeral ports. */
export const FIRST_PORT = 20_000;
export const MAX_TARGETS = 1_000;

/** Timeout of every check. */
export const TIMEOUT_MS = 5_000;
/** The coordinator's deadline is this much longer than the slowest check. */
const SLACK_MS = 1_500;

export const jobOf = (checks: readonly Job['runs'][number]['check'][]): Job => ({
  version: CONTRACT_VERSION,
  sentAt: Date.now(),
  deadlineMs: TIMEOUT_MS + SLACK_MS,
  canaries: [],
  runs: checks.map((check, id) => ({ id, check })),
});

export const tcpCheck = (host: string, port: number): Job['runs'][number]['check'] => ({
  ...{ type: 'tcp', host, port, timeoutMs: TIMEOUT_MS },
});

/** One tcp check of each of the first targets. */
export const tcpJob = (host: string, targets: number): Job =>
  jobOf(Array.from({ length: targets }, (_, index) => tcpCheck(host, FIRST_PORT + index)));

/** A CPU quota, and the memory size that sets Lambda's environment variables. */
export interface SmallFunction {
  readonly memoryMb: number;
  readonly group: CpuGroup;
}

export const startSubject = (
  instrument: Instrument,
  bundlePath: string,
  where: { readonly namespace?: string | undefined; readonly small?: SmallFunction | undefined } = {},
): Promise<ChildProcess> =>
  spawnOwn(
    './subject.ts',
    [instrument, bundlePath],
    { side: 'measured', namespace: where.namespace, group: where.small?.group },
    {
      PROBEMESH_ALLOW_LOOPBACK: '1',
      ...(where.small ? lambdaEnvironment(where.small.memoryMb) : {}),
    },
  );

export async function runBatch(subject: ChildProcess, job: Job): Promise<BatchResult> {
  subject.send({ job } satisfies Batch);
  return await nextMessage<BatchResult>(subject, 'the measured process');
}

/** Throws if a check failed, because the measurement would then be meaningless. */
export async function runBatchAllOk(subject: ChildProcess, job: Job): Promise<BatchResult> {
  const result = await runBatch(subject, job);
  if (result.outcomes.ok !== job.runs.length) {
    throw new Error(`not every check was ok, so nothing was measured: ${JSON.stringify(result.outcomes)}`);
  }
  return result;
}

/** Lambda's environment variables for this size, and how its runtime divides the memory for Node. */
const lambdaEnvironment = (memoryMb: number): NodeJS.ProcessEnv => ({
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
  NODE_OPTIONS: `--max-semi-space-size=${Math.floor(memoryMb / 20)} --max-old-space-size=${Math.floor(memoryMb * 0.9)}`,
});
