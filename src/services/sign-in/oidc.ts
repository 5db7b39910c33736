// Signs people in at an OpenID Connect issuer: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0,
// RFC 7636, RFC 9207). Does not know groups, and stores nothing.
import { jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import type { Config } from '../../env.ts';
import { log } from '../../log.ts';
import { err, ok, type Result } from '../../result.ts';
import { providerPlace, unseal } from '../../store/encryption.ts';
import type { ProviderRow } from '../../store/identity-providers.ts';
import { isFlowUsed, openFlow, sealFlow } from './flow.ts';
import { type Claims, claimAt } from './group-rules.ts';
import { forgetMetadata, metadataOf, ProviderMisconfigured, requestOptions } from './oidc-metadata.ts';
import type { SignInProblem, SignInProblemKind } from './problem.ts';
import { keysAt, ProviderUnreachable } from './provider-requests.ts';
import type { ProvedIdentity } from './sign-in-person.ts';

/** How far the clocks of the issuer and of the coordinator may differ. */
const CLOCK_TOLERANCE_SECONDS = 60;

const FLOW_KIND = 'oidc';

interface OidcFlow {
  readonly provider: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly redirectUri: string;
  readonly returnPath: string;
}

export const callbackPath = (id: string): string => `/sign-in/oidc/${id}/callback`;

export interface BegunSignIn {
  /** Where the browser goes. */
  readonly location: string;
  /** The value of the flow's cookie. */
  readonly cookie: string;
}

export async function beginOidc(
  config: Config,
  provider: ProviderRow,
  { origin, returnPath, now }: { readonly origin: string; readonly returnPath: string; readonly now: number },
): Promise<Result<BegunSignIn, SignInProblem>> {
  return attempt(provider, async () => {
    const server = await metadataOf(config, provider, now);
    const flow: OidcFlow = {
      provider: provider.id,
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
      redirectUri: origin + callbackPath(provider.id),
      returnPath,
    };
    const url = new URL(server.authorization_endpoint!);
    const parameters = {
      response_type: 'code',
      client_id: provider.audience,
      redirect_uri: flow.redirectUri,
      scope: provider.scopes.join(' '),
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return { location: url.href, cookie: await sealFlow(config, FLOW_KIND, flow, now) };
  });
}

export interface OidcResponse {
  /** The address to which the issuer sent the browser, with its parameters. */
  readonly url: URL;
  /** The value of the flow's cookie. */
  readonly cookie: string | null;
  readonly now: number;
}

/** Who the person is, as the issuer proves it, and where the browser wanted to go. */
export async function completeOidc(
  config: Config,
  provider: ProviderRow,
  { url, cookie, now }: OidcResponse,
): Promise<Result<ProvedIdentity & { readonly returnPath: string }, SignInProblem>> {
  const flow = await openFlow<OidcFlow>(config, FLOW_KIND, cookie, now);
  // A forged response does not use the sign-in up.
  if (flow === null || flow.provider !== provider.id || url.searchParams.get('state') !== flow.state)
    return err({ kind: 'expired' });
  // Signing the person in uses it up, in one transaction: a stranger with an invented code writes nothing.
  if (await isFlowUsed(config.db, flow)) return err({ kind: 'expired' });
  return attempt(provider, async () => {
    const server = await metadataOf(config, provider, now);
    const client = clientOf(provider, now);
    const parameters = oauth.validateAuthResponse(server, client, url, flow.state);
    const tokens = await exchange(config, provider, server, client, parameters, flow);
    const idToken = tokens.id_token!;
    const { sub, iss, ...claims } = oauth.getValidatedIdTokenClaims(tokens)!;
    await verifySignature(server, provider, idToken, now);
    const all = await withUserInfo(config, provider, server, client, { ...claims, sub }, tokens.access_token);
    const { returnPath } = flow;
    return { provider, flow, issuer: iss, subject: sub, claims: all, idToken, returnPath };
  });
}

/** The library reads the machine's clock, and the coordinator's may be another one. */
const clientOf = (provider: ProviderRow, now: number): oauth.Client => ({
  client_id: provider.audience,
  [oauth.clockSkew]: Math.round((now - Date.now()) / 1000),
  [oauth.clockTolerance]: CLOCK_TOLERANCE_SECONDS,
});

async function exchange(
  config: Config,
  provider: ProviderRow,
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  parameters: URLSearchParams,
  flow: OidcFlow,
): Promise<oauth.TokenEndpointResponse> {
  const methods = await clientAuthentications(config, provider, server);
  for (const [index, method] of methods.entries()) {
    const { redirectUri, verifier, nonce } = flow;
    const options = requestOptions(config);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      method,
      parameters,
      redirectUri,
      verifier,
      options,
    );
    try {
      return await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: nonce,
        requireIdToken: true,
      });
    } catch (error) {
      if (index === methods.length - 1 || !isClientRefused(error)) throw error;
    }
  }
  throw new ProviderMisconfigured('the issuer supports no client authentication that probemesh has');
}

