// Owns the request headers of the http check: validation, credentials, and the headers that a probe sends. Pure.
// Names and values: RFC 9110, sections 5.1 and 5.5.
import { z } from 'zod';
import { probeVersion } from '../../contract/probe-build.ts';
import { asciiHost } from '../shared/international-name.ts';
import { placeholdersIn, withSecrets } from '../shared/secrets.ts';
import { hostError } from '../shared/target.ts';

export type Headers = Readonly<Record<string, string>>;
type AddIssue = (path: string[], message: string) => void;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$|^$/;

/** Headers of the connection, or of the length that the probe computes (RFC 9110, section 7.6.1). */
const RESERVED_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
]);

const CREDENTIAL_NAME = /^(?:proxy-)?authorization$|^cookie$|token|secret|password|api-?key/;

export const headersSchema = z
  .record(
    z.string().regex(TOKEN, {
      error: 'A header name must consist of at most 64 letters, digits and hyphens.',
    }),
    z.string().max(4_096, { error: 'A header value must have at most 4096 characters.' }),
    { error: (issue) => (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) },
  )
  .refine((headers) => Object.keys(headers).length <= 32, {
    error: '`headers` must have at most 32 headers.',
  })
  .default({})
  .meta({
    description:
      'Headers to send. They add to or override those of the probe (user-agent, accept, accept-encoding). Credentials must ' +
      'come from `secrets`. `host` selects another virtual host, also in TLS. `upgrade` asks for another protocol: expect ' +
      'status 101 with it.',
    example: { authorization: 'Bearer {{token}}' },
  });

/** Reports headers that cannot be sent, and credentials that readers of the monitor would see. */
export function validateHeaders(headers: Headers, secrets: Headers, addIssue: AddIssue): void {
  const names = new Set<string>();
  for (const [original, value] of Object.entries(headers)) {
    const name = original.toLowerCase();
    const path = ['headers', original];
    if (names.has(name)) addIssue(path, `The header "${name}" appears twice. Remove one of them.`);
    names.add(name);
    if (name === 'upgrade' && /^h2c?$/i.test(value.trim()))
      addIssue(path, 'The probe sets the version of HTTP itself. Remove "upgrade", or ask for "websocket".');
    else if (name === 'connection' && /\bupgrade\b/i.test(value)) validateUpgrade(headers, path, addIssue);
    else if (RESERVED_HEADERS.has(name))
      addIssue(path, `The probe sets the header "${name}" itself. Remove it.`);
    else if (CREDENTIAL_NAME.test(name) && placeholdersIn(value).length === 0)
      addIssue(
        path,
        `A credential must come from \`secrets\`. Add it there and use its name here: ${exampleOf(original)}.`,
      );
    else if (name === 'host') validateHost(value, path, addIssue);
    else validateValue(value, secrets, path, addIssue);
  }
}

const exampleOf = (name: string): string =>
  `{"${name}": "${/authorization$/i.test(name) ? 'Bearer ' : ''}{{token}}"}`;

/** A request for another protocol has both headers (RFC 9110, section 7.8). The probe sends `connection` itself. */
function validateUpgrade(headers: Headers, path: string[], addIssue: AddIssue): void {
  if (Object.keys(headers).every((name) => name.toLowerCase() !== 'upgrade'))
    addIssue(
      path,
      'The header "connection" asks for an upgrade. Add the header "upgrade", such as "websocket".',
    );
}

function validateHost(value: string, path: string[], addIssue: AddIssue): void {
  const { name, port } = splitHost(value);
  const problem = /^\d{0,5}$/.test(port)
    ? hostError(name)
    : 'The port of a `host` header must consist of digits. Correct it, or remove it.';
  if (problem !== null) addIssue(path, problem);
}

function validateValue(value: string, secrets: Headers, path: string[], addIssue: AddIssue): void {
  if (!VALUE.test(value))
    addIssue(
      path,
      'A header value must be one line of visible ASCII characters, with spaces between them only.',
    );
  const culprit = placeholdersIn(value).find((name) => !VALUE.test(secrets[name] ?? ''));
  if (culprit !== undefined)
    addIssue(
      ['secrets', culprit],
      `The header "${path[1]}" uses this secret. It must be one line of visible ASCII characters, without spaces around them.`,
    );
}

/** Splits `name:port`, `name`, `[address]:port` or `[address]`, and removes the brackets. */
export function splitHost(value: string): { readonly name: string; readonly port: string } {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(value) ?? [];
  return { name: bracketed ?? plain ?? value, port };
}

/** A name in Unicode, with or without a port, in the form that goes on the wire. */
function asciiAuthority(value: string): string {
  const { name, port } = splitHost(value);
  const ascii = asciiHost(name);
  return ascii === name ? value : `${ascii}${port === '' ? '' : `:${port}`}`;
}

/** The headers on the wire: names in lower case, secrets inserted, defaults unless overridden. `host` is the URL's. */
export function headersToSend(headers: Headers, secrets: Headers, host: string, body?: string): Headers {
  const custom = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    name.toLowerCase() === 'host' ? asciiAuthority(value) : withSecrets(value, secrets),
  ]);
  const sent: Headers = {
    host,
    'user-agent': `probemesh/${probeVersion} (availability check, set up by a user of this service)`,
    accept: '*/*',
    'accept-encoding': 'gzip',
    ...Object.fromEntries(custom),
  };
  return {
    ...sent,
    connection: sent.upgrade === undefined ? 'close' : 'Upgrade',
    ...(body === undefined ? {} : { 'content-length': String(new TextEncoder().encode(body).length) }),
  };
}

/** The headers for another origin: without credentials, without secrets, and without the first origin's host. */
export const crossOriginHeaders = (headers: Headers): Headers =>
  Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) =>
        !CREDENTIAL_NAME.test(name.toLowerCase()) &&
        name.toLowerCase() !== 'host' &&
        placeholdersIn(value).length === 0,
    ),
  );

/** The headers of a request that drops its body (RFC 9110, section 15.4). */
export const headersWithoutBody = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !/^content-/i.test(name)));
