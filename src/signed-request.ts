// Owns the signature of requests that the watchdog and the deployment send to the coordinator: who sent them, when, and
// that nothing was changed. Imports nothing but the encoders. Does not know what the requests ask for.
import { isEqualText } from './constant-time.ts';
import { toHex } from './hex.ts';

/** A signature is valid for this long, in both directions: clocks differ. */
export const SIGNATURE_TOLERANCE_MS = 60_000;

export const TIMESTAMP_HEADER = 'probemesh-timestamp';
export const SIGNATURE_HEADER = 'probemesh-signature';

export interface SignedParts {
  readonly method: string;
  /** Path and query, as they are in the request line. */
  readonly path: string;
  /** Empty for a request without a body. */
  readonly body: string;
}

/** The headers of a signed request. `at` in ms since the epoch; `key` is `WATCHDOG_KEY`. */
export async function signRequest(
  key: string,
  parts: SignedParts,
  at: number,
): Promise<Record<string, string>> {
  return {
    [TIMESTAMP_HEADER]: String(at),
    [SIGNATURE_HEADER]: `v1=${await signatureOf(key, parts, at)}`,
  };
}

/** Whether the request was signed with one of the keys, not more than {@link SIGNATURE_TOLERANCE_MS} ago or ahead. */
export async function isSignedRequest(
  keys: readonly string[],
  parts: SignedParts,
  headers: { get(name: string): string | null },
  now: number,
): Promise<boolean> {
  const timestamp = headers.get(TIMESTAMP_HEADER) ?? '';
  const given = headers.get(SIGNATURE_HEADER) ?? '';
  if (!/^\d{1,16}$/.test(timestamp)) return false;
  const at = Number(timestamp);
  if (Math.abs(now - at) > SIGNATURE_TOLERANCE_MS) return false;
  let isSigned = false;
  for (const key of keys) {
    const expected = `v1=${await signatureOf(key, parts, at)}`;
    if (isEqualText(expected, given)) isSigned = true;
  }
  return isSigned;
}

async function signatureOf(key: string, { method, path, body }: SignedParts, at: number): Promise<string> {
  const text = new TextEncoder();
  const imported = await crypto.subtle.importKey(
    'raw',
    text.encode(key),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const signed = text.encode(`${at}.${method}.${path}.${body}`);
  return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', imported, signed)));
}
