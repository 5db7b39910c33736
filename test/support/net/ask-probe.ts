// Asks the probe's own handler, in this process or in another one, as Lambda would.
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
  /** The coordinator's clock; a job's order depends on it. */
  readonly sentAt?: number;
  /** The handler of another process, whose environment is its own. */
  readonly answer?: (job: unknown) => Promise<unknown>;
}

/** Options of the looks, numbered from 0 on. The report has to pass the contract's schema and answer each look once, in order. */
export async function askProbe(
  checks: readonly object[],
  surroundings: ProbeOptions = {},
): Promise<ProbeRun> {
  const {
    deadlineMs = 10_000,
    remainingMs = 30_000,
    allowLoopback = true,
    canaries = [],
    trace = false,
  } = surroundings;
  process.env.PROBEMESH_ALLOW_LOOPBACK = allowLoopback ? '1' : '';
  process.env.PROBEMESH_DNS_SERVERS = surroundings.nameServer ?? '';
  process.env.PROBEMESH_SOURCE_ADDRESS = surroundings.sourceAddress ?? '';
  const runs = checks.map((check, id) => ({ id, check: { type: 'tcp', ...check } }));
  const job = {
    version: CONTRACT_VERSION,
    sentAt: surroundings.sentAt ?? Date.now(),
    deadlineMs,
    canaries,
    trace,
    runs,
  };
  const startedAt = performance.now();
  const here = (event: unknown): Promise<unknown> =>
    handler(event, { getRemainingTimeInMillis: () => remainingMs });
  const answer = await (surroundings.answer ?? here)(JSON.parse(JSON.stringify(job)));
  const tookMs = performance.now() - startedAt;
  const { observations } = reportSchema.parse(JSON.parse(JSON.stringify(answer)));
  const ids = observations.map(({ id }) => id);
  if (ids.join() !== checks.map((_, id) => id).join()) throw new Error(`looks answered: ${ids.join()}`);
  return { observations, tookMs };
}

/** So many ms, and a quarter of a second more for a machine that has something else to do. */
export const inTime = (ms: number): number => ms + 250;

/** `ok`, or `failed dns`, or `unmeasured deadline`. */
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
