// Owns the facts of a TLS session, the same for every check that uses TLS. Pure.
import type { Facts } from '../../contract/index.ts';
import type { ChainCertificate, TlsFacts } from '../check.ts';

/** Certificates of hosters have a hundred, which are those of other customers. */
const MAX_NAMES = 20;

export function tlsFacts({ alpn, validFrom, validTo, names, chain, ...session }: TlsFacts): Facts {
  return [
    { name: 'tls.protocol', value: session.protocol },
    { name: 'tls.cipher', value: session.cipher },
    ...(alpn === null ? [] : [{ name: 'tls.alpn', value: alpn }]),
    { name: 'tls.subject', value: session.subject },
    { name: 'tls.issuer', value: session.issuer },
    ...timeFact('tls.validFrom', validFrom),
    ...timeFact('tls.validTo', validTo),
    { name: 'tls.fingerprint', value: session.fingerprint },
    ...(names.length === 0 ? [] : [{ name: 'tls.names', value: names.slice(0, MAX_NAMES) }]),
    ...(chain.length === 0 ? [] : [{ name: 'tls.chain', value: chain.map(describeCertificate) }]),
    ...(chain.length === 0
      ? []
      : timeFact('tls.chainValidTo', Math.min(validTo, ...chain.map((one) => one.validTo)))),
  ];
}

/** A certificate may hold any time. Beyond the year 275760 JavaScript cannot represent it (ECMA-262, section 21.4.1.1). */
const MAX_TIME_MS = 8.64e15;

const timeFact = (name: string, ms: number): Facts =>
  Math.abs(ms) <= MAX_TIME_MS ? [{ name, value: new Date(ms).toISOString() }] : [];

const describeCertificate = ({ name, validTo }: ChainCertificate): string =>
  Math.abs(validTo) <= MAX_TIME_MS ? `${name}, until ${new Date(validTo).toISOString()}` : name;
