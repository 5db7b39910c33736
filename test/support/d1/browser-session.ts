// Owns a browser as the Worker sees it: cookies, the headers of its own pages, forms and JSON. It runs no script.
import type { Bindings } from '../../../src/env.ts';
import { type Answered, ask, bindings } from './http-mesh.ts';

const ORIGIN = bindings.PUBLIC_URL;

/** Test files share the limits by network, so each session is in a network of its own. */
let networks = 0;

function newAddress(): string {
  networks += 1;
  return `10.${(networks >> 8) & 255}.${networks & 255}.1`;
}

export class BrowserSession {
  readonly cookies = new Map<string, string>();
  /** Each is one network. */
  readonly address: string;
  /** Bindings in place of those of the tests. */
  env: Partial<Bindings> = {};

  constructor(address = newAddress()) {
    this.address = address;
  }

  async get(path: string): Promise<Answered> {
    return this.#request(path, { headers: { 'sec-fetch-site': 'none' } });
  }

  /** A form of our own page, with the token of the session if the test gives it. */
  async submit(path: string, fields: Readonly<Record<string, string>>, headers = {}): Promise<Answered> {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.#request(path, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: { ...OWN, ...type, ...headers },
    });
  }

  /** What the passkey script sends. */
  async call(path: string, body: unknown, headers = {}): Promise<Answered> {
    return this.#request(path, { method: 'POST', body, headers: { ...OWN, ...headers } });
  }

  /** The token of a form or of the passkey button on a page. */
  static csrfOf(page: Answered): string {
    return /(?:name="csrf" value|data-csrf)="([0-9a-f]+)"/.exec(page.text)?.[1] ?? '';
  }

  async #request(path: string, options: Parameters<typeof ask>[1]): Promise<Answered> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = {
      'cf-connecting-ip': this.address,
      ...(cookie === '' ? {} : { cookie }),
      ...options?.headers,
    };
    const answered = await ask(path, { ...options, token: null, headers, env: this.env });
    for (const line of answered.headers.getSetCookie()) this.#keep(line);
    return answered;
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/max-age=0\b/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  get session(): string | undefined {
    return this.cookies.get('__Host-probemesh-session');
  }
}

const OWN = { 'sec-fetch-site': 'same-origin', origin: ORIGIN };
