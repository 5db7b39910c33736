// Owns what a check asks of a TLS handshake, and what the handshake shows. Does not do handshakes.

/** How a TLS client behaves. RFC 8446; server name: RFC 6066, section 3. */
export interface TlsOptions {
  /** The name that the certificate must match. A host name is also sent as SNI. */
  readonly serverName: string;
  /** `any` accepts every certificate: the check then inspects the facts itself. */
  readonly trust: 'system' | 'any';
  /** PEM of certificate authorities to trust in place of the system's. */
  readonly ca?: string | undefined;
  /** Protocols to offer, best first (RFC 7301). */
  readonly alpn?: readonly string[] | undefined;
  readonly minVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' | undefined;
  readonly maxVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** Also accepts old servers: weak ciphers and keys, and renegotiation without RFC 5746. By default offers TLS 1.0 and 1.1. */
  readonly legacy?: boolean | undefined;
  /** A server that refuses the handshake after it has sent its certificate does not fail: `isRefused` reports it. */
  readonly mayRefuse?: boolean | undefined;
}

/** A certificate of the chain above the server's own. */
export interface ChainCertificate {
  /** Its common name, else its organization. */
  readonly name: string;
  readonly isRoot: boolean;
  /** Ms since the epoch. */
  readonly validTo: number;
}

/** What a TLS handshake showed of the session, of the server's own certificate, and of its chain. */
export interface TlsFacts {
  readonly protocol: string;
  readonly cipher: string;
  /** The protocol that both sides agreed on (RFC 7301). */
  readonly alpn: string | null;
  readonly subject: string;
  readonly issuer: string;
  /** Ms since the epoch. */
  readonly validFrom: number;
  /** Ms since the epoch. */
  readonly validTo: number;
  /** SHA-256 in hexadecimal, with colons. */
  readonly fingerprint: string;
  /** Host names and addresses that the server's own certificate is for. */
  readonly names: readonly string[];
  /** The certificates of its authorities, from its own issuer upwards. */
  readonly chain: readonly ChainCertificate[];
  /** The server requested a certificate of the client. Not known before TLS 1.2. */
  readonly requestsCertificate: boolean;
  /** The server refused the handshake. Only with `mayRefuse`. */
  readonly isRefused: boolean;
}
