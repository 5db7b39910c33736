// The Lambda function: a job in, a report out, always in time. Nothing survives the answer.
import { CONTRACT_VERSION, jobSchema, type Observation, type Report } from '../contract/index.ts';
import { createResolve } from './resolve.ts';
import { runJob } from './run-job.ts';

/** The part of Lambda's context that is used: docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** Set by the build: which bundle answered. */
declare const PROBE_BUILD: string | undefined;
const build = typeof PROBE_BUILD === 'string' ? PROBE_BUILD : 'unbuilt';

/** The answer leaves this long before Lambda would cut it off. */
const CONTEXT_MARGIN_MS = 500;

/** Throws only for an event that is no job at all; a job of another version is answered look by look. */
export async function handler(event: unknown, context: LambdaContext): Promise<Report> {
  const receivedAt = Date.now();
  const foreign = foreignLooks(event);
  if (foreign) return report(receivedAt, foreign.map((id) => wrongVersion(id, receivedAt)));
  const job = jobSchema.parse(event);
  const deadlineMs = Math.max(0, Math.min(job.deadlineMs, context.getRemainingTimeInMillis() - CONTEXT_MARGIN_MS));
  const observations = await runJob(job, deadlineMs, {
    resolve: createResolve((process.env['PROBEMESH_DNS_SERVERS'] ?? '').split(',').filter(Boolean)),
    allowLoopback: process.env['PROBEMESH_ALLOW_LOOPBACK'] === '1',
    ipv6: process.env['PROBEMESH_IPV6'] === '1',
    sourceAddress: process.env['PROBEMESH_SOURCE_ADDRESS'] || undefined,
  });
  return report(receivedAt, observations);
}

const report = (receivedAt: number, observations: Observation[]): Report => ({
  version: CONTRACT_VERSION,
  build,
  receivedAt,
  observations,
});

/** The look ids of a job that another version of the coordinator wrote; null when the version is ours. */
function foreignLooks(event: unknown): number[] | null {
  const { version, looks } = (event ?? {}) as { version?: unknown; looks?: unknown };
  if (typeof version !== 'number' || version === CONTRACT_VERSION || !Array.isArray(looks)) return null;
  return looks.map((look: { id?: unknown }) => look?.id).filter((id) => typeof id === 'number');
}

const wrongVersion = (id: number, startedAt: number): Observation => ({
  id,
  startedAt,
  outcome: 'unmeasured',
  reason: 'version',
  detail: `this probe speaks version ${CONTRACT_VERSION} of the contract: deploy probe and coordinator together`,
  timings: {},
});
