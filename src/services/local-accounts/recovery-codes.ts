// Owns the form of recovery codes, which replace an authenticator app once each. Does not store them.
import { hashToken } from '../tokens.ts';

export const RECOVERY_CODES = 10;

/** Crockford's base32: no letter looks like a digit. 256 is a multiple of 32, so every letter is equally likely. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** 80 random bits, so a fast hash is enough. */
const LENGTH = 16;

/** Ten codes such as `k3fa-9xw2-0mtp-7qzr`. They are shown once. */
export const newRecoveryCodes = (): string[] => Array.from({ length: RECOVERY_CODES }, newRecoveryCode);

function newRecoveryCode(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(LENGTH));
  const code = Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return code.match(/.{4}/g)!.join('-');
}

/** As a person reads it: capitals, spaces, and letters that look like digits do not matter. */
const canonical = (text: string): string =>
  text.normalize('NFKC').toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1');

/** SHA-256 of the code of this person. */
export const hashRecoveryCode = (personId: string, code: string): Promise<string> =>
  hashToken(`recovery ${personId} ${canonical(code)}`);
