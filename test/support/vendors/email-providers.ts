// What the providers of mail document of a request, so that a test refuses one that they would refuse. Does not send.
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { z } from 'zod';
import type { EmailRequest, HttpRequest } from '../../../src/channels/channel.ts';

const MAILBOX = /^"[^"\\<>\r\n]{1,80}" <[!-;=?A-~]+@[a-z0-9.-]+>$/;
const line = z.string().regex(/^[^\r\n\0]*$/);
const wellFormed = z
  .string()
  .refine((text) => text.isWellFormed() && text.length > 0 && text.length < 200_000);
const address = z.email();

/** https://resend.com/docs/api-reference/emails/send-email: `to` at most 50. Keys of 1 to 256 characters. */
export function checkResend({ url, method, headers, body }: HttpRequest) {
  if (url !== 'https://api.resend.com/emails' || method !== 'POST') throw new Error(`${method} ${url}`);
  z.string()
    .regex(/^Bearer re_\w+$/)
    .parse(headers.authorization);
  z.string().min(1).max(256).parse(headers['idempotency-key']);
  return z
    .strictObject({
      from: z.string().regex(MAILBOX),
      to: z.array(address).min(1).max(50),
      subject: line.min(1).max(998),
      text: wellFormed,
      html: wellFormed,
      headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), line.min(1)),
    })
    .parse(JSON.parse(body));
}

/** https://postmarkapp.com/developer/api/email-api: at most 50 recipients, parts of at most 5 MB. */
export function checkPostmark({ url, method, headers, body }: HttpRequest) {
  if (url !== 'https://api.postmarkapp.com/email' || method !== 'POST') throw new Error(`${method} ${url}`);
  z.string().min(8).parse(headers['x-postmark-server-token']);
  z.literal('application/json').parse(headers.accept);
  return z
    .strictObject({
      From: z.string().regex(MAILBOX),
      To: z.string().refine((text) => {
        const all = text.split(', ');
        return all.length <= 50 && all.every((one) => address.safeParse(one).success);
      }),
      Subject: line.min(1).max(2_000),
      TextBody: wellFormed,
      HtmlBody: wellFormed,
      Headers: z.array(z.strictObject({ Name: z.string().regex(/^[A-Za-z0-9-]+$/), Value: line.min(1) })),
      MessageStream: z.string().min(1),
      TrackOpens: z.boolean(),
      TrackLinks: z.enum(['None', 'HtmlAndText', 'HtmlOnly', 'TextOnly']),
    })
    .parse(JSON.parse(body));
}

const content = z.strictObject({ Data: wellFormed, Charset: z.literal('UTF-8') });

/**
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html and API_MessageHeader.html. The signature is
 * compared with that of the AWS SDK.
 */
export async function checkSes(
  { url, method, headers, body }: HttpRequest,
  keys: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly region: string },
) {
  const { host, pathname } = new URL(url);
  if (host !== `email.${keys.region}.amazonaws.com` || pathname !== '/v2/email/outbound-emails')
    throw new Error(url);
  const { authorization = '', ...unsigned } = headers;
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? [];
  const date = headers['x-amz-date']!;
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const signer = new SignatureV4({
    service: 'ses',
    region: keys.region,
    credentials: keys,
    sha256: Sha256,
    applyChecksum: false,
  });
  const signed = await signer.sign(
    {
      ...{ method, protocol: 'https:', hostname: host, path: pathname, body },
      headers: Object.fromEntries(
        Object.entries({ ...unsigned, host }).filter(([name]) => names.includes(name)),
      ),
    },
    { signingDate: new Date(iso) },
  );
  const expected = /Signature=(\w+)/.exec(signed.headers.authorization!)?.[1];
  if (!authorization.endsWith(`Signature=${expected}`)) throw new Error('SignatureDoesNotMatch');
  return z
    .strictObject({
      // RFC 2047: an encoded word has at most 75 characters, and is not quoted.
      FromEmailAddress: z
        .string()
        .regex(
          /^("[^"\\<>]{1,80}"|=\?UTF-8\?B\?[A-Za-z0-9+/=]{1,63}\?=( =\?UTF-8\?B\?[A-Za-z0-9+/=]{1,63}\?=)*) <\S+@\S+>$/,
        )
        .regex(/^[ -~]+$/),
      Destination: z.strictObject({ ToAddresses: z.array(address).min(1).max(50) }),
      Content: z.strictObject({
        Simple: z.strictObject({
          Subject: content.extend({ Data: line.min(1) }),
          Body: z.strictObject({ Text: content, Html: content }),
          Headers: z
            .array(
              z.strictObject({
                Name: z.string().regex(/^[!-9;-@A-~]{1,126}$/),
                Value: z.string().regex(/^[ -~]{1,870}$/),
              }),
            )
            .max(15),
        }),
      }),
    })
    .parse(JSON.parse(body));
}

/** https://developers.cloudflare.com/email-service/reference/headers/ */
const CLOUDFLARE_HEADERS =
  /^(In-Reply-To|References|List-(Unsubscribe|Unsubscribe-Post|Id|Archive|Help|Owner|Post|Subscribe)|Precedence|Auto-Submitted|Content-Language|Keywords|Comments|Importance|Priority|Sensitivity|Organization|Expires|Reply-By|Archived-At|X-[A-Za-z0-9_-]{1,98})$/;

/** https://developers.cloudflare.com/email-service/platform/limits/ too. */
export function checkCloudflare(request: EmailRequest) {
  const mail = z
    .strictObject({
      transport: z.literal('email'),
      from: z.strictObject({ name: line.min(1), email: address }),
      to: z.array(address).min(1).max(50),
      subject: line.min(1).max(998),
      text: wellFormed,
      html: wellFormed,
      headers: z.record(z.string().regex(CLOUDFLARE_HEADERS), line.min(1).max(2_048)),
    })
    .parse(request);
  const size = Object.entries(mail.headers).reduce(
    (sum, [name, value]) => sum + name.length + value.length + 4,
    0,
  );
  if (size > 16 * 1024) throw new Error('E_HEADERS_TOO_LARGE');
  z.enum(['high', 'normal', 'low']).parse(mail.headers.Importance);
  z.enum(['auto-generated', 'auto-replied', 'auto-notified']).parse(mail.headers['Auto-Submitted']);
  return mail;
}
