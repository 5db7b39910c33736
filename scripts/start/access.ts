// Owns what `npm start` prints about access to its mesh: whether its API key works, and the link that makes the first admin.
import { type Api, call } from './api.ts';
import type { Secrets } from './data-dir.ts';
import { StartError } from './options.ts';

/** Throws {@link StartError} if the key is not one of an admin any more: a person can revoke it like any other key. */
export async function requireAdminKey(api: Api): Promise<void> {
  const { status, body } = await call(api, 'GET', '/me');
  const { role, detail } = body as { readonly role?: string; readonly detail?: string };
  if (status === 200 && role === 'admin') return;
  const reason = status === 200 ? `its role is ${role}.` : (detail ?? `status ${status}`);
  throw new StartError(
    `The API key of this mesh does not work: ${reason} Set PROBEMESH_API_KEY to an API key of the role admin without a restriction, or to a new token: openssl rand -hex 32`,
  );
}

/** The link that makes the first admin among people. Undefined once it is used. */
export async function setupLink(
  api: Api,
  { setupToken }: Pick<Secrets, 'setupToken'>,
): Promise<string | undefined> {
  const { body } = await call(api, 'GET', '/people?q=-');
  if ((body as { readonly setupOpen?: boolean }).setupOpen !== true) return undefined;
  return `${originForPeople(api)}/setup?token=${setupToken}`;
}

/** The page on which people sign in. */
export const signInPage = (api: Pick<Api, 'url'>): string => `${originForPeople(api)}/sign-in`;

/** Passkeys need a host name, and browsers take localhost for a secure one. */
export const originForPeople = ({ url }: Pick<Api, 'url'>): string => `http://localhost:${new URL(url).port}`;
