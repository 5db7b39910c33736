// Owns TLS on an open connection: the handshake, its time, and whether the peer's certificate is trusted.
// Does not open connections.
import { constants } from 'node:crypto';
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import tls from 'node:tls';
import { type ChainCertificate, type TlsFacts, type TlsOptions, WireError } from '../checks/check.ts';
import { asciiHost } from '../checks/shared/international-name.ts';
import { tlsFacts } from '../checks/shared/tls-facts.ts';
import { toFailure, UnmeasuredError } from './errors.ts';
import { describeNames, matchesName } from './server-identity.ts';
import type { Session } from './session.ts';
import { certificateErrorText } from './tls-messages.ts';

export interface TlsResult {
  readonly stream: tls.TLSSocket;
  readonly facts: TlsFacts;
}

/** Fails with `tls` if the peer does not use TLS, ends the handshake, or presents a certificate that is not trusted. */
export async function handshake(
  session: Session,
  socket: net.Socket,
  peer: string,
  options: TlsOptions,
): Promise<TlsResult> {
  session.phase = 'tls';
  session.trace(`starting TLS for ${options.serverName}`);
  const startedAt = performance.now();
  const timeoutError = (): Error =>
    new WireError(
      'timeout',
      `${peer} is connected and did not finish the TLS handshake within ${session.deadline.timeoutMs} ms`,
    );
  let result: TlsResult & { readonly problem: string | null };
  try {
    result = await session.deadline.wait((resolve, reject) => {
      const secured = tls.connect(clientOptions(socket, options));
      const inspect = (isRefused: boolean) => ({
        stream: secured,
        facts: factsOf(secured, isRefused),
        problem: options.trust === 'any' ? null : verifyCertificate(secured, options.serverName, isRefused),
      });
      // The socket's own error is more precise than the one that TLS derives from it.
      secured.once('error', (error: NodeJS.ErrnoException) => {
        const failure = tlsFailure(socket.errored ?? error, peer, options);
        const mayBe = options.mayRefuse && failure instanceof WireError && hasCertificate(secured);
        if (mayBe) resolve(inspect(true));
        else reject(failure);
      });
      secured.once('secureConnect', () => resolve(inspect(false)));
      secured.on('error', () => {});
      // If the connection ended before TLS, only the socket knows. It reports that to its readers.
      socket.once('end', () => reject(closedDuringHandshake(peer)));
      if (socket.destroyed || socket.readableEnded) reject(closedDuringHandshake(peer));
      else socket.read(0);
    }, timeoutError);
  } finally {
    session.addTiming('tlsMs', performance.now() - startedAt);
  }
  const { stream, facts, problem } = result;
  session.trace(`${facts.protocol} ${facts.cipher}, certificate of ${facts.subject} by ${facts.issuer}`);
  if (problem !== null) throw new WireError('tls', `${peer}: ${problem}`, tlsFacts(facts));
  return { stream, facts };
}

