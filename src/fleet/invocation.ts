// One invocation of a probe: client, place, job, deadline, and what came back, not yet read. Owns the way to Lambda.
import { InvokeCommand, LambdaClient, TooManyRequestsException } from '@aws-sdk/client-lambda';
import { createRedactor } from '../../probes/checks/shared/secrets.ts';
import {
  type CheckRun,
  CONTRACT_VERSION,
  type Job,
  type UnmeasuredReason,
} from '../../probes/contract/index.ts';
import type { FleetConfig } from '../env.ts';
import { PrioritySemaphore } from './semaphore.ts';

/** Waiting for an answer this much longer than the slowest check may take. */
const INVOCATION_SLACK_MS = 3_000;
/** The probe is asked to answer before that, leaving time for the way back. */
const PROBE_SLACK_MS = 1_500;
const MAX_CONCURRENT = 5;
/** Of what is said about an invocation that failed. */
const MAX_ERROR_LENGTH = 250;

export interface InvocationRequest {
  /** `aws:<region>` */
  readonly location: string;
  readonly mayHang: boolean;
  readonly runs: readonly CheckRun[];
  /** A debug run: each look comes back with its trace. */
  readonly trace?: boolean;
}

interface InvocationTimes {
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** The text of a report, or why there is none. */
export type InvocationOutcome = InvocationTimes &
  (
    | { readonly text: string }
    | { readonly reason: UnmeasuredReason; readonly error: string; readonly missedDeadline: boolean }
  );

/** Never rejects: what goes wrong is told as a reply without a text. */
export type Invoke = (ask: InvocationRequest) => Promise<InvocationOutcome>;

/** Kept from tick to tick, as long as the isolate lives: making one costs more than using it. */
const clients = new Map<string, LambdaClient>();

/** At most five of its invocations wait at once. */
export function createInvoke(config: FleetConfig, now: () => number): Invoke {
  const gate = new PrioritySemaphore(MAX_CONCURRENT);
  const clientOf = (region: string): LambdaClient => {
    const key = JSON.stringify([region, config]);
    const known = clients.get(key);
    if (known) return known;
    // One attempt: a retry inside the SDK would run a probe twice unseen.
    const made = new LambdaClient({
      region,
      credentials: config.credentials,
      maxAttempts: 1,
      ...(config.endpoint ? { endpoint: config.endpoint } : {}),
    });
    clients.set(key, made);
    return made;
  };
  return (ask) =>
    gate.run(ask.mayHang, () => invoke(clientOf(ask.location.replace(/^aws:/, '')), config, ask, now));
}

async function invoke(
  client: LambdaClient,
  { functionName, canaries }: Pick<FleetConfig, 'functionName' | 'canaries'>,
  ask: InvocationRequest,
  now: () => number,
): Promise<InvocationOutcome> {
  const slowestMs = Math.max(...ask.runs.map(({ check }) => Number(check.timeoutMs ?? 5_000)));
  const askedAt = now();
  const job: Job = {
    version: CONTRACT_VERSION,
    sentAt: askedAt,
    deadlineMs: slowestMs + PROBE_SLACK_MS,
    canaries: [...canaries],
    ...(ask.trace ? { trace: true } : {}),
    runs: [...ask.runs],
  };
  const without = (reason: UnmeasuredReason, error: string, missedDeadline = false): InvocationOutcome => ({
    ...{ askedAt, answeredAt: now(), reason, missedDeadline },
    // Half a secret could not be found any more.
    error: withoutSecrets(error, ask.runs).slice(0, MAX_ERROR_LENGTH),
  });
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), slowestMs + INVOCATION_SLACK_MS);
  try {
    const answer = await client.send(
      new InvokeCommand({
        FunctionName: functionName,
        Payload: new TextEncoder().encode(JSON.stringify(job)),
      }),
      { abortSignal: abort.signal },
    );
    // An empty body is no report; the SDK leaves the payload out then.
    const text = answer.Payload ? new TextDecoder().decode(answer.Payload) : '';
    if (answer.FunctionError) return without('function_error', `the probe raised: ${lambdaErrorText(text)}`);
    return { askedAt, answeredAt: now(), text };
  } catch (error) {
    if (abort.signal.aborted)
      return without('late', `no answer within ${(slowestMs + INVOCATION_SLACK_MS) / 1000} s`, true);
    const reason = error instanceof TooManyRequestsException ? 'throttled' : 'invoke_error';
    return without(reason, describe(error));
  } finally {
    clearTimeout(timer);
  }
}

const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : 'the invocation failed without an error';

/** docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html; whatever else came is told as it is. */
function lambdaErrorText(text: string): string {
  try {
    const { errorType, errorMessage } = JSON.parse(text) as { errorType?: unknown; errorMessage?: unknown };
    return `${errorType ?? 'an error'}: ${errorMessage ?? ''}`;
  } catch {
    return text;
  }
}

/** What went wrong may quote the job. */
const withoutSecrets = (text: string, runs: readonly CheckRun[]): string =>
  runs.reduce(
    (rest, { check }) => createRedactor(check.secrets as Record<string, string> | undefined)(rest),
    text,
  );
