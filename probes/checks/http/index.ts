// Owns the http check: one request, its redirects, and the expected response. Proves that the application responds.

import { z } from 'zod';
import type { Degraded, Facts } from '../../contract/index.ts';
import { type CheckOutcome, defineCheck, type SecretUse, type Wire, WireError } from '../check.ts';
import { addressesSchema } from '../shared/addresses.ts';
import { certificateFields, certificateWarning, validateTrust } from '../shared/certificate.ts';
import { latencyWarning, maxLatencySchema } from '../shared/latency.ts';
import { validateSecretUse } from '../shared/secret-rules.ts';
import { placeholdersDeep, secretsSchema } from '../shared/secrets.ts';
import { timeoutSchema } from '../shared/target.ts';
import { tlsFacts } from '../shared/tls-facts.ts';
import { tlsPolicyFields } from '../shared/tls-policy.ts';
import { expectFields, findMismatch, matchesStatus, readsBody } from './assertions.ts';
import { captureResponse } from './capture.ts';
import { CookieJar } from './cookies.ts';
import { httpDocs } from './docs.ts';
import { type Exchange, send, serverNameOf, siteOf } from './exchange.ts';
import { headersSchema, headersToSend, validateHeaders } from './headers.ts';
import { isRedirect, type RequestSpec, redirectRequest } from './redirect.ts';
import { expectRefusal, validateServerPolicy, withRefusedVersions } from './server-policy.ts';
import { validateSigned } from './signature.ts';
import { portOf, shownHost, urlSchema } from './url.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const EXCERPT_LENGTH = 80;

const REDIRECTS_ERROR = '`redirects` must be a whole number between 0 and 20.';

const options = z
  .strictObject({
    type: z.literal('http'),
    url: urlSchema,
    timeoutMs: timeoutSchema,
    addresses: addressesSchema,
    method: z
      .enum(METHODS, { error: `\`method\` must be one of ${METHODS.join(', ')}.` })
      .default('GET')
      .meta({ description: 'HTTP method.' }),
    headers: headersSchema,
    body: z
      .string()
      .max(65_536, { error: '`body` must have at most 65536 characters.' })
      .optional()
      .meta({ description: 'Request body. May use secrets. Set its content-type in `headers`.' }),
    ...expectFields,
    redirects: z
      .int({ error: REDIRECTS_ERROR })
      .min(0, { error: REDIRECTS_ERROR })
      .max(20, { error: REDIRECTS_ERROR })
      .default(10)
      .meta({ description: 'Redirects to follow at most; 0 follows none.' }),
    ...certificateFields,
    ...tlsPolicyFields,
    sign: z.boolean({ error: '`sign` must be true or false.' }).optional().meta({
      description:
        'Sign the request, so that the target recognises it as one of this mesh (RFC 9421). Needs a signing key: see Operations.',
    }),
    maxLatencyMs: maxLatencySchema(
      'Latency threshold from name resolution to the last byte that decides the check, in ms: the end of the body, if the ' +
        'response gives its length or the check needs all of it. A slower run raises a warning.',
    ),
    secrets: secretsSchema,
  })
  .superRefine((input, context) => {
    const addIssue = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path: [...path], message });
    const { method, headers, body, secrets } = input;
    const hasNoBody = method === 'GET' || method === 'HEAD';
    if (hasNoBody && body !== undefined)
      addIssue(['body'], `${method} requests have no body. Change \`method\`, or remove \`body\`.`);
    if (method === 'HEAD' && readsBody(input))
      addIssue(['method'], 'The response to HEAD has no body to check. Use GET.');
    validateTrust(input, (field, message) => addIssue([field], message));
    validateServerPolicy(input, (field, message) => addIssue([field], message));
    const texts = Object.entries(headers).map(([name, text]) => ({ path: ['headers', name], text }));
    validateSecretUse(
      [...texts, ...(body === undefined ? [] : [{ path: ['body'], text: body }])],
      secrets,
      addIssue,
    );
    validateHeaders(headers, secrets, addIssue);
    if (input.sign) validateSigned(headers, addIssue);
  });

type Options = z.output<typeof options>;

/**
 * Ok if, within timeoutMs, the last response has an expected status and its body meets all assertions.
 * HTTP/1.1, RFC 9110 and RFC 9112. Each hop passes name resolution, the address guard and TLS like the first.
 */
export const http = defineCheck({
  type: 'http',
  options,
  docs: httpDocs,
  nonTargetOptions: ['certificateDays', 'sign'],
  target: ({ url }) => {
    const parsed = new URL(url);
    return {
      host: shownHost(parsed, url),
      port: portOf(parsed),
      transport: 'tcp',
      fields: { host: 'url', port: 'url' },
    };
  },
  secretUses,
  // A server that resets the connection may have done what a POST asked for (RFC 9110, section 9.2.2).
  isRepeatable: ({ method }) => method !== 'POST' && method !== 'PATCH',
  run: runUnderPolicy,
});

/** The virtual host of a `host` header counts as an origin of its own: another server may respond for it. */
function secretUses({ url, headers, body, trust, ca }: Options): SecretUse[] {
  const { origin, host, protocol } = new URL(url);
  const virtualHost = headersToSend(headers, {}, host).host!.toLowerCase();
  return [...placeholdersDeep([Object.values(headers), body])].map((name) => ({
    name,
    origin: virtualHost === host ? origin : `${origin} (host ${virtualHost})`,
    trust: protocol === 'https:' ? (ca ?? trust) : null,
  }));
}

