// Owns the webhook channel: the body as JSON, signed by Standard Webhooks 1.0
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md). Pure.
import { z } from 'zod';
import { VERSION } from '../version.ts';
import { defineChannel, type HttpRequest } from './channel.ts';
import { receiverUrl } from './url-field.ts';

const SECRET_PREFIX = 'whsec_';
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
/** Characters of `webhook-id`. The full stop is not allowed because it separates the signed parts. */
const NOTIFICATION_ID = /^[A-Za-z0-9_-]{1,200}$/;

const url = receiverUrl('Remove them: the signature identifies the sender.').meta({
  description:
    'Address that notifications are sent to. Must be https on a deployed Worker. Stored encrypted; never returned.',
  example: 'https://hooks.example.com/probemesh',
});

const secretAdvice = `The secret must be "${SECRET_PREFIX}" followed by the base64 of ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} random bytes. Generate it with: echo whsec_$(openssl rand -base64 32).`;

export const webhookSecret = z
  .string({ error: secretAdvice })
  .refine((text) => secretKey(text) !== null, secretAdvice)
  .meta({
    description: `Key that signs every notification: "${SECRET_PREFIX}" followed by the base64 of ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes. Never returned.`,
    example: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  });

const previousSecret = webhookSecret.optional().meta({
  description:
    'The secret before a rotation. While it is stored, every notification has a signature of each secret, so that the receiver can change at any time. Never returned.',
  example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
});

export const webhook = defineChannel({
  type: 'webhook',
  audience: 'machine',
  hasTemplates: false,
  docs: {
    name: 'Webhook',
    summary: 'Sends every notification as signed JSON by Standard Webhooks, for programs.',
    setup: [
      'Generate a secret: `echo whsec_$(openssl rand -base64 32)`.',
      'Give the secret to the receiver, which verifies `webhook-signature` with it.',
      'To rotate it, write the new value to `secret` and the old one to `previousSecret`. Change the receiver. Then write an empty text to `previousSecret`.',
    ],
    example: {
      url: 'https://hooks.example.com/probemesh',
      secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
    },
    behaviour: [
      'One request for each notification. The body is described in the OpenAPI document.',
      'While `previousSecret` is stored, `webhook-signature` has two signatures with a space between them. The receiver accepts the request if one of them is valid.',
    ],
    limits: [],
    references: [
      {
        label: 'Standard Webhooks',
        url: 'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md',
      },
    ],
  },
  config: z.strictObject({ url, secret: webhookSecret, previousSecret }),
  secretFields: ['secret', 'previousSecret'],
  sentFields: [],
  urlFields: ['url'],
  async requests({ notifications: [notification] }, config, { now }) {
    if (!NOTIFICATION_ID.test(notification.id)) {
      throw new Error(
        `Notification id ${JSON.stringify(notification.id)} cannot be a header. Use letters, digits, _ and - only.`,
      );
    }
    const { secret: current, previousSecret: previous } = config;
    const secrets = [current, ...(previous === undefined ? [] : [previous])];
    return [await signedPost(config.url, secrets, { id: notification.id, body: notification.body, now })];
  },
});

/** A request with a signature of each secret. `id` is the same for every attempt. */
export async function signedPost(
  url: string,
  secrets: readonly string[],
  { id, body: content, now }: { readonly id: string; readonly body: unknown; readonly now: number },
): Promise<HttpRequest> {
  const body = JSON.stringify(content);
  const timestamp = String(Math.floor(now / 1000));
  const signed = `${id}.${timestamp}.${body}`;
  const signatures = await Promise.all(secrets.map(async (key) => `v1,${await sign(key, signed)}`));
  return {
    url,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': `probemesh/${VERSION}`,
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signatures.join(' '),
    },
    body,
  };
}

/** A new `whsec_` secret of 32 random bytes. */
export function generateSecret(): string {
  return SECRET_PREFIX + toBase64(crypto.getRandomValues(new Uint8Array(32)));
}

/** HMAC-SHA256, base64. */
async function sign(secretText: string, content: string): Promise<string> {
  const bytes = secretKey(secretText);
  if (bytes === null) throw new Error('The webhook secret is malformed. Set a new one.');
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign']);
  return toBase64(new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(content))));
}

/** The key bytes of a secret. Null if it is malformed. */
function secretKey(text: string): Uint8Array<ArrayBuffer> | null {
  const encoded = text.startsWith(SECRET_PREFIX) ? text.slice(SECRET_PREFIX.length) : '';
  if (encoded === '' || encoded.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return null;
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  return bytes.length >= MIN_SECRET_BYTES && bytes.length <= MAX_SECRET_BYTES ? bytes : null;
}

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
