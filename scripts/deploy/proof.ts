// Owns the proof that a deployment works: one invocation a location, one tick, and /healthz. Does not roll back.
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { CONTRACT_VERSION, type Job, reportSchema } from '../../probes/contract/index.ts';
import { signRequest } from '../../src/signed-request.ts';
import { VERSION } from '../../src/version.ts';

export interface Proof {
  /** `aws:eu-central-1`, `tick`, `health` */
  readonly name: string;
  readonly isWell: boolean;
  readonly detail: string;
  /** What to do about it. Empty if it is well. */
  readonly fix: string;
}

export interface ProofSurroundings {
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** When it aborts, a proof ends with what it has seen. */
  readonly signal?: AbortSignal;
}

/** A new key, function or address takes this long to be usable everywhere. */
const USABLE_MS = 60_000;
const HEALTHY_MS = 180_000;
const RETRY_MS = 5_000;
const REQUEST_MS = 20_000;
/** Old and new version answer side by side for some seconds, so one good answer proves little. */
const GOOD_ANSWERS = 3;

const well = (name: string, detail: string): Proof => ({ name, isWell: true, detail, fix: '' });

/** Invokes the probe with a job without runs, as the coordinator does with runs. */
export async function proveLocation(
  region: string,
  functionName: string,
  client: LambdaClient,
  { now, wait, signal }: ProofSurroundings,
): Promise<Proof> {
  const name = `aws:${region}`;
  const until = now() + USABLE_MS;
  for (;;) {
    const job: Job = { version: CONTRACT_VERSION, sentAt: now(), deadlineMs: 5_000, canaries: [], runs: [] };
    let problem: string;
    try {
      const response = await client.send(
        new InvokeCommand({
          FunctionName: functionName,
          Payload: new TextEncoder().encode(JSON.stringify(job)),
        }),
        { abortSignal: AbortSignal.timeout(REQUEST_MS) },
      );
      const text = new TextDecoder().decode(response.Payload);
      const report = reportSchema.safeParse(parseJson(text));
      if (report.success) return well(name, `probe ${report.data.build}`);
      problem = response.FunctionError
        ? `the probe raised an error: ${text.slice(0, 200)}`
        : 'the probe has another version of the contract';
    } catch (error) {
      problem = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    }
    if (now() >= until || signal?.aborted)
      return {
        name,
        isWell: false,
        detail: problem,
        fix: `Look at the log group of ${functionName} in ${region}.`,
      };
    await wait(RETRY_MS);
  }
}

/** Asks the coordinator for a tick, with a signed request as the watchdog does. */
export async function proveTick(
  url: string,
  key: string,
  { fetch, now, wait, signal }: ProofSurroundings,
): Promise<Proof> {
  const body = JSON.stringify({ region: 'deployment', tick: true, version: VERSION });
  const until = now() + HEALTHY_MS;
  for (;;) {
    let problem: string;
    try {
      const headers = await signRequest(key, { method: 'POST', path: '/watchdog', body }, now());
      const response = await fetch(`${url}/watchdog`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(REQUEST_MS),
      });
      const { tick } = (parseJson(await response.text()) ?? {}) as { readonly tick?: string };
      if (response.status === 202 && (tick === 'requested' || tick === 'recent')) return well('tick', tick);
      problem =
        response.status === 202
          ? 'the queue of ticks took no message'
          : `${url}/watchdog answers ${response.status}`;
    } catch (error) {
      problem = `${url} does not answer: ${reasonOf(error)}`;
    }
    if (now() >= until || signal?.aborted)
      return {
        name: 'tick',
        isWell: false,
        detail: problem,
        fix: 'Run `npx wrangler tail` and look for errors.',
      };
    await wait(RETRY_MS);
  }
}

/** What /healthz says once. */
export interface Health {
  /** Null: no answer. */
  readonly status: number | null;
  readonly detail: string;
  readonly version: string | null;
}

export async function readHealth(url: string, { fetch }: Pick<ProofSurroundings, 'fetch'>): Promise<Health> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(REQUEST_MS) });
    const body = (parseJson(await response.text()) ?? {}) as {
      readonly status?: string;
      readonly reasons?: readonly string[];
      readonly version?: string;
    };
    const reasons = (body.reasons ?? []).join(', ');
    const detail = [body.status ?? `status ${response.status}`, reasons]
      .filter((part) => part !== '')
      .join(': ');
    return { status: response.status, detail, version: body.version ?? null };
  } catch (error) {
    return { status: null, detail: `no answer: ${reasonOf(error)}`, version: null };
  }
}

export const isHealthy = ({ status }: Health): boolean => status === 200;

/** Waits until /healthz is well several times in a row. */
export async function proveHealth(url: string, surroundings: ProofSurroundings): Promise<Proof> {
  const { now, wait, signal } = surroundings;
  const until = now() + HEALTHY_MS;
  let good = 0;
  for (;;) {
    const health = await readHealth(url, surroundings);
    good = isHealthy(health) ? good + 1 : 0;
    if (good >= GOOD_ANSWERS) return well('health', health.detail);
    if (now() >= until || signal?.aborted)
      return {
        name: 'health',
        isWell: false,
        detail: `${url}/healthz: ${health.detail}`,
        fix: 'docs/guide/failures.md explains each reason.',
      };
    await wait(RETRY_MS);
  }
}

const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
