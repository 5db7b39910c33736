// Owns what the responses of the providers mean. Pure. A problem that a person can fix at the provider is retried: the mail
// arrives once the domain is verified or the quota is larger.
import type { ChannelResponse, Outcome } from '../channel.ts';

/** Null: by its status. */
export function emailOutcome({ status, headers, body }: ChannelResponse): Outcome | null {
  if (status < 400) return null;
  const parsed = parse(body);
  const sesError = headers.get('x-amzn-errortype')?.split(':')[0];
  if (sesError !== undefined) return sesOutcome(sesError, textOf(parsed.message));
  if (typeof parsed.ErrorCode === 'number') return postmarkOutcome(parsed.ErrorCode, textOf(parsed.Message));
  if (typeof parsed.name === 'string') return resendOutcome(status, parsed.name, textOf(parsed.message));
  return null;
}

/**
 * Amazon SES answers 400 to almost everything:
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
 */
const SES_FIXABLE: ReadonlySet<string> = new Set([
  ...['AccountSuspendedException', 'LimitExceededException', 'MailFromDomainNotVerifiedException'],
  ...['NotFoundException', 'SendingPausedException', 'TooManyRequestsException'],
]);

function sesOutcome(type: string, message: string): Outcome | null {
  const error = `${type}: ${message}`;
  const isUnverified = type === 'MessageRejected' && /not verified/i.test(message);
  if (isUnverified || SES_FIXABLE.has(type)) return { result: 'retry', error };
  return type === 'BadRequestException' || type === 'MessageRejected' ? { result: 'dead', error } : null;
}

/**
 * Postmark answers 422 to almost everything. 300: invalid mail. 402, 403: invalid JSON. 406: every recipient is inactive,
 * after a bounce or a complaint. https://postmarkapp.com/developer/api/overview#error-codes
 */
const POSTMARK_DEAD: ReadonlySet<number> = new Set([300, 402, 403, 406, 411]);

const postmarkOutcome = (code: number, message: string): Outcome => ({
  result: POSTMARK_DEAD.has(code) ? 'dead' : 'retry',
  error: `error ${code}: ${message}`,
});

/**
 * A wrong key is a `validation_error` with status 400, and fixable. 409 means that the same mail is being sent right now.
 * https://resend.com/docs/api-reference/errors
 */
function resendOutcome(status: number, name: string, message: string): Outcome | null {
  const error = `${name}: ${message}`;
  if (/api key/i.test(message) || status === 409) return { result: 'retry', error };
  if (status === 422 || status === 400) return { result: 'dead', error };
  return null;
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
