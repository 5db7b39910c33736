// Owns the key with which a probe signs requests: reading it from the function's environment, and its id. The key identifies
// the mesh and opens nothing. Does not know what is signed.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import type { RequestSigner } from '../checks/check.ts';

const NONCE_BYTES = 24;

/**
 * Undefined if the mesh has no key. `key` is the base64 of an Ed25519 key in PKCS #8 (RFC 8410), `agent` the address of the
 * coordinator, whose directory has the public key. Throws an error that names the variable and repeats nothing of the key.
 */
export function readSigner(key: string, agent: string): RequestSigner | undefined {
  if (key === '' && agent === '') return undefined;
  if (key === '' || agent === '')
    throw new Error('Set both PROBEMESH_SIGNING_KEY and PROBEMESH_SIGNATURE_AGENT, or neither.');
  if (!/^https:\/\/[^\s"\\]+$/.test(agent))
    throw new Error('PROBEMESH_SIGNATURE_AGENT must be the https:// address of the coordinator.');
  const privateKey = parseKey(key);
  return {
    agent,
    keyId: keyIdOf(privateKey),
    nonce: () => randomBytes(NONCE_BYTES).toString('base64'),
    sign: (text) => sign(null, Buffer.from(text, 'latin1'), privateKey).toString('base64'),
  };
}

function parseKey(text: string): KeyObject {
  try {
    const key = createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // The error of OpenSSL says less than the text below.
  }
  throw new Error('PROBEMESH_SIGNING_KEY must be the base64 of an Ed25519 key in PKCS #8.');
}

/** The thumbprint of the public key: RFC 8037, appendix A.3. */
function keyIdOf(privateKey: KeyObject): string {
  const { crv, kty, x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
}
