// Owns the metadata of OpenID Connect issuers, such as their endpoints, kept for some minutes. Does not run a sign-in.
import * as oauth from 'oauth4webapi';
import type { ProviderRow } from '../../store/identity-providers.ts';
import { isAllowedUrl, ProviderUnreachable, providerFetch } from './provider-requests.ts';

const MAX_AGE_MS = 600_000;
/** An issuer that is down gets one request in this time, however many people click. */
const FAILURE_AGE_MS = 5_000;
const MAX_ENTRIES = 20;

/** The issuer answers, and its metadata cannot be used. An admin must correct the provider here or there. */
export class ProviderMisconfigured extends Error {
  override readonly name = 'ProviderMisconfigured';
}

type Entry = { readonly at: number } & (
  | { readonly server: oauth.AuthorizationServer }
  | { readonly failure: ProviderUnreachable }
);

/** For as long as this isolate lives. */
const cache = new Map<string, Entry>();

interface Allowed {
  readonly allowLoopback: boolean;
}

/** Options of every request of oauth4webapi. */
export const requestOptions = ({ allowLoopback }: Allowed) => ({
  [oauth.customFetch]: providerFetch,
  // Each address is checked before, in `metadataOf`: plain http is for this machine only.
  [oauth.allowInsecureRequests]: allowLoopback,
});

/** Throws {@link ProviderUnreachable} and {@link ProviderMisconfigured}. */
export async function metadataOf(
  config: Allowed,
  { issuer }: Pick<ProviderRow, 'issuer'>,
  now: number,
): Promise<oauth.AuthorizationServer> {
  const known = cache.get(issuer);
  if (known && 'server' in known && Math.abs(now - known.at) < MAX_AGE_MS) return known.server;
  if (known && 'failure' in known && Math.abs(now - known.at) < FAILURE_AGE_MS) throw known.failure;
  if (cache.size >= MAX_ENTRIES) cache.clear();
  try {
    const server = await discover(config, issuer);
    cache.set(issuer, { server, at: now });
    return server;
  } catch (error) {
    if (error instanceof ProviderUnreachable) cache.set(issuer, { failure: error, at: now });
    throw error;
  }
}

/** Something of it is wrong: the next sign-in asks the issuer again. */
export const forgetMetadata = ({ issuer }: Pick<ProviderRow, 'issuer'>): void => {
  cache.delete(issuer);
};

async function discover(config: Allowed, issuer: string): Promise<oauth.AuthorizationServer> {
  if (!isAllowedUrl(issuer, config)) throw new ProviderMisconfigured('the issuer is not an allowed address');
  const url = new URL(issuer);
  const response = await oauth.discoveryRequest(url, { algorithm: 'oidc', ...requestOptions(config) });
  let server: oauth.AuthorizationServer;
  try {
    server = await oauth.processDiscoveryResponse(url, response);
  } catch (cause) {
    throw new ProviderMisconfigured('the discovery document of the issuer cannot be used', { cause });
  }
  const { authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint, end_session_endpoint } =
    server;
  for (const [name, endpoint] of Object.entries({ authorization_endpoint, token_endpoint, jwks_uri })) {
    if (!isAllowedUrl(endpoint, config))
      throw new ProviderMisconfigured(`${name} of the issuer is missing, or not an allowed address`);
  }
  // These two are of use, and not needed.
  return {
    ...server,
    userinfo_endpoint: isAllowedUrl(userinfo_endpoint, config) ? userinfo_endpoint : undefined,
    end_session_endpoint: isAllowedUrl(end_session_endpoint, config) ? end_session_endpoint : undefined,
  } as oauth.AuthorizationServer;
}
