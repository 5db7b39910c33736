// Owns the facts of a TLS session, the same for every check that uses TLS. Pure.
import type { Facts } from '../../contract/index.ts';
import type { TlsFacts } from '../check.ts';

export function tlsFacts({ alpn, validFrom, validTo, ...session }: TlsFacts): Facts {
  return [
    { name: 'tls.protocol', value: session.protocol },
    { name: 'tls.cipher', value: session.cipher },
    ...(alpn === null ? [] : [{ name: 'tls.alpn', value: alpn }]),
    { name: 'tls.subject', value: session.subject },
    { name: 'tls.issuer', value: session.issuer },
    ...timeFact('tls.validFrom', validFrom),
    ...timeFact('tls.validTo', validTo),
    { name: 'tls.fingerprint', value: session.fingerprint },
  ];
}

/** A certificate may hold any time. Beyond the year 275760 JavaScript cannot represent it (ECMA-262, section 21.4.1.1). */
const timeFact = (name: string, ms: number): Facts =>
  Math.abs(ms) <= 8.64e15 ? [{ name, value: new Date(ms).toISOString() }] : [];
