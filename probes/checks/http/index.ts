// http: one request, its redirects, and an answer that is what it has to be. Proves that the application answers.

import { z } from 'zod';
import type { Degraded, Facts } from '../../contract/index.ts';
import {
  type CheckOutcome,
  defineCheck,
  type HttpResponse,
  type TlsFacts,
  type Wire,
  WireError,
} from '../check.ts';
import { certificateFields, certificateWarning, validateTrust } from '../shared/certificate.ts';
import { latencyWarning, maxLatencySchema } from '../shared/latency.ts';
import { validateSecretUse } from '../shared/secret-rules.ts';
import { createRedactor, secretsSchema, withSecrets } from '../shared/secrets.ts';
import { timeoutSchema } from '../shared/target.ts';
import { tlsFacts } from '../shared/tls-facts.ts';
import { expectFields, findMismatch, matchesStatus, readsBody } from './assertions.ts';
import { CAPTURE_LENGTH, captureResponse } from './capture.ts';
import { httpDocs } from './docs.ts';
import { headersSchema, headersToSend, splitHost, validateHeaders } from './headers.ts';
import { isRedirect, type RequestSpec, redirectRequest } from './redirect.ts';
import { hostOf, portOf, urlSchema } from './url.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** As much is read where something is expected of the body. */
const MOST_BODY_BYTES = 1_048_576;
/** And as much where nothing is: enough to see that it comes. It is not kept, for a thousand looks may go on at once. */
const MOST_UNREAD_BYTES = 262_144;
const EXCERPT_LENGTH = 80;

const options = z
  .strictObject({
    type: z.literal('http'),
    url: urlSchema,
    timeoutMs: timeoutSchema,
    method: z
      .enum(METHODS, { error: `Write one of ${METHODS.join(', ')}.` })
      .default('GET')
      .meta({ description: 'How it is asked for.' }),
    headers: headersSchema,
    body: z
      .string()
      .max(65_536, { error: 'Write at most 65536 characters.' })
      .optional()
      .meta({ description: 'What to send; its content-type stands in `headers`. May use secrets.' }),
    ...expectFields,
    redirects: z
      .int({ error: 'Write a whole number from 0 to 20.' })
      .min(0, { error: 'Write a whole number from 0 to 20.' })
      .max(20, { error: 'Write a whole number from 0 to 20.' })
      .default(10)
      .meta({ description: 'How many redirects are followed; 0 follows none.' }),
    ...certificateFields,
    maxLatencyMs: maxLatencySchema(
      'A slower look, from the name look-up to the end of the body, is a warning.',
    ),
    secrets: secretsSchema,
  })
  .superRefine((written, context) => {
    const refuse = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path: [...path], message });
    const { method, headers, body, secrets } = written;
    const hasNoBody = method === 'GET' || method === 'HEAD';
    if (hasNoBody && body !== undefined)
      refuse(['body'], `${method} sends no body: write another "method", or leave "body" out.`);
    if (method === 'HEAD' && readsBody(written))
      refuse(['method'], 'The answer to HEAD has no body to look into: write "GET".');
    validateTrust(written, (field, message) => refuse([field], message));
    const texts = Object.entries(headers).map(([name, text]) => ({ path: ['headers', name], text }));
    validateSecretUse(
      [...texts, ...(body === undefined ? [] : [{ path: ['body'], text: body }])],
      secrets,
      refuse,
    );
    validateHeaders(headers, secrets, refuse);
  });

type Options = z.output<typeof options>;

/**
 * Ok when the answer at the end of the redirects has an expected status and a body in which everything expected is, within
 * timeoutMs. HTTP/1.1, RFC 9110 and RFC 9112; each hop is resolved, guarded and encrypted like the first.
 */
export const http = defineCheck({
  type: 'http',
  options,
  docs: httpDocs,
  nonTargetOptions: ['certificateDays'],
  target: ({ url }) => {
    const parsed = new URL(url);
    return {
      host: hostOf(parsed),
      port: portOf(parsed),
      transport: 'tcp',
      fields: { host: 'url', port: 'url' },
    };
  },
  run,
});

/** What one request brought. */
interface Answer {
  readonly hop: RequestSpec;
  readonly reply: HttpResponse;
  readonly tls: TlsFacts | undefined;
}

