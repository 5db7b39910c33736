// Owns one attempt to deliver one message: its requests in order, the timeout, the receiver guard and the text of a failure.
// Does not write to the outbox or retry.
import { errorMessage } from '../../probes/contract/error-message.ts';
import type { ChannelRequest, ChannelResponse, HttpRequest } from '../channels/channel.ts';
import { validateReceiverUrl } from '../channels/receiver-url.ts';
import type { EncryptionKeys } from '../encryption-key.ts';
import type { Config } from '../env.ts';
import { type BuiltMessage, buildRequests, type Outgoing, type SendingChannel } from './build-requests.ts';
import { sendByBinding } from './email-binding.ts';
import { outcomeOf, readResponse } from './read-response.ts';
import { createReceiverRedactor } from './redact-receiver.ts';

/** From the start of a request until its response has been read. */
const ATTEMPT_TIMEOUT_MS = 15_000;
const MAX_QUOTE_CHARACTERS = 160;
const MAX_SNIPPET_CHARACTERS = 500;

export interface DeliveryAttempt {
  readonly delivered: boolean;
  /** The receiver responded 410 Gone: it may accept no further notifications. channel-health.ts counts these. */
  readonly gone: boolean;
  /** The receiver refuses this message, and will refuse it again. */
  readonly dead: boolean;
  /** The receiver asks for this pause, ms. Null: it does not. */
  readonly afterMs: number | null;
  /** HTTP status. Null without a response. */
  readonly status: number | null;
  /** Text for a person, without secrets and with only the host of the receiver's address. Null if delivered. */
  readonly error: string | null;
  /** The beginning of the response, without secrets. Null without a body. */
  readonly response: string | null;
  /** What the receiver returned, so that a later message can update this one. Null: nothing. */
  readonly receipt: string | null;
  /** Why a default text was sent in place of a template. */
  readonly warning: string | null;
  /** `no`: certainly no connection was established, so the receiver cannot know of the attempt. */
  readonly reached: 'no' | 'maybe';
  readonly durationMs: number;
}

export interface SendOptions {
  now(): number;
  readonly fetch?: typeof fetch;
  /** Whether a connection to the address can be established. Undefined: nothing is known about it. */
  readonly canConnect?: (url: string) => Promise<boolean>;
}

export type SendConfig = Pick<Config, 'allowLoopback' | 'publicUrl' | 'email' | keyof EncryptionKeys>;
type Result = Omit<DeliveryAttempt, 'durationMs' | 'warning'>;

/** Never throws: every error is a failed attempt. */
export const send = (
  config: SendConfig,
  channel: SendingChannel,
  outgoing: Outgoing,
  options: SendOptions,
): Promise<DeliveryAttempt> =>
  sendBuilt(config, (now) => buildRequests(config, channel, outgoing, now), options);

/** Sends what `build` describes. It may throw. */
export async function sendBuilt(
  config: SendConfig,
  build: (now: number) => Promise<BuiltMessage>,
  options: SendOptions,
): Promise<DeliveryAttempt> {
  const startedAt = options.now();
  let warning: string | null = null;
  const result = await build(startedAt).then(
    (built) => {
      warning = built.warning;
      return sendAll(config, built, options);
    },
    (error: unknown) => notSent(`the request could not be built: ${errorMessage(error)}`),
  );
  return { ...result, warning, durationMs: options.now() - startedAt };
}

const failed = (error: string, more: Partial<Result> = {}): Result => ({
  ...{ delivered: false, gone: false, dead: false, afterMs: null, status: null, error },
  ...{ response: null, receipt: null, reached: 'maybe', ...more },
});

const notSent = (error: string): Result => failed(error, { reached: 'no' });

/** A later request is sent if the earlier ones succeeded. What the first one returned stays, whatever follows. */
async function sendAll(config: SendConfig, built: BuiltMessage, options: SendOptions): Promise<Result> {
  let first: Result | null = null;
  let last: Result | null = null;
  for (const request of built.requests) {
    last = await sendOne(config, built, request, options);
    // The second attempt must find the message of the first one.
    if (first !== null) last = { ...last, receipt: first.receipt, reached: 'maybe' };
    first ??= last;
    if (!last.delivered) break;
  }
  return last!;
}

