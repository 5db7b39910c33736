// Owns the defence against requests that another site makes in a person's browser: where a request comes from, and a token
// that only our own pages know. Requests with an API key need neither.
import type { Context, MiddlewareHandler } from 'hono';
import { timingSafeEqual } from 'hono/utils/buffer';
import { toHex } from '../../hex.ts';
import type { Authenticated, HttpEnv } from '../context.ts';
import { parseForm } from '../form-body.ts';
import { endpointOf } from './endpoint.ts';
import { importHmacKey } from './hmac-key.ts';
import { ownOrigin } from './own-origin.ts';
import { forbid } from './refuse.tsx';

export const CSRF_FIELD = 'csrf';
export const CSRF_HEADER = 'x-csrf-token';

const SIGNED = /^\/interactions\//;
/** Of a status page: at the root, and below `/pages/<id>`. */
const ONE_CLICK = /^(\/pages\/[^/]+)?\/unsubscribe$/;
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The token of a person's forms. It is bound to the session, so that another person's token is worth nothing. */
export async function csrfToken(c: Context<HttpEnv>, { csrfKey }: Authenticated): Promise<string> {
  if (csrfKey === null) return '';
  const key = await importHmacKey(c.var.config.encryptionKey);
  const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`csrf ${csrfKey}`));
  return toHex(new Uint8Array(mac));
}

/**
 * Whether our own pages sent the request. Browsers send `Sec-Fetch-Site` (W3C Fetch Metadata), and with a POST `Origin`
 * (Fetch Standard, section 3.1). A request with neither is not from a browser of today, so it is refused. A page without a
 * referrer sends `Origin: null`: then `Sec-Fetch-Site` alone counts, which is `cross-site` for other pages without one.
 */
export function isSameOrigin(c: Context<HttpEnv>): boolean {
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  if (site === undefined) return origin === ownOrigin(c);
  return site === 'same-origin' && (origin === undefined || origin === 'null' || origin === ownOrigin(c));
}

/** Refuses unsafe requests that another site may have made. Pages that sign people in have no token: their origin counts. */
export const rejectCrossSite: MiddlewareHandler<HttpEnv> = async (c, next) => {
  // Without a route, nothing can change, and the response names the methods that exist.
  if (SAFE_METHODS.has(c.req.method) || endpointOf(c) === undefined) return next();
  // A vendor signs the request, and no credential of a browser counts there.
  if (SIGNED.test(c.req.path)) return next();
  // RFC 8058: a mail program sends it without a page of ours. The token in the address is the permission.
  if (ONE_CLICK.test(c.req.path)) return next();
  const { authenticated } = c.var;
  const isApi = c.req.path.startsWith('/api/');
  if (authenticated === null && isApi) return next();
  if (authenticated?.csrfKey === null) return next();
  // The response for a path or a method that does not exist names the fix.
  if (endpointOf(c) === undefined) return next();
  if (!isSameOrigin(c))
    return forbid(c, 'The request came from another site. Open the page on this site, and repeat it.');
  if (authenticated === null) return next();
  const given = c.req.header(CSRF_HEADER) ?? (await formToken(c));
  const isValid =
    typeof given === 'string' && (await timingSafeEqual(given, await csrfToken(c, authenticated)));
  return isValid ? next() : forbid(c, isApi ? API_TOKEN_WRONG : FORM_EXPIRED);
};

const FORM_EXPIRED =
  'The form has expired, or you signed in again meanwhile. Reload the page, and repeat it.';
const API_TOKEN_WRONG =
  'The header x-csrf-token is missing or wrong. Send the csrfToken of GET /api/v1/me, or an API key instead of the session.';

/** Hono keeps the parsed body, so the route can read it again. */
async function formToken(c: Context<HttpEnv>): Promise<unknown> {
  const type = c.req.header('content-type') ?? '';
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) return undefined;
  return (await parseForm(c))[CSRF_FIELD];
}
