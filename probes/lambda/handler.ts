// Owns the Lambda function: a job in, a report out, in time. Leaves nothing open after the report.
import { parseCidrs } from '../checks/shared/allowed-networks.ts';
import {
  CONTRACT_VERSION,
  downgradeReport,
  jobSchema,
  type Observation,
  PREVIOUS_VERSION,
  previousJobSchema,
  type Report,
  upgradeJob,
} from '../contract/index.ts';
import { build } from '../contract/probe-build.ts';
import { readSigner } from '../net/request-signer.ts';
import { createResolver } from '../net/resolve.ts';
import { type RunOptions, runJob } from '../runner/run-job.ts';
import { trimToLimit } from '../runner/trim-report.ts';

/** The part of Lambda's context that is used: docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** A report in the job's version, also if nothing was measured: a coordinator of any version must be able to read why. */
type VersionedReport = Omit<Report, 'version'> & { readonly version: number };

/** Runs end this long before the job's deadline: closing them and writing the report takes time. */
const marginMs = (runs: number): number => 50 + runs / 10;
/** Runs end this long before Lambda would stop the function. */
const CONTEXT_MARGIN_MS = 500;

/** A function with this much memory has a whole core. */
const MB_PER_CORE = 1_769;

/**
 * Throws only if the event is not a job. A job of the previous version gets a report of that version. Every run of a job in
 * any other version is unmeasured.
 */
export async function handler(event: unknown, context: LambdaContext): Promise<VersionedReport> {
  const receivedAt = Date.now();
  const arrivedAt = performance.now();
  const unknownJob = jobOfUnknownVersion(event);
  if (unknownJob) {
    const observations = unknownJob.ids.map((id) => wrongVersion(id, receivedAt));
    return { version: unknownJob.version, build, receivedAt, observations };
  }
  const isPrevious = versionOf(event) === PREVIOUS_VERSION;
  const job = isPrevious ? upgradeJob(previousJobSchema.parse(event)) : jobSchema.parse(event);
  const allowedMs = Math.min(
    job.deadlineMs - marginMs(job.runs.length),
    context.getRemainingTimeInMillis() - CONTEXT_MARGIN_MS,
  );
  const resolver = createResolver((process.env.PROBEMESH_DNS_SERVERS ?? '').split(',').filter(Boolean));
  const observations = await runJob(job, Math.max(0, allowedMs - (performance.now() - arrivedAt)), {
    resolver,
    cpuShare: lambdaCpuShare(),
    ...localOptions(process.env),
    sourceAddress: process.env.PROBEMESH_SOURCE_ADDRESS || undefined,
    signer: signerOf(process.env),
  });
  resolver.cancel();
  const report: Report = {
    version: CONTRACT_VERSION,
    ...{ build, receivedAt, observations: trimToLimit(observations) },
  };
  return isPrevious ? downgradeReport(report) : report;
}

/**
 * What only a mesh on one machine may do. Lambda's runtime sets LAMBDA_TASK_ROOT and lets no configuration remove it, so
 * that no mistake in a function's environment opens its network.
 */
function localOptions(
  env: NodeJS.ProcessEnv,
): Pick<RunOptions, 'allowLoopback' | 'allowCidrs' | 'canaryNames'> {
  const allowLoopback = env.PROBEMESH_ALLOW_LOOPBACK === '1' && env.LAMBDA_TASK_ROOT === undefined;
  if (!allowLoopback) return { allowLoopback };
  const cidrs = parseCidrs(env.PROBEMESH_ALLOW_CIDRS ?? '');
  const canaryNames = (env.PROBEMESH_CANARY_NAMES ?? '').split(',').filter(Boolean);
  // The command line has validated the list: a bad one allows nothing.
  return { allowLoopback, allowCidrs: 'error' in cidrs ? [] : cidrs, canaryNames };
}

/** A key that cannot be read signs nothing: its checks are unmeasured, and all others run. */
function signerOf(env: NodeJS.ProcessEnv): RunOptions['signer'] {
  try {
    return readSigner(env.PROBEMESH_SIGNING_KEY ?? '', env.PROBEMESH_SIGNATURE_AGENT ?? '');
  } catch (error) {
    console.error((error as Error).message);
    return undefined;
  }
}

/** Lambda allots CPU by memory: docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html. Elsewhere: one core. */
function lambdaCpuShare(): number {
  const memoryMb = Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE);
  return memoryMb > 0 ? memoryMb / MB_PER_CORE : 1;
}

const versionOf = (event: unknown): unknown => ((event ?? {}) as { version?: unknown }).version;

/** The version and the run ids of a job in a version that this probe does not speak; null if it does. */
function jobOfUnknownVersion(event: unknown): { version: number; ids: number[] } | null {
  const { runs } = (event ?? {}) as { runs?: unknown };
  const version = versionOf(event);
  if (typeof version !== 'number' || !Array.isArray(runs)) return null;
  if (version === CONTRACT_VERSION || version === PREVIOUS_VERSION) return null;
  const ids = runs.map((run: { id?: unknown } | null) => run?.id).filter((id) => typeof id === 'number');
  return { version, ids };
}

/** Every version has these fields: an older or a newer coordinator recognises the reason, and can ask in another version. */
const wrongVersion = (id: number, startedAt: number): Observation => ({
  id,
  startedAt,
  outcome: 'unmeasured',
  reason: 'version',
  detail: `this probe uses versions ${CONTRACT_VERSION} and ${PREVIOUS_VERSION} of the contract: deploy probe and coordinator together`,
  timings: {},
});
