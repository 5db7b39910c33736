// Owns the cookies that servers set during one run, so that a login ends. Pure. RFC 6265bis; same-site rules between pages do
// not apply, since every request of a run is a navigation. Knows no public suffixes: the jar ends with its run.
import type { Headers } from './headers.ts';
import { hostOf } from './url.ts';

/** RFC 6265bis, section 5.6: longer ones are ignored. */
const MAX_PAIR_LENGTH = 4_096;
const MAX_COOKIES = 50;

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly hostOnly: boolean;
  readonly path: string;
  readonly secure: boolean;
  /** Ms since the epoch. A cookie that has expired still replaces the one of the monitor's own header. */
  readonly expiresAt: number;
}

export class CookieJar {
  #cookies: readonly Cookie[] = [];

  /** Takes the cookies of one response. Ignores what a browser ignores. */
  store(setCookies: readonly string[], url: URL, now: number): void {
    for (const line of setCookies) {
      const cookie = parseCookie(line, url, now);
      if (cookie === null) continue;
      const others = this.#cookies.filter((other) => !isSame(other, cookie));
      // The newest ones are kept: a login sets the one that matters last.
      this.#cookies = [...others, cookie].slice(-MAX_COOKIES);
    }
  }

  /** `name=value` of every cookie that belongs to the URL; longer paths first. */
  cookiesFor(url: URL, now: number): string[] {
    return this.#for(url)
      .filter(({ expiresAt }) => expiresAt > now)
      .map(({ name, value }) => (name === '' ? value : `${name}=${value}`));
  }

  /** Adds the cookies to those of the monitor's own header; a cookie that a server has set or deleted replaces its namesake. */
  addTo(headers: Headers, url: URL, now: number): Headers {
    const names = new Set(this.#for(url).map(({ name }) => name));
    const own = (headers.cookie ?? '')
      .split(';')
      .map((pair) => pair.trim())
      .filter((pair) => pair !== '' && !names.has(pair.split('=', 1)[0]!.trim()));
    const pairs = [...own, ...this.cookiesFor(url, now)];
    if (names.size === 0) return headers;
    const { cookie: _, ...others } = headers;
    return pairs.length === 0 ? others : { ...others, cookie: pairs.join('; ') };
  }

  #for(url: URL): Cookie[] {
    const host = hostOf(url);
    return this.#cookies
      .filter(
        ({ domain, hostOnly, path, secure }) =>
          (hostOnly ? host === domain : isWithin(host, domain)) &&
          pathMatches(url.pathname, path) &&
          (!secure || isSecure(url)),
      )
      .sort((a, b) => b.path.length - a.path.length);
  }
}

const isSame = (a: Cookie, b: Cookie): boolean =>
  a.name === b.name && a.domain === b.domain && a.hostOnly === b.hostOnly && a.path === b.path;

/** Browsers treat this machine as secure. */
const isSecure = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || /^(?:127(?:\.\d+){3}|\[::1\]|(?:.+\.)?localhost)$/.test(hostname);

const isAddress = (host: string): boolean => host.includes(':') || /^\d+(?:\.\d+){3}$/.test(host);

const isWithin = (host: string, domain: string): boolean =>
  host === domain || (host.endsWith(`.${domain}`) && !isAddress(host));

/** RFC 6265bis, section 5.1.4. */
const pathMatches = (path: string, cookiePath: string): boolean =>
  path === cookiePath ||
  (path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/'));

const defaultPath = ({ pathname }: URL): string => pathname.slice(0, pathname.lastIndexOf('/')) || '/';

/** Null if a browser refuses the cookie. */
function parseCookie(line: string, url: URL, now: number): Cookie | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what RFC 6265bis, section 5.6, refuses.
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(line)) return null;
  const [pair = '', ...parts] = line.split(';');
  const [name, value] = splitPair(pair, 'value');
  if ((name === '' && value === '') || name.length + value.length > MAX_PAIR_LENGTH) return null;
  const attributes = new Map(
    parts.map((part) => {
      const [attribute, text] = splitPair(part, 'name');
      return [attribute.toLowerCase(), text] as const;
    }),
  );
  const host = hostOf(url);
  const domain = (attributes.get('domain') ?? '').replace(/^\./, '').toLowerCase();
  if (domain !== '' && !maySetFor(host, domain)) return null;
  const given = attributes.get('path') ?? '';
  const cookie = {
    name,
    value,
    domain: domain || host,
    hostOnly: domain === '' || isAddress(host),
    path: given.startsWith('/') ? given : defaultPath(url),
    secure: attributes.has('secure'),
    expiresAt: expiryOf(attributes, now),
  };
  if (cookie.secure && !isSecure(url)) return null;
  return keepsPrefix(cookie, name === '' ? value : name) ? cookie : null;
}

/** Without a "=", the whole text is the value of a cookie, or the name of an attribute. */
function splitPair(text: string, whole: 'name' | 'value'): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at < 0) return whole === 'name' ? [text.trim(), ''] : ['', text.trim()];
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

/** A host sets cookies for itself and for the domains above it, save for those of one label. */
const maySetFor = (host: string, domain: string): boolean =>
  host === domain || (isWithin(host, domain) && domain.includes('.'));

/** RFC 6265bis, section 4.1.3: the prefix of a name is a promise. */
function keepsPrefix({ secure, hostOnly, path }: Cookie, name: string): boolean {
  if (/^__host-/i.test(name)) return secure && hostOnly && path === '/';
  return !/^__secure-/i.test(name) || secure;
}

/** `max-age` overrides `expires`. A date that cannot be read is none. */
function expiryOf(attributes: ReadonlyMap<string, string>, now: number): number {
  const maxAge = attributes.get('max-age') ?? '';
  if (/^-?\d+$/.test(maxAge)) return now + Number(maxAge) * 1_000;
  const expires = attributes.get('expires') ?? '';
  // `Date.parse` also reads "0" and "-1", which are no dates.
  const date = /\d:\d\d/.test(expires) ? Date.parse(expires.replaceAll('-', ' ')) : Number.NaN;
  return Number.isNaN(date) ? Number.POSITIVE_INFINITY : date;
}
