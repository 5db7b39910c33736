// Request headers of the http check: what a person may write, where credentials have to stand, and what is sent. Pure.
// Names and values: RFC 9110, sections 5.1 and 5.5.
import { z } from 'zod';
import { probeVersion } from '../../contract/probe-build.ts';
import { placeholdersIn, withSecrets } from '../shared/secrets.ts';
import { hostError } from '../shared/target.ts';

export type Headers = Readonly<Record<string, string>>;
type Refuse = (path: string[], message: string) => void;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$|^$/;

/** They speak of the connection, or of the length that the probe counts (RFC 9110, section 7.6.1). */
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
  'upgrade',
]);

const CREDENTIAL_NAME = /^(?:proxy-)?authorization$|^cookie$|token|secret|password|api-?key/;

export const headersSchema = z
  .record(
    z.string().regex(TOKEN, { error: 'Write a header name: letters, digits and hyphens, at most 64.' }),
    z.string().max(4_096, { error: 'Write at most 4096 characters.' }),
    { error: (issue) => (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) },
  )
  .refine((headers) => Object.keys(headers).length <= 32, { error: 'Write at most 32 headers.' })
  .default({})
  .meta({
    description:
      'Headers to send beside or instead of the probe’s own (user-agent, accept, accept-encoding). Credentials stand in `secrets`. ' +
      '`host` asks for another virtual host; TLS asks for it too.',
    example: { authorization: 'Bearer {{token}}' },
  });

/** Refuses what could not be sent, or would show a credential to whoever reads the monitor. */
export function validateHeaders(headers: Headers, secrets: Headers, refuse: Refuse): void {
  const seen = new Set<string>();
  for (const [written, value] of Object.entries(headers)) {
    const name = written.toLowerCase();
    const path = ['headers', written];
    if (seen.has(name)) refuse(path, `"${name}" is written twice: leave one of them out.`);
    seen.add(name);
    if (RESERVED_HEADERS.has(name)) refuse(path, `The probe sets "${name}" itself: leave it out.`);
    else if (CREDENTIAL_NAME.test(name) && placeholdersIn(value).length === 0)
      refuse(path, `Write the credential into "secrets" and name it here: ${exampleOf(written)}.`);
    else if (name === 'host') refuseHost(value, path, refuse);
    else refuseValue(value, secrets, path, refuse);
  }
}

const exampleOf = (name: string): string =>
  `{"${name}": "${/authorization$/i.test(name) ? 'Bearer ' : ''}{{token}}"}`;

function refuseHost(value: string, path: string[], refuse: Refuse): void {
  const { name, port } = splitHost(value);
  const problem = /^\d{0,5}$/.test(port) ? hostError(name) : 'Write a port of digits, or none.';
  if (problem !== null) refuse(path, problem);
}

function refuseValue(value: string, secrets: Headers, path: string[], refuse: Refuse): void {
  if (!VALUE.test(value)) refuse(path, 'Write visible ASCII characters, spaces between them, on one line.');
  const culprit = placeholdersIn(value).find((name) => !VALUE.test(secrets[name] ?? ''));
  if (culprit !== undefined)
    refuse(
      ['secrets', culprit],
      `It stands in the header "${path[1]}": write visible ASCII characters on one line, without spaces around them.`,
    );
}

/** `name:port`, `name`, `[address]:port` or `[address]`; brackets are gone. */
export function splitHost(value: string): { readonly name: string; readonly port: string } {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(value) ?? [];
  return { name: bracketed ?? plain ?? value, port };
}

/** As they go out: lower-case names, secrets in place, the probe's own unless overridden. `host` is the URL's. */
export function headersToSend(headers: Headers, secrets: Headers, host: string, body?: string): Headers {
  const own = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    withSecrets(value, secrets),
  ]);
  return {
    host,
    'user-agent': `probemesh/${probeVersion} (availability check, set up by a user of this service)`,
    accept: '*/*',
    'accept-encoding': 'gzip',
    ...Object.fromEntries(own),
    connection: 'close',
    ...(body === undefined ? {} : { 'content-length': String(new TextEncoder().encode(body).length) }),
  };
}

/** What may be shown to another origin: no credentials, nothing that holds a secret, no host of the first one. */
export const crossOriginHeaders = (headers: Headers): Headers =>
  Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) =>
        !CREDENTIAL_NAME.test(name.toLowerCase()) &&
        name.toLowerCase() !== 'host' &&
        placeholdersIn(value).length === 0,
    ),
  );

/** What a request without its body leaves out (RFC 9110, section 15.4). */
export const headersWithoutBody = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !/^content-/i.test(name)));
