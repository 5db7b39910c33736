// Sends one notification to one channel, once, and says what came of it. Owns the timeout, the guard and what may be
// said of a failure; writes nothing.
import { findChannelType } from '../channels/catalogue.ts';
import type { ChannelRequest } from '../channels/channel.ts';
import type { OutgoingNotification } from '../channels/notification.ts';
import { validateReceiverUrl } from '../channels/receiver-url.ts';
import type { Config } from '../env.ts';
import { unseal } from '../store/encryption.ts';
import type { LeasedChannel } from '../store/outbox.ts';

/** From the start of the request to the end of what is read of the answer. */
const ATTEMPT_TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 1_024;
const MAX_QUOTE_CHARACTERS = 160;

export interface DeliveryAttempt {
  readonly delivered: boolean;
  /** The receiver answered 410 Gone: it wants nothing more. */
  readonly gone: boolean;
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
  /** For a person; no secret, and of the receiver's address the host only. Null when delivered. */
  readonly error: string | null;
  readonly durationMs: number;
}

/** The world around an attempt, as a parameter. */
export interface SendOptions {
  now(): number;
  readonly fetch?: typeof fetch;
}

type Outcome = Omit<DeliveryAttempt, 'durationMs'>;

/** Never throws: whatever goes wrong is an attempt that failed. */
export async function send(
  config: Pick<Config, 'encryptionKey' | 'allowLoopback'>,
  channel: Pick<LeasedChannel, 'type' | 'sealedConfig'>,
  notification: OutgoingNotification,
  { now, fetch = globalThis.fetch }: SendOptions,
): Promise<DeliveryAttempt> {
  const startedAt = now();
  const outcome = await buildRequest(config, channel, notification, startedAt).then(
    ({ request, secrets }) => sendRequest(config, request, secrets, fetch),
    (error: unknown) => failed(`the request could not be made: ${messageOf(error)}`),
  );
  return { ...outcome, durationMs: now() - startedAt };
}

const failed = (error: string, status: number | null = null): Outcome => ({
  delivered: false,
  gone: false,
  status,
  error,
});

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

interface Description {
  readonly request: ChannelRequest;
  readonly secrets: readonly string[];
}

async function buildRequest(
  config: Pick<Config, 'encryptionKey'>,
  { type, sealedConfig }: Pick<LeasedChannel, 'type' | 'sealedConfig'>,
  notification: OutgoingNotification,
  now: number,
): Promise<Description> {
  const channel = findChannelType(type);
  if (!channel) throw new Error(`this version knows no channel type "${type}"`);
  const channelConfig = await unseal<Record<string, unknown>>(config.encryptionKey, sealedConfig);
  const secrets = channel.secretFields
    .map((field) => channelConfig[field])
    .filter((value) => typeof value === 'string');
  return { request: await channel.request(notification, channelConfig, now), secrets };
}

async function sendRequest(
  config: Pick<Config, 'allowLoopback'>,
  request: ChannelRequest,
  secrets: readonly string[],
  fetch: typeof globalThis.fetch,
): Promise<Outcome> {
  const refusal = validateReceiverUrl(request.url, config);
  if (refusal !== null) return failed(`not sent: ${refusal}`);
  const { host } = new URL(request.url);
  const quote = (text: string): string => redact(text, request.url, secrets);
  const signal = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS);
  try {
    const { url, ...init } = request;
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    return await toOutcome(response, host, quote);
  } catch (error) {
    if (signal.aborted) return failed(`${host} did not answer within ${ATTEMPT_TIMEOUT_MS / 1000} s`);
    return failed(`${host} could not be reached: ${quote(messageOf(error))}`);
  }
}

async function toOutcome(
  response: Response,
  host: string,
  quote: (text: string) => string,
): Promise<Outcome> {
  const { status } = response;
  if (response.ok) {
    await drainBody(response);
    return { delivered: true, gone: false, status, error: null };
  }
  if (status >= 300 && status < 400) {
    await drainBody(response);
    return failed(
      `${host} answered ${status}: redirects are not followed, so name the final address`,
      status,
    );
  }
  // The status is what counts: an answer that breaks off, or never ends, is quoted as nothing.
  const said = quote(await readSnippet(response).catch(() => ''));
  const error = said === '' ? `${host} answered ${status}` : `${host} answered ${status}: ${said}`;
  return { ...failed(error, status), gone: status === 410 };
}

/** Lets go of the connection. That this may fail is the receiver's business: the answer has been given. */
const drainBody = (response: Response): Promise<void> =>
  (response.body?.cancel() ?? Promise.resolve()).catch(() => undefined);

/** The beginning of an answer, and no more of it: a receiver may send without end. */
async function readSnippet(response: Response): Promise<string> {
  if (!response.body) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let size = 0; size < MAX_ANSWER_BYTES; ) {
    const { done, value } = await reader.read();
    if (done) return text;
    const part = value.subarray(0, MAX_ANSWER_BYTES - size);
    size += part.length;
    text += decoder.decode(part, { stream: true });
  }
  await reader.cancel();
  return text;
}

/** A receiver may echo its own address, and in many of them the path is the password. */
function redact(text: string, url: string, secrets: readonly string[]): string {
  const { pathname, search } = new URL(url);
  const parts = [
    url,
    pathname + search,
    pathname,
    ...pathname.split('/'),
    ...search.split(/[?&=]/),
    ...secrets,
  ];
  const hidden = parts.flatMap((part) => [part, safeDecode(part)]).filter((part) => part.length >= 6);
  let shown = text;
  for (const part of hidden.sort((a, b) => b.length - a.length)) shown = shown.replaceAll(part, '…');
  return shown
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MAX_QUOTE_CHARACTERS);
}

/** decodeURIComponent throws on a lone per cent sign. */
function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
