// Owns the http check of a server that must refuse clients without a certificate: one request, which must fail. Does not
// follow redirects or evaluate the body.
import { type CheckOutcome, type HttpRequest, type Wire, WireError } from '../check.ts';
import { certificateWarning } from '../shared/certificate.ts';
import { tlsFacts } from '../shared/tls-facts.ts';
import {
  clientCertificateFact,
  describeAcceptance,
  isRefusal,
  type TlsPolicy,
  tlsOptionsOf,
} from '../shared/tls-policy.ts';
import { phraseOf } from './status-phrases.ts';
import { portOf } from './url.ts';

/** Some servers complete the handshake and refuse the request: 400 (nginx), 401, 403, or 495 and 496 (nginx, on pages of its own). */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 495, 496]);

interface Options extends TlsPolicy {
  readonly certificateDays: readonly number[];
}

/** Ok if the server presents a trusted certificate, requests one of the client, and refuses the handshake or the request. */
export async function expectRefusal(
  { url, host }: { readonly url: URL; readonly host: string },
  serverName: string,
  request: HttpRequest,
  options: Options,
  wire: Wire,
): Promise<CheckOutcome> {
  const connection = await wire.connect({ host, port: portOf(url) });
  const tls = await connection.startTls({ ...tlsOptionsOf(options), serverName, alpn: ['http/1.1'] });
  const facts = [...tlsFacts(tls), ...clientCertificateFact(options, tls)];
  const status = tls.isRefused ? null : await refusedOr(() => connection.request(request));
  if (!tls.requestsCertificate || (status !== null && !REFUSALS.has(status))) {
    const answer = status === null ? '' : `, and answered ${phraseOf(status)}`;
    const detail = `${describeAcceptance(tls)}${answer}`;
    return { outcome: 'failed', code: 'tls', detail, facts: [...statusFact(status), ...facts] };
  }
  const degraded = certificateWarning(
    tls,
    options.certificateDays,
    Date.now(),
    host,
    `the certificate of ${host}`,
  );
  return { outcome: 'ok', facts: [...statusFact(status), ...facts], degraded };
}

const statusFact = (status: number | null) =>
  status === null ? [] : [{ name: 'http.status', value: status }];

/** The status of the response; null if the server refused instead. */
async function refusedOr(exchange: () => Promise<{ readonly status: number }>): Promise<number | null> {
  try {
    return (await exchange()).status;
  } catch (error) {
    const endedEarly = error instanceof WireError && /without a response$/.test(error.message);
    if (isRefusal(error) || endedEarly) return null;
    throw error;
  }
}
