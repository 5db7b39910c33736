// Owns the making of secret tokens and of ids that cannot be guessed. Does not store them.
import { toHex } from '../hex.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** 43 characters of 62: 256 random bits. A double click selects the whole token. */
const TOKEN_LENGTH = 43;
const ID_LENGTH = 20;

/** `pm_` and 43 letters and digits. */
export const newToken = (prefix: string): string => `${prefix}_${randomText(TOKEN_LENGTH, ALPHABET)}`;

/** `per_` and 20 lower-case letters and digits. */
export const newId = (prefix: string): string => `${prefix}_${randomText(ID_LENGTH, ALPHABET.slice(26))}`;

/** SHA-256, hexadecimal. Tokens have 256 random bits, so a slow hash would add nothing. */
export async function hashToken(token: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  return toHex(new Uint8Array(digest));
}

/** Bytes that would favour the first characters are drawn again. */
function randomText(length: number, alphabet: string): string {
  const limit = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length)
    for (const byte of crypto.getRandomValues(new Uint8Array(length)))
      if (byte < limit && text.length < length) text += alphabet[byte % alphabet.length];
  return text;
}
