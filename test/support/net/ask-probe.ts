// Calls the probe's own handler as Lambda does, in this process or in another one.
import {
  type Canary,
  CONTRACT_VERSION,
  type Observation,
  reportSchema,
} from '../../../probes/contract/index.ts';
import { handler } from '../../../probes/lambda/handler.ts';

export interface ProbeRun {
  readonly observations: Observation[];
  readonly tookMs: number;
}

export interface ProbeOptions {
  readonly deadlineMs?: number;
  readonly remainingMs?: number;
  readonly allowLoopback?: boolean;
  readonly nameServer?: string;
  readonly sourceAddress?: string;
  readonly canaries?: readonly Canary[];
  readonly trace?: boolean;
  /** The coordinator's clock; the order of a job's runs depends on it. */
  readonly sentAt?: number;
  /** The handler of another process, which has its own environment. */
  readonly answer?: (job: unknown) => Promise<unknown>;
}

/** Runs checks with these options, numbered from 0. Throws unless the report is valid and answers each run once, in order. */
export async function askProbe(checks: readonly object[], options: ProbeOptions = {}): Promise<ProbeRun> {
  const {
    deadlineMs = 10_000,
    remainingMs = 30_000,
    allowLoopback = true,
    canaries = [],
    trace = false,
  } = options;
  process.env.PROBEMESH_ALLOW_LOOPBACK = allowLoopback ? '1' : '';
  process.env.PROBEMESH_DNS_SERVERS = options.nameServer ?? '';
  process.env.PROBEMESH_SOURCE_ADDRESS = options.sourceAddress ?? '';
  const runs = checks.map((check, id) => ({ id, check: { type: 'tcp', ...check } }));
  const job = {
    version: CONTRACT_VERSION,
    sentAt: options.sentAt ?? Date.now(),
    deadlineMs,
    canaries,
    trace,
    runs,
  };
  const startedAt = performance.now();
  const answerHere = (event: unknown): Promise<unknown> =>
    handler(event, { getRemainingTimeInMillis: () => remainingMs });
  const report = await (options.answer ?? answerHere)(JSON.parse(JSON.stringify(job)));
  const tookMs = performance.now() - startedAt;
  const { observations } = reportSchema.parse(JSON.parse(JSON.stringify(report)));
  const ids = observations.map(({ id }) => id);
  if (ids.join() !== checks.map((_, id) => id).join()) throw new Error(`unexpected run ids: ${ids.join()}`);
  return { observations, tookMs };
}

/** Adds a quarter of a second, for a busy machine. */
export const inTime = (ms: number): number => ms + 250;

/** `ok`, `failed dns` or `unmeasured deadline`. */
export function words(observation: Observation | undefined): string {
  switch (observation?.outcome) {
    case 'ok':
      return 'ok';
    case 'failed':
      return `failed ${observation.code}`;
    case 'unmeasured':
      return `unmeasured ${observation.reason}`;
    default:
      return 'nothing';
  }
}
