// Owns one attempt to deliver one notification: the timeout, the receiver guard and the text of a failure.
// Does not write to the outbox or retry.
import { errorMessage } from '../../probes/contract/error-message.ts';
import { withTemplates } from '../channels/apply-templates.ts';
import { findChannelType } from '../channels/catalogue.ts';
import type { ChannelRequest, EmailRequest, HttpRequest } from '../channels/channel.ts';
import type { OutgoingNotification } from '../channels/notification.ts';
import { validateReceiverUrl } from '../channels/receiver-url.ts';
import { toMessage } from '../channels/to-message.ts';
import { secretTexts } from '../channels/written-config.ts';
import type { EncryptionKeys } from '../encryption-key.ts';
import type { Config } from '../env.ts';
import { channelPlace, unseal } from '../store/encryption.ts';
import type { LeasedChannel } from '../store/outbox.ts';
import { sendByBinding } from './email-binding.ts';
import { createReceiverRedactor } from './redact-receiver.ts';

/** From the start of the request until the response has been read. */
const ATTEMPT_TIMEOUT_MS = 15_000;
const MAX_SNIPPET_BYTES = 1_024;
const MAX_QUOTE_CHARACTERS = 160;

export interface DeliveryAttempt {
  readonly delivered: boolean;
  /** The receiver responded 410 Gone: it may accept no further notifications. channel-health.ts counts these. */
  readonly gone: boolean;
  /** HTTP status. Null without a response. */
  readonly status: number | null;
  /** Text for a person, without secrets and with only the host of the receiver's address. Null if delivered. */
  readonly error: string | null;
  /** `no`: certainly no connection was established, so the receiver cannot know of the attempt. */
  readonly reached: 'no' | 'maybe';
  readonly durationMs: number;
  /** Why a default text was sent in place of a template. Null: every template was used. */
  readonly warning: string | null;
}

export interface SendOptions {
  now(): number;
  readonly fetch?: typeof fetch;
  /** Whether a connection to the address can be established. Undefined: nothing is known about it. */
  readonly canConnect?: (url: string) => Promise<boolean>;
}

type Outcome = Omit<DeliveryAttempt, 'durationMs' | 'warning'>;

type SendConfig = Pick<Config, 'allowLoopback' | 'publicUrl' | 'email' | keyof EncryptionKeys>;
type SentChannel = Pick<LeasedChannel, 'id' | 'type' | 'sealedConfig'> &
  Partial<Pick<LeasedChannel, 'templates'>>;

/** Never throws: every error is a failed attempt. */
export async function send(
  config: SendConfig,
  channel: SentChannel,
  notification: OutgoingNotification,
  options: SendOptions,
): Promise<DeliveryAttempt> {
  const { now } = options;
  const startedAt = now();
  const attempt = await buildRequest(config, channel, notification, startedAt).then(
    async ({ request, secrets, warning }) => ({
      ...(request.transport === 'email'
        ? await sendEmail(config, request)
        : await sendRequest(config, request, secrets, options)),
      warning,
    }),
    (error: unknown) => ({
      ...notSent(`the request could not be built: ${errorMessage(error)}`),
      warning: null,
    }),
  );
  return { ...attempt, durationMs: now() - startedAt };
}

const failed = (error: string, status: number | null = null): Outcome => ({
  delivered: false,
  gone: false,
  status,
  error,
  reached: 'maybe',
});

const notSent = (error: string): Outcome => ({ ...failed(error), reached: 'no' });

interface BuiltRequest {
  readonly request: ChannelRequest;
  readonly secrets: readonly string[];
  readonly warning: string | null;
}

