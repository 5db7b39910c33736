// Owns the making of the key with which the probes of a deployment sign their requests. Does not store it.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

export interface SigningKey {
  /** PROBEMESH_SIGNING_KEY of the probes: base64 of PKCS #8. A secret. */
  readonly privateKey: string;
  /** An entry of PROBE_PUBLIC_KEYS of the Worker: 32 bytes in base64url. */
  readonly publicKey: string;
}

export function createSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
  return { privateKey: secret, publicKey: xOf(publicKey) };
}

/** Throws if the text is not a private key. */
export const publicKeyOf = (privateKey: string): string =>
  xOf(
    createPublicKey(
      createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' }),
    ),
  );

function xOf(publicKey: KeyObject): string {
  const { crv, x } = publicKey.export({ format: 'jwk' });
  if (crv !== 'Ed25519' || x === undefined) throw new Error('A signing key is an Ed25519 key.');
  return x;
}
