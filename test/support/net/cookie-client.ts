// Owns a client that keeps cookies and follows redirects one by one, as a browser does. Does not run scripts or send forms by
// itself. Cookies belong to a host, not to a port (RFC 6265, section 8.5), so each origin has its own here.

export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export class CookieClient {
  readonly cookies = new Map<string, Map<string, string>>();

  /** One request, without following a redirect. */
  async send(url: string | URL, form?: Record<string, string>): Promise<Page> {
    const target = new URL(url);
    const headers: Record<string, string> = {
      cookie: [...(this.cookies.get(target.origin) ?? [])]
        .map(([name, value]) => `${name}=${value}`)
        .join('; '),
    };
    if (form) headers.origin = target.origin;
    const response = await fetch(target, {
      redirect: 'manual',
      headers,
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) this.#keep(target.origin, cookie);
    return { url: target, status: response.status, headers: response.headers, text: await response.text() };
  }

  /** Follows redirects until a page, or until `stop` says so of the next address. */
  async open(url: string | URL, stop: (url: URL) => boolean = () => false): Promise<Page> {
    let page = await this.send(url);
    for (let hops = 0; hops < 20; hops += 1) {
      const next = this.nextOf(page);
      if (next === null || stop(next)) return page;
      page = await this.send(next);
    }
    throw new Error(`too many redirects at ${page.url}`);
  }

  /** Where the response redirects to. */
  nextOf({ url, status, headers }: Page): URL | null {
    const location = headers.get('location');
    return location !== null && status >= 300 && status < 400 ? new URL(location, url) : null;
  }

  cookie(origin: string, name: string): string | undefined {
    return this.cookies.get(origin)?.get(name);
  }

  setCookie(origin: string, name: string, value: string): void {
    this.#keep(origin, `${name}=${value}`);
  }

  #keep(origin: string, text: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
    const isGone = /max-age=0\b|expires=Thu, 01 Jan 1970/i.test(text);
    const jar = this.cookies.get(origin) ?? new Map<string, string>();
    if (isGone || value === '') jar.delete(name);
    else jar.set(name, value);
    this.cookies.set(origin, jar);
  }
}
