// Where an HTTP answer leads: the next request of a redirect, or why it is not followed. Pure. RFC 9110, section 15.4.
import type { HttpResponse } from '../check.ts';
import { placeholdersIn } from '../shared/secrets.ts';
import { crossOriginHeaders, type Headers, headersWithoutBody } from './headers.ts';

/** One request, its secrets not in place yet. */
export interface RequestSpec {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export const isRedirect = ({ status, headers }: HttpResponse): boolean =>
  REDIRECTS.has(status) && headers.location !== undefined;

/** The next request, or one sentence that says why there must be none. */
export function redirectRequest(from: RequestSpec, { status, headers }: HttpResponse): RequestSpec | string {
  const location = fromBytes(headers.location ?? '');
  let url: URL;
  try {
    url = new URL(location, from.url);
  } catch {
    return `answered ${status} with a location that is no URL: ${location}`;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `redirects to ${location}, and probes follow http and https only`;
  if (from.url.protocol === 'https:' && url.protocol === 'http:')
    return `redirects from https to http, which is not followed: ${location}`;
  // Credentials in it would be the server's, and would be shown.
  url.username = '';
  url.password = '';
  url.hash = '';
  const same = url.origin === from.url.origin;
  const rewritten = rewrite(from, status);
  if (!same && placeholdersIn(rewritten.body ?? '').length > 0)
    return `redirects to another origin, which is not shown the secrets in the body: ${location}`;
  return { ...rewritten, url, headers: same ? rewritten.headers : crossOriginHeaders(rewritten.headers) };
}

/** Headers come as one character a byte; who writes other than ASCII into a location means UTF-8. */
const fromBytes = (text: string): string =>
  new TextDecoder().decode(Uint8Array.from(text, (character) => character.charCodeAt(0)));

/** 303 asks with GET; so do 301 and 302 after a POST, as everyone does; 307 and 308 ask the same again. */
function rewrite(from: RequestSpec, status: number): RequestSpec {
  const toGet =
    status === 303 ? from.method !== 'HEAD' : (status === 301 || status === 302) && from.method === 'POST';
  return toGet
    ? { ...from, method: 'GET', body: undefined, headers: headersWithoutBody(from.headers) }
    : from;
}
