// Owns the production Worker and an OpenID Connect issuer on loopback, and a person who signs in. Does not run ticks.
import { createHash } from 'node:crypto';
import { createTestHarness } from 'wrangler';
import { ASSETS, buildAssets } from '../../../scripts/build-assets.ts';
import { importHmacKey } from '../../../src/http/access/hmac-key.ts';
import { CookieClient, type Page } from '../../support/net/cookie-client.ts';
import { type Issuer, type IssuerOptions, startIssuer } from '../../support/net/oidc-issuer.ts';

const CLIENT = { clientId: 'probemesh', clientSecret: 'a secret: with/odd+characters %' };

export interface OidcMesh {
  readonly url: string;
  readonly issuer: Issuer;
  readonly clientSecret: string;
  /** Starts the issuer again with other options. */
  configure(changes: Partial<IssuerOptions>): void;
  /** The API, with the key `bootstrap`. */
  api(path: string, method?: string, body?: unknown): Promise<{ status: number; json: unknown }>;
  /** Lines that the Worker has logged since the last call. */
  logs(): string[];
  stop(): Promise<void>;
}

const ENCRYPTION_KEY = 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';

const server = createTestHarness({
  workers: [
    {
      config: {
        name: 'sign-in',
        main: 'src/worker.ts',
        compatibility_date: '2026-11-09',
        compatibility_flags: ['queue_consumer_no_wait_for_wait_until'],
        assets: { directory: ASSETS },
        d1_databases: [{ binding: 'DB', database_id: 'sign-in', migrations_dir: 'migrations' }],
        queues: {
          producers: [
            { binding: 'DELIVERIES', queue: 'sign-in' },
            { binding: 'TICKS', queue: 'sign-in-ticks' },
          ],
        },
        ratelimits: ['CHECK_LIMIT', 'AUTH_LIMIT', 'PING_LIMIT'].map((name, index) => ({
          name,
          namespace_id: String(2001 + index),
          simple: { limit: 1000, period: 60 },
        })),
        vars: {
          PUBLIC_URL: 'http://127.0.0.1:8787',
          PROBE_FUNCTION: 'probe',
          LOCATIONS: 'aws:us-east-1,aws:us-west-2',
          AWS_ACCESS_KEY_ID: 'AKIDTEST',
          AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
          ALLOW_LOOPBACK: 'true',
          // SHA-256 of the token "test-token".
          ADMIN_TOKEN_SHA256: '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
          ENCRYPTION_KEY,
        },
      },
    },
  ],
});

/** The provider `idp` is created, with rules of three groups. */
export async function startOidcMesh(): Promise<OidcMesh> {
  await buildAssets();
  const { url } = await server.listen();
  await server.getWorker().applyD1Migrations('DB');
  const issuer = await startIssuer();
  // The issuer is another site than `localhost`, and not than its own address.
  const origins = [url.origin, `http://localhost:${url.port}`];
  const configure = (changes: Partial<IssuerOptions>) =>
    issuer.configure({
      ...CLIENT,
      redirectUris: origins.map((origin) => `${origin}/sign-in/oidc/idp/callback`),
      signedOutUris: origins.map((origin) => `${origin}/signed-out`),
      ...changes,
    });
  configure({});
  const api: OidcMesh['api'] = async (path, method = 'GET', body) => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: { authorization: 'Bearer test-token', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: text === '' ? null : JSON.parse(text) };
  };
  const created = await api('/api/v1/identity-providers', 'POST', {
    id: 'idp',
    type: 'oidc',
    name: 'Acme ID',
    issuer: issuer.url,
    audience: CLIENT.clientId,
    secret: CLIENT.clientSecret,
    rules: [
      { group: 'sre', role: 'admin' },
      { group: 'shop', role: 'editor', tags: ['team:shop'] },
      { group: 'staff', role: 'viewer' },
    ],
  });
  if (created.status !== 201) throw new Error(JSON.stringify(created.json));
  return {
    url: url.origin,
    issuer,
    clientSecret: CLIENT.clientSecret,
    configure,
    api,
    logs() {
      const lines = server.getLogs().map(({ message }) => message);
      server.clearLogs();
      return lines;
    },
    async stop() {
      await issuer.stop();
      await server.close();
    },
  };
}

export const SESSION = '__Host-probemesh-session';
export const FLOW = '__Host-probemesh-flow';

/** The token that a page of probemesh would have in its forms. */
async function csrfTokenOf(session: string): Promise<string> {
  const hash = createHash('sha256').update(session).digest('hex');
  const key = await importHmacKey(ENCRYPTION_KEY);
  const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`csrf ${hash}`));
  return Buffer.from(mac).toString('hex');
}

/** A browser of a person who enters `login` at the issuer. */
export class Person extends CookieClient {
  readonly mesh: OidcMesh;
  readonly login: string;

  constructor(mesh: OidcMesh, login: string) {
    super();
    this.mesh = mesh;
    this.login = login;
  }

  get session(): string | undefined {
    return this.cookie(this.mesh.url, SESSION);
  }

  /** As far as the address to which the issuer sends the browser, which is not opened. */
  async atIssuer(start = '/sign-in/oidc/idp'): Promise<URL> {
    const isBack = (url: URL) => url.origin === this.mesh.url && url.pathname.endsWith('/callback');
    let page = await this.open(new URL(start, this.mesh.url), isBack);
    for (let steps = 0; steps < 5; steps += 1) {
      const next = this.nextOf(page);
      if (next !== null && isBack(next)) return next;
      page = await this.#interact(page, isBack);
    }
    throw new Error(`the issuer shows ${page.status} ${page.url}: ${page.text.slice(0, 300)}`);
  }

  /** The whole sign-in. Returns the response to the callback. */
  async signIn(start?: string): Promise<Page> {
    return this.send(await this.atIssuer(start));
  }

  /** The status of a page of probemesh, with the cookies of this browser. */
  async statusOf(path: string): Promise<number> {
    return (await this.send(new URL(path, this.mesh.url))).status;
  }

  async signOut(): Promise<Page> {
    return this.send(new URL('/sign-out', this.mesh.url), { csrf: await csrfTokenOf(this.session ?? '') });
  }

  /** Logs in, or consents. */
  async #interact(page: Page, stop: (url: URL) => boolean): Promise<Page> {
    const action = /<form[^>]*action="([^"]+)"/.exec(page.text)?.[1];
    const prompt = /name="prompt" value="([^"]+)"/.exec(page.text)?.[1];
    if (!action || !prompt)
      throw new Error(`no form at ${page.url}: ${page.status} ${page.text.slice(0, 500)}`);
    const form = prompt === 'login' ? { prompt, login: this.login, password: 'x' } : { prompt };
    const answered = await this.send(new URL(action, page.url), form as Record<string, string>);
    const next = this.nextOf(answered);
    return next === null || stop(next) ? answered : this.open(next, stop);
  }
}
