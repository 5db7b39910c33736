// Owns a real OpenID Connect issuer on loopback (oidc-provider), and what goes wrong with one: tokens with other claims, new
// keys, hanging, being down. Its pages for people are those of the library. Does not know probemesh.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import { Provider } from 'oidc-provider';

export interface IssuerOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** `client_secret_basic` by default. */
  readonly clientAuthentication?: 'client_secret_basic' | 'client_secret_post';
  readonly redirectUris: readonly string[];
  readonly signedOutUris: readonly string[];
}

export interface Issuer {
  readonly url: string;
  /** The groups of every person from now on. Their subject is what they enter as their login. */
  groups: readonly string[];
  /** Whether the ID token has the groups. If not, only the UserInfo response has. */
  groupsInIdToken: boolean;
  /** Claims that replace those of the next ID tokens. They are signed with the key of the issuer. */
  spoil: ((claims: JWTPayload) => JWTPayload) | null;
  /** A key that is not the issuer's signs the next ID tokens. */
  forged: boolean;
  /** `hanging` accepts requests and answers none. */
  state: 'up' | 'failing' | 'hanging';
  /** Requests by path. */
  readonly requests: Map<string, number>;
  /** New keys. Tokens of the old ones are not valid any more. */
  rotateKeys(): Promise<void>;
  stop(): Promise<void>;
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: crypto.randomUUID() };
}

/** Listens at once. The options come later, because redirect URIs contain the port of the relying party. */
export async function startIssuer(): Promise<Issuer & { configure(options: IssuerOptions): void }> {
  let options: IssuerOptions | undefined;
  let key = await newKey();
  let handle: ReturnType<Provider['callback']> | undefined;
  const build = () => {
    if (options) handle = providerOf(issuer, options, key).callback();
  };
  const server: Server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', issuer.url).pathname;
    issuer.requests.set(path, (issuer.requests.get(path) ?? 0) + 1);
    if (issuer.state === 'hanging') return;
    if (issuer.state === 'failing') return void response.writeHead(503).end('down');
    if (path === '/token' && (issuer.spoil || issuer.forged)) spoilToken(issuer, key, response);
    await handle?.(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const issuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    groups: [] as readonly string[],
    groupsInIdToken: true,
    spoil: null as Issuer['spoil'],
    forged: false,
    state: 'up' as Issuer['state'],
    requests: new Map<string, number>(),
    configure(next: IssuerOptions) {
      options = next;
      build();
    },
    async rotateKeys() {
      key = await newKey();
      build();
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return issuer;
}

function providerOf(issuer: Issuer, options: IssuerOptions, key: JWK): Provider {
  const provider = new Provider(issuer.url, {
    clients: [
      {
        client_id: options.clientId,
        client_secret: options.clientSecret,
        token_endpoint_auth_method: options.clientAuthentication ?? 'client_secret_basic',
        redirect_uris: [...options.redirectUris],
        post_logout_redirect_uris: [...options.signedOutUris],
      },
    ],
    cookies: { keys: ['a key of a test'] },
    jwks: { keys: [key as never] },
    claims: {
      openid: ['sub', 'groups'],
      profile: ['name'],
      email: ['email', 'email_verified'],
    },
    conformIdTokenClaims: false,
    findAccount: (_context, subject) => ({
      accountId: subject,
      claims: (use) => ({
        sub: subject,
        name: `Name of ${subject}`,
        email: `${subject}@acme.test`,
        email_verified: true,
        ...(use === 'id_token' && !issuer.groupsInIdToken ? {} : { groups: [...issuer.groups] }),
      }),
    }),
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      IdToken: 600,
      Session: 600,
      Interaction: 600,
      Grant: 600,
    },
  });
  return provider;
}

/** Replaces the ID token in the response of the token endpoint. */
function spoilToken(issuer: Issuer, key: JWK, response: ServerResponse): void {
  const { spoil, forged } = issuer;
  const end = response.end.bind(response) as (body: string) => ServerResponse;
  const replace = async (body: string): Promise<void> => {
    const tokens = JSON.parse(body) as { id_token?: string };
    if (tokens.id_token) {
      const claims = JSON.parse(Buffer.from(tokens.id_token.split('.')[1]!, 'base64url').toString());
      const signer = forged ? { ...(await newKey()), kid: key.kid! } : key;
      tokens.id_token = await new SignJWT(spoil ? spoil(claims) : claims)
        .setProtectedHeader({ alg: 'RS256', kid: key.kid! })
        .sign(await importJWK(signer, 'RS256'));
    }
    const text = JSON.stringify(tokens);
    response.setHeader('content-length', Buffer.byteLength(text));
    end(text);
  };
  response.end = ((body: string | Buffer) => {
    replace(String(body)).catch(() => response.destroy());
    return response;
  }) as ServerResponse['end'];
}
