// Jobs for the process that is measured, and its answers.
import type { ChildProcess } from 'node:child_process';
import { CONTRACT_VERSION, type Job } from '../../probes/contract/index.ts';
import type { CpuGroup } from './cpu-group.ts';
import { answerOf, launchOwn } from './spawn.ts';
import type { Batch, BatchAnswer } from './subject.ts';

export const INSTRUMENTS = ['probemesh', 'naive'] as const;
export type Instrument = (typeof INSTRUMENTS)[number];

/** Ports of the targets: below the range that the kernel gives out by itself. */
export const FIRST_PORT = 20_000;
export const MOST_TARGETS = 1_000;

/** Of every look. */
export const TIMEOUT_MS = 5_000;
/** As the coordinator gives it: the slowest look, and a second and a half. */
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

/** One tcp look at each of the first targets. */
export const tcpJob = (host: string, targets: number): Job =>
  jobOf(Array.from({ length: targets }, (_, index) => tcpCheck(host, FIRST_PORT + index)));

/** A quota goes with what Lambda tells a function of its size. */
export interface Small {
  readonly memoryMb: number;
  readonly group: CpuGroup;
}

export const startProber = (
  instrument: Instrument,
  bundlePath: string,
  where: { readonly namespace?: string | undefined; readonly small?: Small | undefined } = {},
): Promise<ChildProcess> =>
  launchOwn(
    './subject.ts',
    [instrument, bundlePath],
    { side: 'measured', namespace: where.namespace, group: where.small?.group },
    {
      PROBEMESH_ALLOW_LOOPBACK: '1',
      ...(where.small ? lambdaEnvironment(where.small.memoryMb) : {}),
    },
  );

export async function ask(prober: ChildProcess, job: Job): Promise<BatchAnswer> {
  prober.send({ job } satisfies Batch);
  return await answerOf<BatchAnswer>(prober, 'the prober');
}

/** For measurements that are worth nothing when a look did not reach its target. */
export async function askAllOk(prober: ChildProcess, job: Job): Promise<BatchAnswer> {
  const answer = await ask(prober, job);
  if (answer.outcomes.ok !== job.runs.length) {
    throw new Error(`not every look was ok, so nothing was measured: ${JSON.stringify(answer.outcomes)}`);
  }
  return answer;
}

/** What a function of this size is told, and how Lambda's runtime divides its memory for Node. */
const lambdaEnvironment = (memoryMb: number): NodeJS.ProcessEnv => ({
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
  NODE_OPTIONS: `--max-semi-space-size=${Math.floor(memoryMb / 20)} --max-old-space-size=${Math.floor(memoryMb * 0.9)}`,
});
