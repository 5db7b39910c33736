// Invokes one probe and turns whatever comes back into observations: every look asked gets exactly one.
// A probe's own fault is `unmeasured`; it is never a failure of the target.
import { InvokeCommand, LambdaClient, TooManyRequestsException } from '@aws-sdk/client-lambda';
import { CONTRACT_VERSION, type Job, type Look } from '../../probes/contract/index.ts';
import type { FleetConfig } from '../env.ts';
import { ConnectionGate } from './gate.ts';
import { decodeReport, type Heard, unmeasured } from './reply.ts';

/** Waiting for an answer this much longer than the slowest check may take. */
const INVOCATION_SLACK_MS = 3_000;
/** The probe is asked to answer before that, leaving time for the way back. */
const PROBE_SLACK_MS = 1_500;
const WAITING_PLACES = 5;

export interface Ask {
  /** `aws:<region>` */
  readonly location: string;
  readonly suspect: boolean;
  readonly looks: readonly Look[];
}

export interface Fleet {
  /** Never rejects: what goes wrong is told as unmeasured observations. */
  invoke(ask: Ask): Promise<Heard>;
}

/** Kept from tick to tick, as long as the isolate lives: making one costs more than using it. */
const clients = new Map<string, LambdaClient>();

export function createFleet(config: FleetConfig, now: () => number): Fleet {
  const gate = new ConnectionGate(WAITING_PLACES);
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
  return {
    invoke: (ask) =>
      gate.run(ask.suspect, () => invoke(clientOf(ask.location.replace(/^aws:/, '')), config, ask, now)),
  };
}

async function invoke(
  client: LambdaClient,
  { functionName, canaries }: Pick<FleetConfig, 'functionName' | 'canaries'>,
  ask: Ask,
  now: () => number,
): Promise<Heard> {
  const slowestMs = Math.max(...ask.looks.map(({ check }) => Number(check.timeoutMs ?? 5_000)));
  const askedAt = now();
  const job: Job = {
    version: CONTRACT_VERSION,
    sentAt: askedAt,
    deadlineMs: slowestMs + PROBE_SLACK_MS,
    canaries: [...canaries],
    looks: [...ask.looks],
  };
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
    if (answer.FunctionError) {
      return unmeasured(
        ask.looks,
        askedAt,
        now(),
        'function_error',
        `the probe raised: ${text.slice(0, 200)}`,
      );
    }
    return decodeReport(ask.looks, askedAt, now(), text);
  } catch (error) {
    const answeredAt = now();
    if (abort.signal.aborted) {
      const late = `no answer within ${(slowestMs + INVOCATION_SLACK_MS) / 1000} s`;
      return { ...unmeasured(ask.looks, askedAt, answeredAt, 'late', late), missedDeadline: true };
    }
    const reason = error instanceof TooManyRequestsException ? 'throttled' : 'invoke_error';
    return unmeasured(ask.looks, askedAt, answeredAt, reason, describe(error));
  } finally {
    clearTimeout(timer);
  }
}

const describe = (error: unknown): string =>
  error instanceof Error
    ? `${error.name}: ${error.message}`.slice(0, 250)
    : 'the invocation failed without an error';