async function runUnderPolicy(options: Options, wire: Wire): Promise<CheckOutcome> {
  const { url, method, headers, body } = options;
  const first: RequestSpec = { url: new URL(url), method, headers, body };
  const outcome =
    options.clientCertificate === undefined
      ? await run(first, options, wire)
      : await expectRefusal((onTls) => send(first, options, wire, new CookieJar(), onTls), options);
  return withRefusedVersions(outcome, serverNameOf(first, options), options, wire);
}

async function run(first: RequestSpec, options: Options, wire: Wire): Promise<CheckOutcome> {
  const jar = new CookieJar();
  const visited = new Set([keyOf(first, jar)]);
  const exchanges = [await send(first, options, wire, jar)];
  for (;;) {
    const last = exchanges.at(-1)!;
    jar.store(last.response.setCookies, siteOf(last.hop), Date.now());
    const hop = nextRedirect(last, exchanges.length - 1, options);
    if (hop === null) return evaluate(exchanges, options, wire);
    if (typeof hop === 'string') return unexpected(hop, exchanges);
    if (visited.has(keyOf(hop, jar)))
      return unexpected(`redirects in a circle, back to ${hop.url.href}`, exchanges);
    visited.add(keyOf(hop, jar));
    // Only the body of the last response matters. A long chain must not hold all bodies.
    exchanges[exchanges.length - 1] = { ...last, response: { ...last.response, body: '' } };
    try {
      exchanges.push(await send(hop, options, wire, jar));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const detail = `after a redirect to ${hop.url.origin}: ${error.message}`;
      return { outcome: 'failed', code: error.code, detail, facts: error.facts ?? factsOf(exchanges) };
    }
  }
}

/** The same request with other cookies is another one: a login leads back to the page that it protects. */
const keyOf = (hop: RequestSpec, jar: CookieJar): string =>
  JSON.stringify([hop.method, hop.url.href, jar.cookiesFor(siteOf(hop), Date.now())]);

/** The next request; a sentence if the check must not send it; null if the response is the last one. */
function nextRedirect(
  { hop, response }: Exchange,
  followed: number,
  options: Options,
): RequestSpec | string | null {
  if (options.redirects === 0 || !isRedirect(response) || matchesStatus(response.status, options.status))
    return null;
  if (followed === options.redirects) return `redirects more than ${options.redirects} times`;
  return redirectRequest(hop, response);
}

function evaluate(exchanges: readonly Exchange[], options: Options, wire: Wire): CheckOutcome {
  // Taken at the last byte that decides: neither the evaluation nor a wait for more is the target's time.
  const idleMs = exchanges.reduce((sum, { response }) => sum + response.idleMs, 0);
  const tookMs = options.timeoutMs - wire.remainingMs() - idleMs;
  const show = (text: string): string => {
    const quoted = JSON.stringify(wire.redact(text));
    return quoted.length > EXCERPT_LENGTH ? `${quoted.slice(0, EXCERPT_LENGTH)}…"` : quoted;
  };
  const mismatch = findMismatch(exchanges.at(-1)!.response, options, show);
  if (mismatch !== null) return unexpected(mismatch, exchanges);
  return { outcome: 'ok', facts: factsOf(exchanges), degraded: warnings(exchanges, options, tookMs) };
}

function warnings(exchanges: readonly Exchange[], options: Options, tookMs: number): Degraded[] {
  const now = Date.now();
  const certificates = exchanges.flatMap(({ hop, tls }) =>
    tls ? certificateWarning(tls, options.certificateDays, now, ...namesOf(hop.url, options)) : [],
  );
  // Only the nearest expiry is reported: all hops may have the same certificate.
  const [nearest] = certificates.sort((a, b) => a.limit - b.limit);
  return [
    ...(nearest === undefined ? [] : [nearest]),
    ...latencyWarning('the check', tookMs, options.maxLatencyMs),
  ];
}

/** Of a host and of its certificate. */
function namesOf(url: URL, options: Options): [host: string, certificate: string] {
  const host = shownHost(url, options.url);
  return [host, `the certificate of ${host}`];
}

function unexpected(detail: string, exchanges: readonly Exchange[]): CheckOutcome {
  const { response } = exchanges.at(-1)!;
  return {
    outcome: 'failed',
    code: 'unexpected_reply',
    detail,
    facts: factsOf(exchanges),
    response: captureResponse(response),
  };
}

/** Facts of the last response, and of the last TLS session in the chain. */
function factsOf(exchanges: readonly Exchange[]): Facts {
  const { status } = exchanges.at(-1)!.response;
  const tls = exchanges.findLast(({ tls: session }) => session !== undefined)?.tls;
  const oddities = [...new Set(exchanges.flatMap(({ response }) => response.oddities))];
  return [
    { name: 'http.status', value: status },
    { name: 'http.redirects', value: exchanges.length - 1 },
    ...(oddities.length === 0 ? [] : [{ name: 'http.tolerated', value: oddities }]),
    ...(tls === undefined ? [] : tlsFacts(tls)),
  ];
}
