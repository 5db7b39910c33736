// Owns status pages with each kind of access, and the cookies that open them, for tests. Does not assert anything.
import { signGrant } from '../../../src/http/pages/page-grant.ts';
import { findStatusPage } from '../../../src/store/status-pages.ts';
import { type Answered, ask, bindings, clock, post } from './http-mesh.ts';

export const PAGE_HOST = 'status.shop.test';
/** The environment of a deployment whose page `hosted` has a host. */
export const HOSTED = { PAGE_HOSTS: `${PAGE_HOST},status.bank.test` };

export const PASSWORD = 'four random words here';
const MAIL = {
  ...{ id: 'mail', name: 'Mail', type: 'email' },
  config: { provider: 'cloudflare', from: 'status@shop.test', to: ['ops@shop.test'] },
};

export const ACCESS = {
  password: { type: 'password', password: PASSWORD },
  email: { type: 'email', domains: ['shop.test'], channel: 'mail' },
  sign_in: { type: 'sign_in', providers: null },
} as const;
export type PrivateType = keyof typeof ACCESS;
export const PRIVATE_TYPES = Object.keys(ACCESS) as PrivateType[];

/** The title of a page is a secret too. */
export const titleOf = (type: PrivateType): string => `Merger with ${type}`;
export const idOf = (type: PrivateType): string => `page-${type.replace('_', '-')}`;

export async function must(made: Promise<Answered>): Promise<Answered> {
  const answer = await made;
  if (answer.status >= 300) throw new Error(`The preparation failed: ${answer.status} ${answer.text}`);
  return answer;
}

/** One page of each kind, at `/pages/<id>`. Returns the key of the page with a password. */
export async function makePages(): Promise<string> {
  await must(post('/api/v1/channels', MAIL));
  let key = '';
  for (const type of PRIVATE_TYPES) {
    const page = { id: idOf(type), title: titleOf(type), access: ACCESS[type] };
    const { feedKey } = (await must(post('/api/v1/status-pages', page))).json;
    key = feedKey ?? key;
  }
  return key;
}

/** The cookie of a grant that this mesh signed. */
export async function grantCookie(
  id: string,
  changes: { readonly of?: string; readonly expiresAt?: number; readonly accessVersion?: number } = {},
): Promise<string> {
  const { of = id, expiresAt = clock.now + 60_000 } = changes;
  const row = await findStatusPage(bindings.DB, { id: of });
  const page = { id: of, accessVersion: changes.accessVersion ?? row?.accessVersion ?? 0 };
  const keys = { encryptionKey: bindings.ENCRYPTION_KEY };
  const value = await signGrant(keys, 'grant', page, { subject: 'grt_1', expiresAt });
  return `__Secure-probemesh-page-${id}=${value}`;
}

/** Without credentials of the mesh. */
export const read = (path: string, headers: Record<string, string> = {}, env = {}): Promise<Answered> =>
  ask(path, { token: null, headers, env });

export const sendForm = (
  path: string,
  fields: Readonly<Record<string, string>>,
  { headers = {}, env = {}, origin = 'https://status.test' } = {},
): Promise<Answered> =>
  ask(path, {
    method: 'POST',
    token: null,
    body: new URLSearchParams(fields).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      origin,
      ...headers,
    },
    env: { AUTH_LIMIT: { limit: async () => ({ success: true }) } as RateLimit, ...env },
  });
