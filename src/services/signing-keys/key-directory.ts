// Owns the directory of the keys with which the probes sign requests: a JSON Web Key Set (RFC 7517) of public keys, each named by
// its thumbprint (RFC 8037, appendix A.3). The coordinator does not have the private keys.

export interface PublishedKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly use: 'sig';
}

/** `publicKeys` in base64url, as in PROBE_PUBLIC_KEYS. */
export async function keyDirectory(
  publicKeys: readonly string[],
): Promise<{ readonly keys: readonly PublishedKey[] }> {
  const { calculateJwkThumbprint } = await import('jose');
  const keys = publicKeys.map(async (x) => {
    const key = { kty: 'OKP', crv: 'Ed25519', x } as const;
    return { ...key, kid: await calculateJwkThumbprint(key), use: 'sig' } as const;
  });
  return { keys: await Promise.all(keys) };
}