/**
 * RFC 6749, section 2.3.1: Basic is what every issuer must support. Many encode the secret in their own way, or want it in the
 * body, so that is tried next. A refused client does not use the code up.
 */
async function clientAuthentications(
  config: Config,
  { id, sealedSecret }: ProviderRow,
  { token_endpoint_auth_methods_supported: supported }: oauth.AuthorizationServer,
): Promise<oauth.ClientAuth[]> {
  if (sealedSecret === null) return [oauth.None()];
  let secret: string;
  try {
    secret = await unseal<string>(config, providerPlace(id), sealedSecret);
  } catch (cause) {
    throw new ProviderMisconfigured('the client secret cannot be decrypted: write it again', { cause });
  }
  const has = (method: string) => supported === undefined || supported.includes(method);
  return [
    ...(has('client_secret_basic') ? [oauth.ClientSecretBasic(secret)] : []),
    ...(has('client_secret_post') ? [oauth.ClientSecretPost(secret)] : []),
  ];
}

const isClientRefused = (error: unknown): boolean =>
  error instanceof oauth.WWWAuthenticateChallengeError ||
  (error instanceof oauth.ResponseBodyError &&
    ['invalid_client', 'unauthorized_client'].includes(error.error));

/** The claims are verified already: this proves that the issuer has signed them. */
async function verifySignature(
  server: oauth.AuthorizationServer,
  provider: ProviderRow,
  idToken: string,
  now: number,
): Promise<void> {
  // The token came from the issuer itself, so an unknown key is worth a request at once.
  await jwtVerify(idToken, keysAt(server.jwks_uri!, 0), {
    issuer: server.issuer,
    audience: provider.audience,
    currentDate: new Date(now),
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  });
}

/** Some issuers put groups into their UserInfo response alone (OpenID Connect Core 1.0, section 5.3). */
async function withUserInfo(
  config: Config,
  provider: ProviderRow,
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  claims: Claims & { readonly sub: string },
  accessToken: string,
): Promise<Claims> {
  const isComplete = claimAt(claims, provider.groupsClaim) !== undefined;
  if (isComplete || server.userinfo_endpoint === undefined) return claims;
  const response = await oauth.userInfoRequest(server, client, accessToken, requestOptions(config));
  return { ...(await oauth.processUserInfoResponse(server, client, claims.sub, response)), ...claims };
}

/** Every failure that the issuer or the browser causes becomes a problem. Bugs throw. */
async function attempt<T>(provider: ProviderRow, work: () => Promise<T>): Promise<Result<T, SignInProblem>> {
  try {
    return ok(await work());
  } catch (error) {
    const kind = kindOf(error);
    if (kind === null) throw error;
    if (kind !== 'cancelled') {
      forgetIfWrong(provider, kind);
      log.warn('sign_in.failed', { provider: provider.id, kind, error });
    }
    return err({ kind });
  }
}

/**
 * The endpoints may have moved. An issuer that is down is remembered for some seconds. A refused code says nothing about them,
 * and a stranger can invent one.
 */
function forgetIfWrong(provider: ProviderRow, kind: SignInProblemKind): void {
  if (kind !== 'unreachable' && kind !== 'expired') forgetMetadata(provider);
}

function kindOf(error: unknown): SignInProblemKind | null {
  if (error instanceof ProviderUnreachable) return 'unreachable';
  if (error instanceof ProviderMisconfigured || isClientRefused(error)) return 'misconfigured';
  if (error instanceof oauth.AuthorizationResponseError) return kindOfRefusal(error.error);
  // The code is expired, or was used before.
  if (error instanceof oauth.ResponseBodyError)
    return error.error === 'invalid_grant' ? 'expired' : 'invalid';
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError)
    return 'invalid';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^ERR_J(OSE|WT|WS|WK|WKS|WE)/.test(code) ? 'invalid' : null;
}

/** RFC 6749, section 4.1.2.1, and OpenID Connect Core 1.0, section 3.1.2.6. */
function kindOfRefusal(error: string): SignInProblemKind {
  if (error === 'temporarily_unavailable' || error === 'server_error') return 'unreachable';
  const isOurs = /^(invalid_request|unauthorized_client|unsupported_response_type|invalid_scope)$/;
  return isOurs.test(error) ? 'misconfigured' : 'cancelled';
}
