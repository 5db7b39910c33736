// Owns which names a certificate proves: those of its subjectAltName (RFC 9525). Does not verify its issuer.
import type { X509Certificate } from 'node:crypto';
import net from 'node:net';

const RULES = { subject: 'never', partialWildcards: false } as const;
/** A label that only a wildcard can match. */
const OTHER_LABEL = 'any-label-41c7d0a95e3b';

/**
 * Whether the certificate is for this host name or address, by OpenSSL's own rules: the common name proves nothing, and a
 * wildcard is the whole left-most label.
 */
export function matchesName(certificate: X509Certificate, serverName: string): boolean {
  const name = serverName.replace(/\.$/, '');
  if (net.isIP(name) !== 0) return certificate.checkIP(name) !== undefined;
  if (certificate.checkHost(name, RULES) !== undefined) return true;
  // OpenSSL's wildcards match letters, digits and hyphens only, but host names with underscores exist.
  const [first = '', ...others] = name.split('.');
  return (
    first.includes('_') && certificate.checkHost([OTHER_LABEL, ...others].join('.'), RULES) !== undefined
  );
}

/** What the certificate is for instead, in words. */
export function describeNames(certificate: X509Certificate): string {
  const names = certificate.subjectAltName;
  // An address as a DNS name proves nothing (RFC 9525, section 6.5), so its kind stays visible.
  if (names !== undefined)
    return `it names ${names.replaceAll(/DNS:(?![\d.]+(?:,|$))/g, '').replaceAll('IP Address:', '')}`;
  const commonName = /^CN=(.*)$/m.exec(certificate.subject)?.[1];
  return commonName === undefined
    ? 'it names no host'
    : `it has no subjectAltName, and clients ignore its common name, ${commonName}`;
}
