// The Lambda function: a job in, a report out, always in time. Nothing survives the answer.
import { CONTRACT_VERSION, jobSchema, type Observation, type Report } from '../contract/index.ts';
import { createResolver } from '../net/resolve.ts';
import { runJob } from '../runner/run-job.ts';
import { trimToLimit } from '../runner/trim-report.ts';

/** The part of Lambda's context that is used: docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** A report in the version that was asked, so that a coordinator of another version can read why it learns nothing. */
type Answer = Omit<Report, 'version'> & { readonly version: number };

/** Set by the build: which bundle answered. */
declare const PROBE_BUILD: string | undefined;
const build = typeof PROBE_BUILD === 'string' ? PROBE_BUILD : 'unbuilt';

/** The looks end this long before the job's own deadline: closing them and writing the answer takes time as well. */
const marginMs = (runs: number): number => 50 + runs / 10;
/** And this long before Lambda would cut the answer off. */
const CONTEXT_MARGIN_MS = 500;

/** Memory with which a function has a whole core. */
const MB_PER_CORE = 1_769;

/** Throws only for an event that is no job at all; a job of another version is answered look by look. */
export async function handler(event: unknown, context: LambdaContext): Promise<Answer> {
  const receivedAt = Date.now();
  const arrivedAt = performance.now();
  const foreign = foreignJob(event);
  if (foreign) {
    const observations = foreign.ids.map((id) => wrongVersion(id, receivedAt));
    return { version: foreign.version, build, receivedAt, observations };
  }
  const job = jobSchema.parse(event);
  const allowedMs = Math.min(
    job.deadlineMs - marginMs(job.runs.length),
    context.getRemainingTimeInMillis() - CONTEXT_MARGIN_MS,
  );
  const resolver = createResolver((process.env.PROBEMESH_DNS_SERVERS ?? '').split(',').filter(Boolean));
  const observations = await runJob(job, Math.max(0, allowedMs - (performance.now() - arrivedAt)), {
    resolver,
    cpuShare: lambdaCpuShare(),
    allowLoopback: process.env.PROBEMESH_ALLOW_LOOPBACK === '1',
    sourceAddress: process.env.PROBEMESH_SOURCE_ADDRESS || undefined,
  });
  resolver.cancel();
  return { version: CONTRACT_VERSION, build, receivedAt, observations: trimToLimit(observations) };
}

/** Lambda gives CPU time by memory: docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html. Elsewhere: a core. */
function lambdaCpuShare(): number {
  const memoryMb = Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE);
  return memoryMb > 0 ? memoryMb / MB_PER_CORE : 1;
}

/** The version and the look ids of a job that another coordinator wrote; null when the version is ours. */
function foreignJob(event: unknown): { version: number; ids: number[] } | null {
  const { version, runs } = (event ?? {}) as { version?: unknown; runs?: unknown };
  if (typeof version !== 'number' || version === CONTRACT_VERSION || !Array.isArray(runs)) return null;
  const ids = runs.map((run: { id?: unknown } | null) => run?.id).filter((id) => typeof id === 'number');
  return { version, ids };
}

const wrongVersion = (id: number, startedAt: number): Observation => ({
  id,
  startedAt,
  outcome: 'unmeasured',
  reason: 'version',
  detail: `this probe speaks version ${CONTRACT_VERSION} of the contract: deploy probe and coordinator together`,
  timings: {},
});
