// Owns one invocation of a probe over the AWS SDK: client, job, deadline, and the version that the location is asked in. Loaded with the
// first one. Does not read the report.
import {
  InvokeCommand,
  LambdaClient,
  LambdaServiceException,
  TooManyRequestsException,
} from '@aws-sdk/client-lambda';
import {
  CONTRACT_VERSION,
  downgradeJob,
  type Job,
  PREVIOUS_VERSION,
  type UnmeasuredReason,
} from '../../probes/contract/index.ts';
import type { FleetConfig } from '../env.ts';
import type { InvocationRequest } from './invocation.ts';
import type { InvocationOutcome } from './invocation-outcome.ts';
import { type Attempt, LocationVersion } from './location-version.ts';

/** The coordinator waits this much longer than the slowest check may take. */
const INVOCATION_SLACK_MS = 3_000;
/** The probe must answer earlier, to leave time for the response. */
const PROBE_SLACK_MS = 1_500;
/** The contract has no shorter one. */
const MIN_DEADLINE_MS = 100;
/** Lambda answers a request above its limit of 6 MB with this status. */
const TOO_LARGE_STATUS = 413;
/** Lambda returns no more: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, plus 100 bytes in practice. */
const MAX_RESPONSE_BYTES = 6_291_556;

interface Region {
  readonly client: LambdaClient;
  readonly version: LocationVersion;
}

/** Kept while the isolate lives: a new client costs more than its use. */
const regions = new Map<string, Region>();

/** Never rejects: a failure is an outcome. */
export function invokeLambda(
  config: FleetConfig,
  request: InvocationRequest,
  now: () => number,
): Promise<InvocationOutcome> {
  const { client, version } = regionOf(request.location, config);
  return version.ask((attempt) => invoke(client, config, request, attempt, now));
}

function regionOf(location: string, config: FleetConfig): Region {
  const key = JSON.stringify([location, config]);
  const known = regions.get(key);
  if (known) return known;
  // One attempt: a retry inside the SDK would run a probe twice without a trace of it.
  const client = new LambdaClient({
    region: location.replace(/^aws:/, ''),
    // A copy: the SDK adds properties to it, and the key of this map must stay the same.
    credentials: { ...config.credentials },
    maxAttempts: 1,
    ...(config.endpoint ? { endpoint: config.endpoint } : {}),
  });
  const created = { client, version: new LocationVersion(location) };
  regions.set(key, created);
  return created;
}

async function invoke(
  client: LambdaClient,
  { functionName, canaries }: Pick<FleetConfig, 'functionName' | 'canaries'>,
  request: InvocationRequest,
  { version, spentMs }: Attempt,
  now: () => number,
): Promise<InvocationOutcome> {
  const slowestMs = Math.max(...request.runs.map(({ check }) => Number(check.timeoutMs ?? 5_000)));
  const waitMs = slowestMs + INVOCATION_SLACK_MS;
  const askedAt = now();
  const job: Job = {
    version: CONTRACT_VERSION,
    sentAt: askedAt,
    deadlineMs: Math.max(MIN_DEADLINE_MS, slowestMs + PROBE_SLACK_MS - spentMs),
    canaries: [...canaries],
    ...(request.trace ? { trace: true } : {}),
    runs: [...request.runs],
  };
  const failed = (reason: UnmeasuredReason, error: string, missedDeadline = false): InvocationOutcome => ({
    ...{ askedAt, answeredAt: now(), reason, error, missedDeadline },
  });
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), waitMs - spentMs);
  const payload = new TextEncoder().encode(
    JSON.stringify(version === PREVIOUS_VERSION ? downgradeJob(job) : job),
  );
  try {
    const response = await client.send(new InvokeCommand({ FunctionName: functionName, Payload: payload }), {
      abortSignal: abort.signal,
    });
    const bytes = response.Payload?.length ?? 0;
    if (bytes > MAX_RESPONSE_BYTES)
      return failed(
        'bad_report',
        `the report is not usable: it has ${bytes} bytes, and Lambda returns at most ${MAX_RESPONSE_BYTES}`,
      );
    // The SDK leaves out the payload of an empty body.
    const text = response.Payload ? new TextDecoder().decode(response.Payload) : '';
    if (response.FunctionError) return failed('function_error', `the probe raised: ${lambdaErrorText(text)}`);
    return { askedAt, answeredAt: now(), text, version };
  } catch (error) {
    if (abort.signal.aborted) return failed('late', `no answer within ${waitMs / 1000} s`, true);
    const reason = error instanceof TooManyRequestsException ? 'throttled' : 'invoke_error';
    return failed(reason, isTooLarge(error) ? tooLargeText(payload.length, error) : describe(error));
  } finally {
    clearTimeout(timer);
  }
}

const isTooLarge = (error: unknown): error is LambdaServiceException =>
  error instanceof LambdaServiceException && error.$metadata.httpStatusCode === TOO_LARGE_STATUS;

const tooLargeText = (bytes: number, { name }: Error): string =>
  `Lambda refused the job because its ${bytes} bytes are too many (${name}). Shorten the bodies, headers or steps of these checks.`;

const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : 'the invocation failed without an error';

/** docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html. Any other text is returned as it is. */
function lambdaErrorText(text: string): string {
  try {
    const { errorType, errorMessage } = JSON.parse(text) as { errorType?: unknown; errorMessage?: unknown };
    return `${errorType ?? 'an error'}: ${errorMessage ?? ''}`;
  } catch {
    return text;
  }
}
