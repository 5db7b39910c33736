// Owns the request that hands a mail to each provider's HTTP API. Pure. Cloudflare's binding has none: it gets the mail whole.
import { AwsV4Signer } from 'aws4fetch';
import { toHex } from '../../hex.ts';
import { VERSION } from '../../version.ts';
import type { HttpRequest } from '../channel.ts';
import type { EmailConfig, Provider } from './config.ts';
import type { Letter } from './letter.ts';

type HttpProvider = Exclude<Provider, 'cloudflare'>;

interface Mail {
  readonly id: string;
  readonly letter: Letter;
  readonly config: EmailConfig;
  readonly now: number;
}

const DEFAULT_URLS: Readonly<Record<HttpProvider, (config: EmailConfig) => string>> = {
  resend: () => 'https://api.resend.com',
  postmark: () => 'https://api.postmarkapp.com',
  ses: ({ region }) => `https://email.${region}.amazonaws.com`,
};

export const providerRequest = (provider: HttpProvider, mail: Mail): Promise<HttpRequest> =>
  REQUESTS[provider](mail, (mail.config.apiUrl ?? DEFAULT_URLS[provider](mail.config)).replace(/\/+$/, ''));

const HEADERS = { 'content-type': 'application/json', 'user-agent': `probemesh/${VERSION}` };

/** The schema allows no quote in the name. */
const mailbox = ({ fromName, from }: EmailConfig, name = `"${fromName}"`): string => `${name} <${from}>`;

/** https://resend.com/docs/api-reference/emails/send-email */
async function resendRequest({ id, letter, config }: Mail, apiUrl: string): Promise<HttpRequest> {
  const { subject, text, html, headers } = letter;
  const body = JSON.stringify({ from: mailbox(config), to: config.to, subject, text, html, headers });
  return {
    url: `${apiUrl}/emails`,
    method: 'POST',
    headers: {
      ...HEADERS,
      authorization: `Bearer ${config.apiKey}`,
      // The same key with another body is an error for 24 hours, so the body is part of it:
      // https://resend.com/docs/dashboard/emails/idempotency-keys
      'idempotency-key': `${id.slice(0, 200)}.${(await digest(body)).slice(0, 16)}`,
    },
    body,
  };
}

/** https://postmarkapp.com/developer/api/email-api. Links are not rewritten: one of them acknowledges. */
async function postmarkRequest({ letter, config }: Mail, apiUrl: string): Promise<HttpRequest> {
  const { subject, text, html, headers } = letter;
  return {
    url: `${apiUrl}/email`,
    method: 'POST',
    headers: { ...HEADERS, accept: 'application/json', 'x-postmark-server-token': config.apiKey ?? '' },
    body: JSON.stringify({
      From: mailbox(config),
      To: config.to.join(', '),
      Subject: subject,
      TextBody: text,
      HtmlBody: html,
      Headers: Object.entries(headers).map(([Name, Value]) => ({ Name, Value })),
      MessageStream: config.messageStream ?? 'outbound',
      TrackOpens: false,
      TrackLinks: 'None',
    }),
  };
}

/** https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html */
async function sesRequest({ letter, config, now }: Mail, apiUrl: string): Promise<HttpRequest> {
  const { subject, text, html, headers } = letter;
  const content = (Data: string) => ({ Data, Charset: 'UTF-8' });
  const body = JSON.stringify({
    FromEmailAddress: mailbox(config, encodedWord(config.fromName)),
    Destination: { ToAddresses: config.to },
    Content: {
      Simple: {
        Subject: content(subject),
        Body: { Text: content(text), Html: content(html) },
        Headers: Object.entries(headers).map(([Name, Value]) => ({ Name, Value })),
      },
    },
  });
  const signed = await new AwsV4Signer({
    url: `${apiUrl}/v2/email/outbound-emails`,
    method: 'POST',
    headers: HEADERS,
    body,
    accessKeyId: config.accessKeyId ?? '',
    secretAccessKey: config.secretAccessKey ?? '',
    region: config.region ?? '',
    service: 'ses',
    datetime: new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, ''),
  }).sign();
  const signedHeaders = Object.fromEntries(signed.headers);
  return { url: signed.url.href, method: 'POST', headers: signedHeaders, body };
}

const REQUESTS: Readonly<Record<HttpProvider, (mail: Mail, apiUrl: string) => Promise<HttpRequest>>> = {
  resend: resendRequest,
  postmark: postmarkRequest,
  ses: sesRequest,
};

async function digest(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}

/** Of 75 characters, 12 are not content, and four hold three bytes. */
const MAX_WORD_BYTES = 45;

/**
 * Amazon SES takes only ASCII in the name of a sender. Words of RFC 2047 are not quoted, and none ends inside a character.
 * https://www.rfc-editor.org/rfc/rfc2047#section-5
 */
function encodedWord(name: string): string {
  if (/^[ -~]*$/.test(name)) return `"${name}"`;
  const words: number[][] = [[]];
  for (const character of name) {
    const bytes = new TextEncoder().encode(character);
    if (words.at(-1)!.length + bytes.length > MAX_WORD_BYTES) words.push([]);
    words.at(-1)!.push(...bytes);
  }
  return words.map((bytes) => `=?UTF-8?B?${btoa(String.fromCharCode(...bytes))}?=`).join(' ');
}
