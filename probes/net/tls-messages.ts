// What OpenSSL says of a peer's TLS, in words for people. Decides nothing.

/** X509_verify_cert_error_string(3), as Node abbreviates them. */
const DISTRUST: Readonly<Record<string, string>> = {
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends in a certificate that signed itself and is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'the certificate was issued by nobody who is known here: an intermediate certificate is missing, or the authority is a private one',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate was issued by nobody who is known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate was issued by nobody who is known here',
  CERT_REVOKED: 'the certificate was revoked',
};

/** `code` as above; `validTo` is the end of the server's own certificate, in ms since the epoch. */
export function certificateErrorText(code: string, validTo: number): string {
  if (code !== 'CERT_HAS_EXPIRED') return DISTRUST[code] ?? `the certificate is not to be trusted (${code})`;
  return validTo < Date.now()
    ? `the certificate expired on ${new Date(validTo).toISOString().slice(0, 10)}`
    : 'a certificate of its chain has expired';
}

const NO_TLS = 'does not speak TLS on this port';
const NO_VERSION = 'speaks none of the TLS versions that are asked for';

/** Reason strings of OpenSSL, and what follows from them. Alerts: RFC 8446, section 6.2. */
const REASONS: readonly (readonly [reason: RegExp, words: string])[] = [
  [/wrong version number|packet length too long|http request|bad record type|unexpected message/, NO_TLS],
  [/no application protocol/, 'agrees on none of the protocols'],
  [/protocol version|unsupported protocol|inappropriate fallback/, NO_VERSION],
  [/handshake failure/, 'refused the TLS handshake: no cipher in common, or a client certificate is wanted'],
  [/certificate required/, 'wants a client certificate'],
  [/unrecognized name/, 'refused the TLS handshake: it does not know the server name'],
  [
    /dh key too small|ee key too small|ca md too weak/,
    'uses keys or digests that are too weak to be accepted',
  ],
];

/** `reason` as OpenSSL has it, such as `wrong version number`; `alpn` are the protocols that were offered. */
export function handshakeErrorText(reason: string, alpn: readonly string[] = []): string {
  const words = REASONS.find(([pattern]) => pattern.test(reason))?.[1];
  if (words === undefined) return `does not agree on TLS: ${reason}`;
  return words.endsWith('the protocols') ? `${words} ${alpn.join(', ')}` : words;
}
