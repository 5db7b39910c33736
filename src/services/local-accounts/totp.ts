// Owns codes of authenticator apps: RFC 6238 with SHA-1, 6 digits and 30 seconds, which every app knows. Does not store the
// secret, or remember which codes were used.
import { Secret, TOTP } from 'otpauth';

const PERIOD_MS = 30_000;
const ISSUER = 'probemesh';
/** RFC 4226, section 4: at least 128 bits, and 160 are recommended. */
const SECRET_BYTES = 20;

/** Base32, as a person types it into an app. */
export const newTotpSecret = (): string => new Secret({ size: SECRET_BYTES }).base32;

/** The address in the QR code. `host` distinguishes the accounts of two meshes. */
export const totpUri = (secret: string, username: string, host: string): string =>
  new TOTP({ issuer: `${ISSUER} (${host})`, label: username, secret }).toString();

/** Digits, however a person groups them. */
export const isTotpCode = (text: string): boolean => /^\d{6}$/.test(withoutSpaces(text));

const withoutSpaces = (text: string): string => text.normalize('NFKC').replace(/\s/g, '');

/**
 * The time step of the code. Null if the code is wrong, or its step is not newer than `lastStep`: a code works once (RFC
 * 6238, section 5.2). The clock of a phone may differ by one step, 30 seconds, in both directions.
 */
export function totpStepOf(secret: string, code: string, now: number, lastStep: number): number | null {
  const token = withoutSpaces(code);
  if (!isTotpCode(token)) return null;
  const delta = TOTP.validate({ token, secret: Secret.fromBase32(secret), timestamp: now, window: 1 });
  if (delta === null) return null;
  const step = Math.floor(now / PERIOD_MS) + delta;
  return step > lastStep ? step : null;
}
