// Owns redirects: the next request, or why the check does not follow one. Pure. RFC 9110, section 15.4.
import type { HttpResponse } from '../check.ts';
import { placeholdersIn } from '../shared/secrets.ts';
import { crossOriginHeaders, type Headers, headersWithoutBody } from './headers.ts';

/** One request, with placeholders in place of its secrets. */
export interface RequestSpec {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export const isRedirect = ({ status, headers }: HttpResponse): boolean =>
  REDIRECTS.has(status) && headers.location !== undefined;

/** The next request, or one sentence that explains why the check must not send it. */
export function redirectRequest(from: RequestSpec, { status, headers }: HttpResponse): RequestSpec | string {
  const location = fromBytes(headers.location ?? '');
  let url: URL;
  try {
    url = new URL(location, from.url);
  } catch {
    return `answered ${status} with an invalid location: ${location}`;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `redirects to ${location}, and probes follow http and https only`;
  if (from.url.protocol === 'https:' && url.protocol === 'http:')
    return `redirects from https to http, which probes do not follow: ${location}`;
  // Credentials in the URL would be the server's own, and would be visible.
  url.username = '';
  url.password = '';
  url.hash = '';
  const same = url.origin === from.url.origin;
  const rewritten = rewrite(from, status);
  if (!same && placeholdersIn(rewritten.body ?? '').length > 0)
    return `redirects to another origin, which must not receive the secrets in the body: ${location}`;
  return { ...rewritten, url, headers: same ? rewritten.headers : crossOriginHeaders(rewritten.headers) };
}

/** Headers arrive as one character per byte. Servers use UTF-8 for a location that is not ASCII. */
const fromBytes = (text: string): string =>
  new TextDecoder().decode(Uint8Array.from(text, (character) => character.charCodeAt(0)));

/** 303 switches to GET. 301 and 302 switch after a POST, as browsers do. 307 and 308 repeat the request. */
function rewrite(from: RequestSpec, status: number): RequestSpec {
  const toGet =
    status === 303 ? from.method !== 'HEAD' : (status === 301 || status === 302) && from.method === 'POST';
  return toGet
    ? { ...from, method: 'GET', body: undefined, headers: headersWithoutBody(from.headers) }
    : from;
}
