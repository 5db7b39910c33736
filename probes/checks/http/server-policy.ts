// Owns how the server of an http check must use TLS: versions that it must refuse, and clients without a certificate. Does
// not send requests.
import { type CheckOutcome, type TlsFacts, type Wire, WireError } from '../check.ts';
import { certificateWarning } from '../shared/certificate.ts';
import { tlsFacts } from '../shared/tls-facts.ts';
import {
  clientCertificateFact,
  describeAcceptance,
  findAcceptedVersion,
  isRefusal,
  type TlsPolicy,
  validateTlsPolicy,
} from '../shared/tls-policy.ts';
import { type Expectations, readsBody } from './assertions.ts';
import { phraseOf } from './status-phrases.ts';
import { portOf, shownHost } from './url.ts';

/** Some servers complete the handshake and refuse the request: 400 (nginx), 401, 403, or 495 and 496 (nginx, on pages of its own). */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 495, 496]);

interface Options extends TlsPolicy {
  readonly url: string;
  readonly certificateDays: readonly number[];
}

/** Reports TLS options that contradict each other, the URL or an assertion. `addIssue` gets the field. */
export function validateServerPolicy(
  input: Expectations & TlsPolicy & Pick<Options, 'url'>,
  addIssue: (field: string, message: string) => void,
): void {
  validateTlsPolicy(input, addIssue);
  const { url, refuseVersions, clientCertificate } = input;
  if (!/^https:/i.test(url))
    for (const [field, value] of Object.entries({ refuseVersions, clientCertificate }))
      if (value !== undefined) addIssue(field, `\`${field}\` needs a URL with https://.`);
  if (clientCertificate !== undefined && readsBody(input))
    addIssue(
      'clientCertificate',
      'A server that refuses the probe sends no body to check. Remove the assertions on the body.',
    );
}

/** Adds to an ok outcome whether the server refuses the versions that it must refuse. */
export async function withRefusedVersions(
  outcome: CheckOutcome,
  serverName: string,
  options: Options,
  wire: Wire,
): Promise<CheckOutcome> {
  if (outcome.outcome !== 'ok' || options.refuseVersions === undefined) return outcome;
  const url = new URL(options.url);
  const target = { host: shownHost(url, options.url), port: portOf(url) };
  const accepted = await findAcceptedVersion(target, serverName, options, wire);
  if (accepted === null) return outcome;
  return { outcome: 'failed', code: 'tls', phase: 'tls', detail: accepted, facts: outcome.facts ?? [] };
}

/**
 * Ok if the server presents a trusted certificate, requests one of the client, and refuses the handshake or the request.
 * `exchange` sends one request, and passes on what the handshake showed.
 */
export async function expectRefusal(
  exchange: (onTls: (tls: TlsFacts) => void) => Promise<{ readonly response: { readonly status: number } }>,
  options: Options,
): Promise<CheckOutcome> {
  let tls: TlsFacts | undefined;
  let status: number | null = null;
  try {
    const { response } = await exchange((shown) => {
      tls = shown;
    });
    status = response.status;
  } catch (error) {
    const endedEarly = error instanceof WireError && /without a response$/.test(error.message);
    if (tls === undefined || !(isRefusal(error) || endedEarly)) throw error;
  }
  return judge(tls!, status, options);
}

function judge(tls: TlsFacts, status: number | null, options: Options): CheckOutcome {
  const facts = [
    ...(status === null ? [] : [{ name: 'http.status', value: status }]),
    ...tlsFacts(tls),
    ...clientCertificateFact(options, tls),
  ];
  if (!tls.requestsCertificate || (status !== null && !REFUSALS.has(status))) {
    const answer = status === null ? '' : `, and answered ${phraseOf(status)}`;
    return { outcome: 'failed', code: 'tls', detail: `${describeAcceptance(tls)}${answer}`, facts };
  }
  const host = shownHost(new URL(options.url), options.url);
  const degraded = certificateWarning(
    ...([tls, options.certificateDays, Date.now(), host] as const),
    `the certificate of ${host}`,
  );
  return { outcome: 'ok', facts, degraded };
}
