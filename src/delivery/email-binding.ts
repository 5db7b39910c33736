// Owns the hand-over of one mail to Cloudflare's email binding. Its result has the form of an HTTP response, so that retries
// follow the same rules for every receiver. Does not retry.
import { errorMessage } from '../../probes/contract/error-message.ts';
import type { ChannelResponse, EmailRequest } from '../channels/channel.ts';

/**
 * The status that means the same as the code of an error. What a person can fix is retried: 403.
 * https://developers.cloudflare.com/email-service/api/send-emails/workers-api/#error-codes
 */
const STATUSES: Readonly<Record<string, number>> = {
  E_VALIDATION_ERROR: 400,
  E_FIELD_MISSING: 400,
  E_TOO_MANY_RECIPIENTS: 400,
  E_HEADER_NOT_ALLOWED: 400,
  E_HEADER_USE_API_FIELD: 400,
  E_HEADER_VALUE_INVALID: 400,
  E_HEADER_VALUE_TOO_LONG: 400,
  E_HEADER_NAME_INVALID: 400,
  E_HEADERS_TOO_LARGE: 400,
  E_HEADERS_TOO_MANY: 400,
  E_CONTENT_TOO_LARGE: 413,
  E_SENDER_NOT_VERIFIED: 403,
  E_SENDER_DOMAIN_NOT_AVAILABLE: 403,
  E_RECIPIENT_NOT_ALLOWED: 403,
  E_RECIPIENT_SUPPRESSED: 403,
  E_RATE_LIMIT_EXCEEDED: 429,
  E_DAILY_LIMIT_EXCEEDED: 429,
  E_DELIVERY_FAILED: 502,
  E_INTERNAL_SERVER_ERROR: 500,
};

const NOT_BOUND =
  'the EMAIL binding is missing: remove the comment signs of [[send_email]] in wrangler.toml, and deploy again';

/** Never throws. `body` is the id of the mail, or why it was not accepted. */
export async function sendByBinding(
  binding: Pick<SendEmail, 'send'> | undefined,
  { transport: _, to, ...mail }: EmailRequest,
  timeoutMs: number,
): Promise<ChannelResponse> {
  const response = (status: number, body: string) => ({ status, headers: new Headers(), body });
  if (!binding) return response(503, NOT_BOUND);
  const { promise: timedOut, resolve } = Promise.withResolvers<null>();
  // The binding has no timeout, and takes no signal. A mail that is sent later is sent twice.
  const timer = setTimeout(() => resolve(null), timeoutMs);
  try {
    const sent = await Promise.race([binding.send({ ...mail, to: [...to] }), timedOut]);
    if (sent === null) return response(504, `the EMAIL binding did not respond within ${timeoutMs / 1000} s`);
    return response(200, sent.messageId);
  } catch (error) {
    const code = String((error as { code?: unknown }).code ?? '');
    return response(STATUSES[code] ?? 500, `${code === '' ? '' : `${code}: `}${errorMessage(error)}`);
  } finally {
    clearTimeout(timer);
  }
}