async function run(options: Options, wire: Wire): Promise<CheckOutcome> {
  const { url, method, headers, body } = options;
  const first: RequestSpec = { url: new URL(url), method, headers, body };
  const answers = [await ask(first, options, wire)];
  const seen = new Set([keyOf(first)]);
  for (;;) {
    const last = answers.at(-1)!;
    const hop = nextRedirect(last, answers.length - 1, options);
    if (hop === null) return judge(answers, options, options.timeoutMs - wire.remainingMs());
    if (typeof hop === 'string') return unexpected(hop, answers);
    if (seen.has(keyOf(hop))) return unexpected(`redirects in a circle, back to ${hop.url.href}`, answers);
    seen.add(keyOf(hop));
    // Only the last answer is judged by its body; a long way must not hold all of them.
    answers[answers.length - 1] = { ...last, reply: { ...last.reply, body: '' } };
    try {
      answers.push(await ask(hop, options, wire));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const detail = `after a redirect to ${hop.url.origin}: ${error.message}`;
      return { outcome: 'failed', code: error.code, detail, facts: error.facts ?? factsOf(answers) };
    }
  }
}

const keyOf = ({ method, url }: RequestSpec): string => `${method} ${url.href}`;

/** The next request; a sentence where it must not be made; null where the answer is the last one. */
function nextRedirect(
  { hop, reply }: Answer,
  followed: number,
  options: Options,
): RequestSpec | string | null {
  if (options.redirects === 0 || !isRedirect(reply) || matchesStatus(reply.status, options.status))
    return null;
  if (followed === options.redirects) return `redirects more than ${options.redirects} times`;
  return redirectRequest(hop, reply);
}

async function ask(hop: RequestSpec, options: Options, wire: Wire): Promise<Answer> {
  const { secrets, trust, ca } = options;
  const { url, method } = hop;
  const body = hop.body === undefined ? undefined : withSecrets(hop.body, secrets);
  const headers = headersToSend(hop.headers, secrets, url.host, body);
  const connection = await wire.connect({ host: hostOf(url), port: portOf(url) });
  const serverName = splitHost(headers.host ?? url.host).name;
  const tls =
    url.protocol === 'https:'
      ? await connection.startTls({ serverName, trust, ca, alpn: ['http/1.1'] })
      : undefined;
  const reply = await connection.request({
    method,
    path: url.pathname + url.search,
    headers,
    body,
    ...(readsBody(options)
      ? { maxBodyBytes: MOST_BODY_BYTES }
      : { maxBodyBytes: MOST_UNREAD_BYTES, keptBodyBytes: CAPTURE_LENGTH }),
  });
  return { hop, reply, tls };
}

/** `tookMs` ends with the last byte: what the probe itself then thinks of it is not the target's time. */
function judge(answers: readonly Answer[], options: Options, tookMs: number): CheckOutcome {
  const redact = createRedactor(options.secrets);
  const show = (text: string): string => {
    const whole = JSON.stringify(redact(text));
    return whole.length > EXCERPT_LENGTH ? `${whole.slice(0, EXCERPT_LENGTH)}…"` : whole;
  };
  const wrong = findMismatch(answers.at(-1)!.reply, options, show);
  if (wrong !== null) return unexpected(wrong, answers);
  return { outcome: 'ok', facts: factsOf(answers), degraded: warnings(answers, options, tookMs) };
}

function warnings(answers: readonly Answer[], options: Options, tookMs: number): Degraded[] {
  const now = Date.now();
  const ofCertificates = answers.flatMap(({ hop, tls }) =>
    tls
      ? certificateWarning(tls, options.certificateDays, now, `the certificate of ${hop.url.hostname}`)
      : [],
  );
  // One is told, the nearest: they may all be the same.
  const [nearest] = ofCertificates.sort((a, b) => a.limit - b.limit);
  return [
    ...(nearest === undefined ? [] : [nearest]),
    ...latencyWarning('the look', tookMs, options.maxLatencyMs),
  ];
}

function unexpected(detail: string, answers: readonly Answer[]): CheckOutcome {
  const { reply } = answers.at(-1)!;
  return {
    outcome: 'failed',
    code: 'unexpected_reply',
    detail,
    facts: factsOf(answers),
    response: captureResponse(reply),
  };
}

/** Of the last answer; the certificate is that of the last one that had any. */
function factsOf(answers: readonly Answer[]): Facts {
  const { status } = answers.at(-1)!.reply;
  const tls = answers.findLast((answer) => answer.tls !== undefined)?.tls;
  return [
    { name: 'http.status', value: status },
    { name: 'http.redirects', value: answers.length - 1 },
    ...(tls === undefined ? [] : tlsFacts(tls)),
  ];
}
