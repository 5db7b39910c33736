// Owns one exchange of the http check: a connection, TLS, a request with the cookies of the run, and its response.
import type { HttpResponse, TlsFacts, Wire } from '../check.ts';
import { WireError } from '../check.ts';
import { withSecrets } from '../shared/secrets.ts';
import { type TlsPolicy, tlsOptionsOf } from '../shared/tls-policy.ts';
import { type Expectations, readsBody } from './assertions.ts';
import { CAPTURE_LENGTH } from './capture.ts';
import type { CookieJar } from './cookies.ts';
import { headersToSend, splitHost } from './headers.ts';
import { createJudge } from './judge.ts';
import type { RequestSpec } from './redirect.ts';
import { signedHeaders } from './signature.ts';
import { portOf, shownHost } from './url.ts';

/** The limit for reading a body that the check has assertions on. */
const MAX_BODY_BYTES = 1_048_576;
/** The limit for every other body: enough to see that it arrives. Not kept, since a thousand runs may be active at once. */
const MAX_UNREAD_BYTES = 262_144;

/** One request with its response. */
export interface Exchange {
  readonly hop: RequestSpec;
  readonly response: HttpResponse;
  readonly tls: TlsFacts | undefined;
}

interface Options extends Expectations, TlsPolicy {
  readonly url: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly sign?: boolean | undefined;
}

/** The URL that cookies belong to: a `host` header selects the site, as in curl. */
export function siteOf({ url, headers }: RequestSpec): URL {
  const virtualHost = headersToSend(headers, {}, url.host).host!;
  return URL.parse(`${url.protocol}//${virtualHost}${url.pathname}`) ?? url;
}

/** The name that the certificate must have: that of the `host` header, else of the URL, as the user wrote it. */
export function serverNameOf({ url, headers }: RequestSpec, options: Options): string {
  const host = Object.entries(headers).find(([name]) => name.toLowerCase() === 'host')?.[1];
  return host === undefined ? shownHost(url, options.url) : splitHost(host).name;
}

/** `onTls` gets what the handshake showed, also if the server then refuses the request. */
export async function send(
  hop: RequestSpec,
  options: Options,
  wire: Wire,
  jar: CookieJar,
  onTls?: (tls: TlsFacts) => void,
): Promise<Exchange> {
  const { secrets } = options;
  const { url, method } = hop;
  const body = hop.body === undefined ? undefined : withSecrets(hop.body, secrets);
  const unsigned = jar.addTo(headersToSend(hop.headers, secrets, url.host, body), siteOf(hop), Date.now());
  const signer = options.sign === true ? wire.signer() : null;
  const connection = await wire.connect({ host: shownHost(url, options.url), port: portOf(url) });
  const serverName = serverNameOf(hop, options);
  const tls =
    url.protocol === 'https:'
      ? await connection.startTls({ ...tlsOptionsOf(options), serverName, alpn: ['http/1.1'] })
      : undefined;
  if (tls) onTls?.(tls);
  if (tls?.isRefused) throw new WireError('tls', 'the server refused the handshake');
  // Last, so that the time until the handshake is not part of the lifetime. Each hop is signed for its own authority.
  const headers = signer === null ? unsigned : signedHeaders(unsigned, url.protocol, signer, Date.now());
  const response = await connection.request({
    method,
    path: url.pathname + url.search,
    headers,
    body,
    judge: createJudge(options),
    ...(readsBody(options)
      ? { maxBodyBytes: MAX_BODY_BYTES }
      : { maxBodyBytes: MAX_UNREAD_BYTES, keptBodyBytes: CAPTURE_LENGTH }),
  });
  return { hop, response, tls };
}
