// Runs checks against a name whose addresses a test chooses, without a DNS server: the resolver is the test's own.
import { createServer } from 'node:net';
import type { Canary } from '../../../probes/contract/index.ts';
import { CONTRACT_VERSION, type Observation, reportSchema } from '../../../probes/contract/index.ts';
import { type RunOptions, runJob } from '../../../probes/runner/run-job.ts';

/** The name that every check of this file uses. */
export const NAME = 'shop.test.example';

export interface NamedRun {
  readonly addresses: readonly string[];
  /** Addresses of other names. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly canaries?: readonly Canary[];
  readonly trace?: boolean;
  readonly deadlineMs?: number;
}

/** Runs one check; the observation meets the contract. */
export async function checkName(check: object, run: NamedRun): Promise<Observation> {
  const [observation] = await checkNames([check], run);
  return observation!;
}

export async function checkNames(checks: readonly object[], run: NamedRun): Promise<Observation[]> {
  const { addresses, names = {}, canaries = [], trace = false, deadlineMs = 10_000 } = run;
  const job = {
    version: CONTRACT_VERSION,
    sentAt: 0,
    deadlineMs,
    canaries: [...canaries],
    trace,
    runs: checks.map((check, id) => ({
      id,
      check: { timeoutMs: 700, ...('type' in check ? check : { type: 'tcp', host: NAME, ...check }) },
    })),
  };
  const options: RunOptions = {
    allowLoopback: true,
    sourceAddress: undefined,
    cpuShare: 1,
    resolver: {
      resolve: async (host) => [...(host === NAME ? addresses : (names[host] ?? []))],
      servers: () => [],
      hasAnswered: true,
      queryFailure: async () => null,
    },
  };
  const observations = await runJob(job as Parameters<typeof runJob>[0], deadlineMs, options);
  return reportSchema.shape.observations.parse(JSON.parse(JSON.stringify(observations)));
}

/** The details of the warning about addresses. */
export const addressWarnings = (observation: Observation): string[] =>
  observation.outcome === 'ok'
    ? (observation.degraded ?? []).filter(({ code }) => code === 'address').map(({ detail }) => detail)
    : [];

/** Whether this machine has ::1. */
export const hasIpv6Loopback = (): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(0, '::1', () => server.close(() => resolve(true)));
  });