async function sendOne(
  config: SendConfig,
  built: BuiltMessage,
  request: ChannelRequest,
  options: SendOptions,
): Promise<Result> {
  if (request.transport !== 'email') return sendHttp(config, built, request, options);
  const quote = quoteWith(createReceiverRedactor(NO_ADDRESS, built.secrets));
  const response = await sendByBinding(config.email, request, ATTEMPT_TIMEOUT_MS);
  // The binding has no status of its own, and its text says what to do.
  return toResult(response, null, quote, built, options.now());
}

/** An address without parts to hide. */
const NO_ADDRESS = 'https://x/';

async function sendHttp(
  config: SendConfig,
  built: BuiltMessage,
  request: HttpRequest,
  { fetch = globalThis.fetch, canConnect, now }: SendOptions,
): Promise<Result> {
  const urlError = validateReceiverUrl(request.url, config);
  if (urlError !== null) return notSent(`not sent: ${urlError}`);
  const { host } = new URL(request.url);
  const quote = quoteWith(createReceiverRedactor(request.url, built.secrets));
  // The runtime reports a refused connection like one that was reset after the request. Asked before the request, because
  // a receiver may stop while it handles it. The request is made in any case.
  const refused = canConnect !== undefined && !(await canConnect(request.url));
  const signal = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS);
  try {
    const { url, method, headers, body } = request;
    const hasBody = method !== 'GET' && method !== 'DELETE';
    const init = { method, headers, redirect: 'manual', signal, ...(hasBody ? { body } : {}) } as const;
    const response = await readResponse(await fetch(url, init), built.channel);
    return toResult(response, host, quote, built, now());
  } catch (error) {
    if (signal.aborted) return failed(`${host} did not respond within ${ATTEMPT_TIMEOUT_MS / 1000} s`);
    const text = `${host} could not be reached: ${quote(errorMessage(error))}`;
    return refused ? notSent(text) : failed(text);
  }
}

type Quote = (text: string, maxCharacters?: number) => string;

function toResult(
  response: ChannelResponse,
  host: string | null,
  quote: Quote,
  { channel, receipt: earlier }: BuiltMessage,
  now: number,
): Result {
  const { status } = response;
  const outcome = outcomeOf(response, channel, now);
  const snippet = quote(response.body, MAX_SNIPPET_CHARACTERS) || null;
  if (outcome.result === 'delivered') {
    const receipt = channel.receiptOf?.(response, earlier) ?? null;
    return { ...failed('', { status, response: snippet, receipt }), delivered: true, error: null };
  }
  if (status >= 300 && status < 400)
    return failed(`${host} responded ${status}: redirects are not followed. Use the final address.`, {
      status,
    });
  const detail = quote(outcome.error ?? response.body);
  const reached = isFromCloudflare(response) && NO_CONNECTION.has(status) ? 'no' : 'maybe';
  const responded = host === null ? [] : [`${host} responded ${status}`];
  return failed([...responded, ...(detail === '' ? [] : [detail])].join(': '), {
    ...{ status, response: snippet, reached },
    gone: outcome.result === 'gone',
    dead: outcome.result === 'dead',
    afterMs: outcome.result === 'retry' ? (outcome.afterMs ?? null) : null,
  });
}

/**
 * A deployed Worker's fetch does not throw if it cannot connect: Cloudflare responds in the receiver's place. 521: refused,
 * 523: unreachable, 525 and 526: no TLS session. 522 also means that a connected receiver does not acknowledge the request.
 * https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
 */
const NO_CONNECTION: ReadonlySet<number> = new Set([521, 523, 525, 526]);

const isFromCloudflare = ({ headers }: ChannelResponse): boolean => headers.get('server') === 'cloudflare';

/** One line, without the address and the secrets. A receiver may echo its address, and its path is often a password. */
const quoteWith =
  (redact: (text: string) => string): Quote =>
  (text, maxCharacters = MAX_QUOTE_CHARACTERS) =>
    redact(text)
      .replace(/[\s\p{Cc}]+/gu, ' ')
      .trim()
      .slice(0, maxCharacters)
      .toWellFormed();
