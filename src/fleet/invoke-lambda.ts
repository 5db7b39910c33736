// Owns one invocation of a probe over the AWS SDK: client, job and deadline. Loaded with the first one. Does not read the report.
import {
  InvokeCommand,
  LambdaClient,
  LambdaServiceException,
  TooManyRequestsException,
} from '@aws-sdk/client-lambda';
import { CONTRACT_VERSION, type Job, type UnmeasuredReason } from '../../probes/contract/index.ts';
import type { FleetConfig } from '../env.ts';
import type { InvocationOutcome, InvocationRequest } from './invocation.ts';

/** The coordinator waits this much longer than the slowest check may take. */
const INVOCATION_SLACK_MS = 3_000;
/** The probe must answer earlier, to leave time for the response. */
const PROBE_SLACK_MS = 1_500;
/** Lambda answers a request above its limit of 6 MB with this status. */
const TOO_LARGE_STATUS = 413;
/** Lambda returns no more: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, plus 100 bytes in practice. */
const MAX_RESPONSE_BYTES = 6_291_556;

/** Kept while the isolate lives: a new client costs more than its use. */
const clients = new Map<string, LambdaClient>();

function clientOf(region: string, config: FleetConfig): LambdaClient {
  const key = JSON.stringify([region, config]);
  const known = clients.get(key);
  if (known) return known;
  // One attempt: a retry inside the SDK would run a probe twice without a trace of it.
  const created = new LambdaClient({
    region,
    credentials: config.credentials,
    maxAttempts: 1,
    ...(config.endpoint ? { endpoint: config.endpoint } : {}),
  });
  clients.set(key, created);
  return created;
}

/** Never rejects: a failure is an outcome. */
export async function invokeLambda(
  config: FleetConfig,
  request: InvocationRequest,
  now: () => number,
): Promise<InvocationOutcome> {
  const { functionName, canaries } = config;
  const client = clientOf(request.location.replace(/^aws:/, ''), config);
  const slowestMs = Math.max(...request.runs.map(({ check }) => Number(check.timeoutMs ?? 5_000)));
  const askedAt = now();
  const job: Job = {
    version: CONTRACT_VERSION,
    sentAt: askedAt,
    deadlineMs: slowestMs + PROBE_SLACK_MS,
    canaries: [...canaries],
    ...(request.trace ? { trace: true } : {}),
    runs: [...request.runs],
  };
  const failed = (reason: UnmeasuredReason, error: string, missedDeadline = false): InvocationOutcome => ({
    ...{ askedAt, answeredAt: now(), reason, error, missedDeadline },
  });
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), slowestMs + INVOCATION_SLACK_MS);
  const payload = new TextEncoder().encode(JSON.stringify(job));
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
    return { askedAt, answeredAt: now(), text };
  } catch (error) {
    if (abort.signal.aborted)
      return failed('late', `no answer within ${(slowestMs + INVOCATION_SLACK_MS) / 1000} s`, true);
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