async function buildRequest(
  keys: EncryptionKeys & Pick<Config, 'publicUrl'>,
  { id, type, sealedConfig, templates = null }: SentChannel,
  notification: OutgoingNotification,
  now: number,
): Promise<BuiltRequest> {
  const channel = findChannelType(type);
  if (!channel) throw new Error(`this version does not support the channel type "${type}"`);
  const channelConfig = await unseal<Record<string, unknown>>(keys, channelPlace(id), sealedConfig);
  const secrets = secretTexts(channel, channelConfig);
  const { message, warning } = withTemplates(channel, channelConfig, templates, toMessage([notification]));
  const context = { now, receipt: null, publicUrl: keys.publicUrl };
  const [request] = await channel.requests(message, channelConfig, context);
  return { request, secrets, warning };
}

async function sendEmail({ email }: SendConfig, request: EmailRequest): Promise<Outcome> {
  const { status, body } = await sendByBinding(email, request, ATTEMPT_TIMEOUT_MS);
  return status < 400
    ? { delivered: true, gone: false, status, error: null, reached: 'maybe' }
    : failed(body, status);
}

async function sendRequest(
  config: Pick<Config, 'allowLoopback'>,
  request: HttpRequest,
  secrets: readonly string[],
  { fetch = globalThis.fetch, canConnect }: SendOptions,
): Promise<Outcome> {
  const urlError = validateReceiverUrl(request.url, config);
  if (urlError !== null) return notSent(`not sent: ${urlError}`);
  const { host } = new URL(request.url);
  const quote = quoteWith(createReceiverRedactor(request.url, secrets));
  // The runtime reports a refused connection like one that was reset after the request. Asked before the request, because
  // a receiver may stop while it handles it. The request is made in any case.
  const refused = canConnect !== undefined && !(await canConnect(request.url));
  const signal = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS);
  try {
    const { url, ...init } = request;
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    return await toOutcome(response, host, quote);
  } catch (error) {
    if (signal.aborted) return failed(`${host} did not respond within ${ATTEMPT_TIMEOUT_MS / 1000} s`);
    const text = `${host} could not be reached: ${quote(errorMessage(error))}`;
    return refused ? notSent(text) : failed(text);
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
    return { delivered: true, gone: false, status, error: null, reached: 'maybe' };
  }
  if (status >= 300 && status < 400) {
    await drainBody(response);
    return failed(`${host} responded ${status}: redirects are not followed. Use the final address.`, status);
  }
  // The status decides. A response that breaks off or never ends is quoted as an empty text.
  const snippet = quote(await readSnippet(response).catch(() => ''));
  const error = snippet === '' ? `${host} responded ${status}` : `${host} responded ${status}: ${snippet}`;
  const reached = isFromCloudflare(response) && NO_CONNECTION.has(status) ? 'no' : 'maybe';
  return { ...failed(error, status), gone: status === 410, reached };
}

/**
 * A deployed Worker's fetch does not throw if it cannot connect: Cloudflare responds in the receiver's place. 521: refused,
 * 523: unreachable, 525 and 526: no TLS session. 522 also means that a connected receiver does not acknowledge the request.
 * https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
 */
const NO_CONNECTION: ReadonlySet<number> = new Set([521, 523, 525, 526]);

const isFromCloudflare = (response: Response): boolean => response.headers.get('server') === 'cloudflare';

/** Releases the connection. An error changes nothing, because the response has arrived. */
const drainBody = (response: Response): Promise<void> =>
  (response.body?.cancel() ?? Promise.resolve()).catch(() => undefined);

/** Reads the beginning only, because a receiver may send without end. */
async function readSnippet(response: Response): Promise<string> {
  if (!response.body) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let size = 0; size < MAX_SNIPPET_BYTES; ) {
    const { done, value } = await reader.read();
    if (done) return text;
    const part = value.subarray(0, MAX_SNIPPET_BYTES - size);
    size += part.length;
    text += decoder.decode(part, { stream: true });
  }
  await reader.cancel();
  return text;
}

/** One line, without the address and the secrets. A receiver may echo its address, and its path is often a password. */
const quoteWith =
  (redact: (text: string) => string) =>
  (text: string): string =>
    redact(text)
      .replace(/[\s\p{Cc}]+/gu, ' ')
      .trim()
      .slice(0, MAX_QUOTE_CHARACTERS);
