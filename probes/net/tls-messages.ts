// Owns the texts for errors of OpenSSL. Does not decide what fails.

/** X509_verify_cert_error_string(3), as Node abbreviates them. */
const CERTIFICATE_ERRORS: Readonly<Record<string, string>> = {
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends in a self-signed certificate that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "the certificate's issuer is not trusted: an intermediate certificate is missing, or the authority is private",
  UNABLE_TO_GET_ISSUER_CERT: "the certificate's issuer is not trusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the certificate's issuer is not trusted",
  CERT_REVOKED: 'the certificate was revoked',
};

/** `code` as above; `validTo` is the end of the server's own certificate, ms since the epoch. */
export function certificateErrorText(code: string, validTo: number): string {
  if (code !== 'CERT_HAS_EXPIRED')
    return CERTIFICATE_ERRORS[code] ?? `the certificate is not trusted (${code})`;
  return validTo < Date.now()
    ? `the certificate expired on ${new Date(validTo).toISOString().slice(0, 10)}`
    : 'a certificate of its chain has expired';
}

const NO_TLS = 'does not use TLS on this port';
const NO_VERSION = 'supports none of the requested TLS versions';

/** Reason strings of OpenSSL and their meaning. Alerts: RFC 8446, section 6.2. */
const REASONS: readonly (readonly [reason: RegExp, text: string])[] = [
  [/wrong version number|packet length too long|http request|bad record type|unexpected message/, NO_TLS],
  [/no application protocol/, 'supports none of the protocols'],
  [/protocol version|unsupported protocol|inappropriate fallback/, NO_VERSION],
  [
    /handshake failure/,
    'refused the TLS handshake: no cipher in common, or it requires a client certificate',
  ],
  [/certificate required/, 'requires a client certificate'],
  [
    /unsafe legacy renegotiation/,
    'does not support secure renegotiation (RFC 5746). Set `legacyTls` to accept it',
  ],
  [/unrecognized name/, 'refused the TLS handshake: it does not know the server name'],
  [/dh key too small|ee key too small|ca md too weak/, 'uses keys or digests that are too weak'],
];

/** `reason` as OpenSSL writes it, such as `wrong version number`; `alpn` are the protocols that were offered. */
export function handshakeErrorText(reason: string, alpn: readonly string[] = []): string {
  const text = REASONS.find(([pattern]) => pattern.test(reason))?.[1];
  if (text === undefined) return `failed the TLS handshake: ${reason}`;
  return text.endsWith('the protocols') ? `${text} ${alpn.join(', ')}` : text;
}
