// Owns the custom channel: one HTTP request whose method, headers and body a person defines. Pure.
// Renders no template: apply-templates.ts does, and the message brings the results.
import { z } from 'zod';
import { VERSION } from '../version.ts';
import { defineChannel, type TemplateFormats } from './channel.ts';
import type { Message } from './message.ts';
import { receiverUrl } from './url-field.ts';

/** RFC 9110, 5.6.2: token. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
/** Set by the channel, by the runtime, or by a proxy on the way. */
const RESERVED_HEADER =
  /^(host|content-length|content-type|content-encoding|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|via|date|user-agent|cookie2?|proxy-.*|sec-.*|cf-.*|x-forwarded-.*|x-real-ip)$/i;
const MAX_HEADERS = 20;

const headerName = z
  .string()
  .regex(HEADER_NAME, 'Invalid header name. Use letters, digits and hyphens.')
  .refine(
    (name) => !RESERVED_HEADER.test(name),
    'This header cannot be set: the coordinator sets it. Remove it.',
  );

const headerValue = z
  .string()
  .max(2_000)
  .regex(
    /^[\x20-\x7e]*$/,
    'A header value must be printable ASCII in one line, without CR and LF. Remove other characters.',
  );

const headersOf = (description: string, example: Record<string, string>) =>
  z
    .record(headerName, headerValue)
    .refine(
      (headers) => Object.keys(headers).length <= MAX_HEADERS,
      `At most ${MAX_HEADERS} headers are allowed. Remove some.`,
    )
    .refine(
      (headers) =>
        new Set(Object.keys(headers).map((name) => name.toLowerCase())).size === Object.keys(headers).length,
      'Two headers have the same name. Remove one.',
    )
    .meta({ description, example });

const CONTENT_TYPES = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain; charset=utf-8',
} as const;

const config = z
  .strictObject({
    url: receiverUrl('Put credentials into `secretHeaders`.').meta({
      description:
        'Address of the request. It is fixed: no template applies. Must be https on a deployed Worker. Stored encrypted; never returned.',
      example: 'https://api.example.com/v1/messages?key=0123456789',
    }),
    method: z
      .enum(['POST', 'PUT', 'PATCH'])
      .default('POST')
      .meta({ description: 'Method of the request. Defaults to `POST`.' }),
    contentType: z.enum(['json', 'form', 'text']).default('json').meta({
      description:
        'What the body is: `json`, `form` (application/x-www-form-urlencoded) or `text`. Values in the template of the body are escaped for it. Defaults to `json`.',
    }),
    headers: headersOf(
      'Headers of the request. Names are fixed. Values can be templates, and become printable ASCII in one line.',
      { 'X-Severity': '{{ event.severity }}' },
    ).default({}),
    secretHeaders: headersOf(
      'Headers with secret values, such as `Authorization`. No template applies. Never returned.',
      { Authorization: 'Bearer 0123456789' },
    ).optional(),
  })
  .superRefine(({ headers, secretHeaders = {} }, context) => {
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    const twice = Object.keys(secretHeaders).find((name) => names.includes(name.toLowerCase()));
    if (twice !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['secretHeaders', twice],
        message: `${twice} is in \`headers\` too. Remove one of them.`,
      });
  });

export const custom = defineChannel({
  type: 'custom',
  audience: 'machine',
  hasTemplates: true,
  docs: {
    name: 'Custom request',
    summary: 'Sends an HTTP request that you define, to a service that no other channel supports.',
    setup: [
      'Find the address, the method and the headers in the manual of the service.',
      'Put tokens into `secretHeaders`, so that no read returns them.',
      'Write the template of the body, and try it with `POST /api/v1/channels/preview`.',
    ],
    example: {
      url: 'https://api.example.com/v1/messages?key=0123456789',
      headers: { 'X-Severity': '{{ event.severity }}' },
      secretHeaders: { Authorization: 'Bearer tok_0123456789abcdef' },
    },
    behaviour: [
      'One request for each notification. The template of the body is `templates.body`. The channel has no title.',
      'Values are escaped by `contentType`: for the inside of a JSON string, or for a form. The filter `json` writes a whole JSON value.',
      'Without a template, `json` sends the body of the webhook, `form` sends `title`, `summary`, `severity`, `event`, `id` and `url`, and `text` sends title, summary and links.',
      'A template of the body or of a header that fails is not used, and the delivery has a warning.',
    ],
    limits: ['A template has at most 4 kB. A body has at most 30,000 characters, a header 1,000.'],
    references: [
      { label: 'RFC 9110, HTTP semantics', url: 'https://www.rfc-editor.org/rfc/rfc9110' },
      { label: 'URL standard, form encoding', url: 'https://url.spec.whatwg.org/#urlencoded-serializing' },
    ],
  },
  config,
  secretFields: ['secretHeaders'],
  sentFields: ['secretHeaders'],
  urlFields: ['url'],
  templateFormats: ({ contentType, headers }): TemplateFormats => ({
    title: null,
    body: contentType,
    headers,
  }),
  async requests(message, { url, method, contentType, secretHeaders }) {
    return [
      {
        url,
        method,
        headers: {
          'content-type': CONTENT_TYPES[contentType],
          'user-agent': `probemesh/${VERSION}`,
          ...message.templated.headers,
          ...secretHeaders,
        },
        body: message.templated.body ?? defaultBody(contentType, message),
      },
    ];
  },
});

function defaultBody(contentType: keyof typeof CONTENT_TYPES, message: Message): string {
  const [{ id, body }] = message.notifications;
  const { title, summary, severity, links } = message;
  if (contentType === 'json') return JSON.stringify(body);
  if (contentType === 'text')
    return [title, summary, ...links.map(({ label, url }) => `${label}: ${url}`)].join('\n').toWellFormed();
  const url = links.find(({ kind }) => kind === 'incident')?.url ?? '';
  return new URLSearchParams({ title, summary, severity, event: body.type, id, url }).toString();
}
