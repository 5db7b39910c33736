// Owns TLS on an open connection: the handshake, its time, and whether the peer's certificate is trusted.
// Does not open connections.
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import tls from 'node:tls';
import { type TlsFacts, type TlsOptions, WireError } from '../checks/check.ts';
import { tlsFacts } from '../checks/shared/tls-facts.ts';
import { toFailure } from './errors.ts';
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
  let stream: tls.TLSSocket;
  try {
    stream = await session.deadline.wait<tls.TLSSocket>((resolve, reject) => {
      const secured = tls.connect(clientOptions(socket, options));
      // The socket's own error is more precise than the one that TLS derives from it.
      secured.once('error', (error: NodeJS.ErrnoException) =>
        reject(tlsFailure(socket.errored ?? error, peer, options)),
      );
      secured.once('secureConnect', () => resolve(secured));
      secured.on('error', () => {});
      // If the connection ended before TLS, only the socket knows. It reports that to its readers.
      socket.once('end', () => reject(closedDuringHandshake(peer)));
      if (socket.destroyed || socket.readableEnded) reject(closedDuringHandshake(peer));
      else socket.read(0);
    }, timeoutError);
  } finally {
    session.addTiming('tlsMs', performance.now() - startedAt);
  }
  const facts = factsOf(stream);
  session.trace(`${facts.protocol} ${facts.cipher}, certificate of ${facts.subject} by ${facts.issuer}`);
  const problem = options.trust === 'any' ? null : verifyCertificate(stream, options.serverName);
  if (problem !== null) throw new WireError('tls', `${peer}: ${problem}`, tlsFacts(facts));
  return { stream, facts };
}

function clientOptions(socket: net.Socket, options: TlsOptions): tls.ConnectionOptions {
  const { serverName, ca, alpn, minVersion, maxVersion } = options;
  const isOld = minVersion === 'TLSv1' || minVersion === 'TLSv1.1';
  return {
    socket,
    ...(net.isIP(serverName) === 0 ? { servername: serverName.replace(/\.$/, '') } : {}),
    // The certificate is verified after the handshake, so that a failure carries its facts.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    // An intermediate authority given in `ca` is trusted without its own issuer.
    ...(ca === undefined ? {} : { ca, allowPartialTrustChain: true }),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    minVersion: minVersion ?? 'TLSv1.2',
    ...(maxVersion === undefined ? {} : { maxVersion }),
    // OpenSSL 3 allows the old versions at its lowest security level only.
    ...(isOld ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
  };
}

/** Why the peer's certificate is not trusted; null if it is. Names: RFC 9525, through Node's own check. */
function verifyCertificate(stream: tls.TLSSocket, serverName: string): string | null {
  const certificate = stream.getPeerCertificate();
  if (!stream.authorized) {
    const code = String(stream.authorizationError?.message ?? stream.authorizationError);
    return certificateErrorText(code, timeOf(certificate.valid_to));
  }
  return matchesName(serverName, certificate)
    ? null
    : `the certificate is not for ${serverName}: it names ${namesIn(certificate)}`;
}

function matchesName(serverName: string, certificate: tls.PeerCertificate): boolean {
  try {
    return tls.checkServerIdentity(serverName.replace(/\.$/, ''), certificate) === undefined;
  } catch {
    // A certificate whose names Node cannot read matches no name.
    return false;
  }
}

const namesIn = (certificate: tls.PeerCertificate): string =>
  certificate.subjectaltname?.replaceAll('DNS:', '').replaceAll('IP Address:', '') ??
  String(certificate.subject?.CN ?? 'no host');

function factsOf(stream: tls.TLSSocket): TlsFacts {
  const certificate = stream.getPeerCertificate();
  const nameOf = (entity: tls.Certificate | undefined): string =>
    [entity?.CN, entity?.O].flat().filter(Boolean).join(', ');
  const cipher = stream.getCipher();
  return {
    protocol: stream.getProtocol() ?? 'unknown',
    cipher: cipher.standardName ?? cipher.name,
    alpn: stream.alpnProtocol || null,
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    validFrom: timeOf(certificate.valid_from),
    validTo: timeOf(certificate.valid_to),
    fingerprint: certificate.fingerprint256 ?? '',
  };
}

const timeOf = (text: string | undefined): number => (text ? Date.parse(text) || 0 : 0);

/** A socket error keeps its own code; every other error of OpenSSL is `tls`. */
function tlsFailure(error: NodeJS.ErrnoException, peer: string, { alpn }: TlsOptions): Error {
  if (/before secure TLS connection/.test(error.message)) return closedDuringHandshake(peer);
  return toFailure(error, peer, alpn);
}

const closedDuringHandshake = (peer: string): Error =>
  new WireError('tls', `${peer} ended the connection in the middle of the TLS handshake`);
