// TLS on an open connection: the handshake, its time, who the peer says it is, and whether that is to be believed.
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import tls from 'node:tls';
import { type TlsFacts, type TlsOptions, WireError } from '../checks/check.ts';
import { tlsFacts } from '../checks/shared/tls-facts.ts';
import { toFailure } from './errors.ts';
import { certificateErrorText } from './tls-messages.ts';
import type { NetworkWire } from './wire.ts';

export interface TlsResult {
  readonly stream: tls.TLSSocket;
  readonly facts: TlsFacts;
}

/** Fails with `tls` where the peer speaks no TLS, breaks it off, or has a certificate that is not to be trusted. */
export async function handshake(
  wire: NetworkWire,
  socket: net.Socket,
  peer: string,
  options: TlsOptions,
): Promise<TlsResult> {
  wire.phase = 'tls';
  wire.trace(`TLS begins, for ${options.serverName}`);
  const startedAt = performance.now();
  const late = (): Error =>
    new WireError(
      'timeout',
      `${peer} is connected and did not finish the TLS handshake within ${wire.patience.timeoutMs} ms`,
    );
  let stream: tls.TLSSocket;
  try {
    stream = await wire.patience.wait<tls.TLSSocket>((resolve, reject) => {
      const secured = tls.connect(clientOptions(socket, options));
      // What the connection itself met says more than what TLS makes of it.
      secured.once('error', (error: NodeJS.ErrnoException) =>
        reject(tlsFailure(socket.errored ?? error, peer, options)),
      );
      secured.once('secureConnect', () => resolve(secured));
      secured.on('error', () => {});
      // An end that came before TLS began is known to the socket alone, and told to whoever reads on.
      socket.once('end', () => reject(closedDuringHandshake(peer)));
      if (socket.destroyed || socket.readableEnded) reject(closedDuringHandshake(peer));
      else socket.read(0);
    }, late);
  } finally {
    wire.addTiming('tlsMs', performance.now() - startedAt);
  }
  const facts = factsOf(stream);
  wire.trace(`${facts.protocol} ${facts.cipher}, certificate of ${facts.subject} by ${facts.issuer}`);
  const distrust = options.trust === 'any' ? null : verifyCertificate(stream, options.serverName);
  if (distrust !== null) throw new WireError('tls', `${peer}: ${distrust}`, tlsFacts(facts));
  return { stream, facts };
}

function clientOptions(socket: net.Socket, options: TlsOptions): tls.ConnectionOptions {
  const { serverName, ca, alpn, minVersion, maxVersion } = options;
  const isOld = minVersion === 'TLSv1' || minVersion === 'TLSv1.1';
  return {
    socket,
    ...(net.isIP(serverName) === 0 ? { servername: serverName.replace(/\.$/, '') } : {}),
    // What is wrong with the certificate is judged after the handshake, in words, and with the facts.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    // Whoever writes an intermediate authority trusts that one, whoever stands above it.
    ...(ca === undefined ? {} : { ca, allowPartialTrustChain: true }),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    minVersion: minVersion ?? 'TLSv1.2',
    ...(maxVersion === undefined ? {} : { maxVersion }),
    // OpenSSL 3 speaks the old versions on its lowest security level only.
    ...(isOld ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
  };
}

/** Why the peer's certificate is not to be trusted; null when it is. Names: RFC 9525, through Node's own check. */
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
    // Names that Node cannot read are the name of nobody.
    return false;
  }
}

const namesIn = (certificate: tls.PeerCertificate): string =>
  (
    certificate.subjectaltname?.replaceAll('DNS:', '').replaceAll('IP Address:', '') ??
    String(certificate.subject?.CN ?? 'nobody')
  ).slice(0, 120);

function factsOf(stream: tls.TLSSocket): TlsFacts {
  const certificate = stream.getPeerCertificate();
  const nameOf = (who: tls.Certificate | undefined): string =>
    [who?.CN, who?.O].flat().filter(Boolean).join(', ').slice(0, 256);
  const cipher = stream.getCipher();
  return {
    protocol: stream.getProtocol() ?? 'unknown',
    cipher: (cipher.standardName ?? cipher.name).slice(0, 64),
    alpn: stream.alpnProtocol ? stream.alpnProtocol.slice(0, 32) : null,
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    validFrom: timeOf(certificate.valid_from),
    validTo: timeOf(certificate.valid_to),
    fingerprint: certificate.fingerprint256 ?? '',
  };
}

const timeOf = (text: string | undefined): number => (text ? Date.parse(text) || 0 : 0);

/** A reset is a reset; whatever else OpenSSL says of the peer is its TLS. */
function tlsFailure(error: NodeJS.ErrnoException, peer: string, { alpn }: TlsOptions): Error {
  if (/before secure TLS connection/.test(error.message)) return closedDuringHandshake(peer);
  return toFailure(error, peer, alpn);
}

const closedDuringHandshake = (peer: string): Error =>
  new WireError('tls', `${peer} ended the connection in the middle of the TLS handshake`);