function clientOptions(socket: net.Socket, options: TlsOptions): tls.ConnectionOptions {
  const { ca, alpn, legacy = false, maxVersion } = options;
  const serverName = asciiHost(options.serverName);
  const { minVersion = legacy ? 'TLSv1' : 'TLSv1.2' } = options;
  const isOld = legacy || minVersion === 'TLSv1' || minVersion === 'TLSv1.1';
  return {
    socket,
    ...(net.isIP(serverName) === 0 ? { servername: serverName.replace(/\.$/, '') } : {}),
    // The certificate is verified after the handshake, so that a failure carries its facts.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    // An intermediate authority given in `ca` is trusted without its own issuer.
    ...(ca === undefined ? {} : { ca, allowPartialTrustChain: true }),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    minVersion,
    ...(maxVersion === undefined ? {} : { maxVersion }),
    // RFC 5746 is from 2010. OpenSSL 3 refuses servers without it (SSL_CTX_set_options(3)).
    ...(legacy ? { secureOptions: LEGACY_OPTIONS } : {}),
    // OpenSSL 3 allows the old versions at its lowest security level only.
    ...(isOld ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
  };
}

const LEGACY_OPTIONS =
  constants.SSL_OP_LEGACY_SERVER_CONNECT | constants.SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION;

/** Why the peer's certificate is not trusted; null if it is. */
function verifyCertificate(stream: tls.TLSSocket, serverName: string, isRefused: boolean): string | null {
  // Typed as an Error, and in fact a code.
  const code = isRefused ? verifyErrorOf(stream) : (stream.authorizationError as unknown as string | null);
  if (code) return certificateErrorText(String(code), timeOf(stream.getPeerCertificate().valid_to));
  const certificate = stream.getPeerX509Certificate();
  if (certificate !== undefined && matchesName(certificate, asciiHost(serverName))) return null;
  const names = certificate === undefined ? 'there is none' : describeNames(certificate);
  return `the certificate is not for ${serverName}: ${names}`;
}

/** Node verifies when a handshake completes. Before, only its internal handle knows what OpenSSL found. */
function verifyErrorOf(stream: tls.TLSSocket): string | null {
  const { _handle: handle } = stream as unknown as {
    readonly _handle?: { verifyError?(): NodeJS.ErrnoException | null } | null;
  };
  const error = handle?.verifyError?.();
  return error ? (error.code ?? error.message) : null;
}

const hasCertificate = (stream: tls.TLSSocket): boolean => stream.getPeerCertificate()?.raw !== undefined;

function factsOf(stream: tls.TLSSocket, isRefused: boolean): TlsFacts {
  const certificate = stream.getPeerCertificate(true);
  const cipher = stream.getCipher();
  const protocol = stream.getProtocol() ?? 'unknown';
  return {
    protocol,
    cipher: cipher?.standardName ?? cipher?.name ?? 'unknown',
    alpn: stream.alpnProtocol || null,
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    validFrom: timeOf(certificate.valid_from),
    validTo: timeOf(certificate.valid_to),
    fingerprint: certificate.fingerprint256 ?? '',
    names: namesOf(certificate.subjectaltname),
    chain: chainOf(certificate, stream.authorized),
    requestsCertificate: requestsCertificate(stream, protocol, isRefused),
    isRefused,
  };
}

const nameOf = (entity: tls.Certificate | undefined): string =>
  [entity?.CN, entity?.O].flat().filter(Boolean).join(', ');

/** Node writes `DNS:shop.example.com, IP Address:192.0.2.7`, and a name with a comma in quotes: that is no host. */
const namesOf = (text: string | undefined): string[] =>
  (text ?? '').split(', ').flatMap((part) => /^(?:DNS|IP Address):([^"]+)$/.exec(part)?.[1] ?? []);

const MAX_CHAIN = 16;

/**
 * The certificates above the server's own: those that it presents, then those that the authorities of this probe add. A root
 * issues itself. If the chain is verified, an expired root is not a part of the path that OpenSSL found.
 */
function chainOf(own: tls.DetailedPeerCertificate, isVerified: boolean): ChainCertificate[] {
  const chain: ChainCertificate[] = [];
  const seen = new Set([own.fingerprint256]);
  let issuer: tls.DetailedPeerCertificate | undefined = own.issuerCertificate;
  while (issuer && !seen.has(issuer.fingerprint256) && chain.length < MAX_CHAIN) {
    seen.add(issuer.fingerprint256);
    const isRoot = issuer.issuerCertificate?.fingerprint256 === issuer.fingerprint256;
    const validTo = timeOf(issuer.valid_to);
    const [name = 'without a name'] = [issuer.subject?.CN, issuer.subject?.O].flat().filter(Boolean);
    if (!(isRoot && isVerified && validTo < Date.now())) chain.push({ name: String(name), isRoot, validTo });
    issuer = issuer.issuerCertificate;
  }
  return chain;
}

/**
 * A client learns the signature algorithms of the server only from its request for a certificate. Before TLS 1.2 the request
 * has none, so there only a refusal after the server's certificate shows it.
 */
const requestsCertificate = (stream: tls.TLSSocket, protocol: string, isRefused: boolean): boolean =>
  stream.getSharedSigalgs().length > 0 || (isRefused && (protocol === 'TLSv1' || protocol === 'TLSv1.1'));

const timeOf = (text: string | undefined): number => (text ? Date.parse(text) || 0 : 0);

/** A socket error keeps its own code; every other error of OpenSSL is `tls`. */
function tlsFailure(error: NodeJS.ErrnoException, peer: string, { alpn }: TlsOptions): Error {
  if (/before secure TLS connection/.test(error.message)) return closedDuringHandshake(peer);
  // The probe itself cannot offer it, so the server refused nothing.
  if (/no protocols available|no ciphers available/.test(error.message))
    return new UnmeasuredError(
      'unknown_check',
      `this probe cannot offer the requested TLS (${error.message})`,
    );
  return toFailure(error, peer, alpn);
}

const closedDuringHandshake = (peer: string): Error =>
  new WireError('tls', `${peer} ended the connection in the middle of the TLS handshake`);
