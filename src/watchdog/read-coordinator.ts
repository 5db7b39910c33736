// Owns the requests of the watchdog to the coordinator: reading /healthz from outside, and the signed report. Limits the time
// and the size of every answer. Does not decide what it means.
import { log } from '../log.ts';
import { signRequest } from '../signed-request.ts';
import { VERSION } from '../version.ts';
import { type Observation, toObservation } from './observation.ts';

const TIMEOUT_MS = 10_000;
/** One request can be lost. */
const ATTEMPTS = 2;
const MAX_BODY_BYTES = 64_000;
const USER_AGENT = `probemesh-watchdog/${VERSION}`;

type Fetch = typeof fetch;

/** Never throws. `timeoutMs` limits each attempt, to the end of the body. */
export async function readCoordinator(
  coordinatorUrl: string,
  fetcher: Fetch,
  timeoutMs = TIMEOUT_MS,
): Promise<Observation> {
  let observation: Observation = { kind: 'silent', reason: 'not asked' };
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    observation = await readOnce(`${coordinatorUrl}/healthz`, fetcher, timeoutMs);
    if (observation.kind !== 'silent') return observation;
  }
  return observation;
}

async function readOnce(url: string, fetcher: Fetch, timeoutMs: number): Promise<Observation> {
  try {
    const response = await fetcher(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { 'user-agent': USER_AGENT, accept: 'application/json', 'cache-control': 'no-cache' },
    });
    return toObservation(response.status, await limitedText(response));
  } catch (error) {
    return { kind: 'silent', reason: silenceOf(error, timeoutMs) };
  }
}

/** Throws for a larger body: then it is not the coordinator's. */
async function limitedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > MAX_BODY_BYTES) throw new Error(`the answer has more than ${MAX_BODY_BYTES} bytes`);
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}

const MAX_REASON = 200;

/** Node hides the reason in the cause. */
function silenceOf(error: unknown, timeoutMs = TIMEOUT_MS): string {
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError') return `no complete answer within ${timeoutMs / 1000} s`;
  const { code, message: inner } = (cause ?? {}) as { code?: unknown; message?: unknown };
  const text = [code, inner].filter((part) => typeof part === 'string' && part !== '').join(': ') || message;
  return `no answer: ${text}`.slice(0, MAX_REASON);
}

export interface Report {
  readonly coordinatorUrl: string;
  /** `WATCHDOG_KEY` of the coordinator. */
  readonly key: string;
  readonly region: string;
  /** Whether the coordinator starts a tick. */
  readonly tick: boolean;
  readonly now: number;
}

/** Reports that the watchdog lives. Logs a failure and does not throw: the coordinator notices the silence. */
export async function sendReport(
  { coordinatorUrl, key, region, tick, now }: Report,
  fetcher: Fetch,
): Promise<void> {
  const path = '/watchdog';
  const body = JSON.stringify({ region, tick, version: VERSION });
  try {
    const response = await fetcher(`${coordinatorUrl}${path}`, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        ...{ 'content-type': 'application/json', 'user-agent': USER_AGENT },
        ...(await signRequest(key, { method: 'POST', path, body }, now)),
      },
      body,
    });
    const answer = (await limitedText(response)).slice(0, MAX_REASON);
    const fields = { region, tick, status: response.status };
    if (!response.ok) log.error('watchdog.report_refused', { ...fields, answer });
    else if (tick) log.warn('watchdog.tick_requested', { ...fields, answer });
  } catch (error) {
    log.error('watchdog.report_failed', { region, tick, error: silenceOf(error) });
  }
}
