// Owns the limit of failed sign-ins with a password or a code, for each account and kind of browser. A browser in which the
// account has signed in before counts for itself, so that a stranger cannot lock its owner out
// (owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies). Passkeys have no limit: no guess works.
import type { PersonRow } from '../../store/people.ts';
import { countFailure, uncountFailure } from '../../store/sign-in-failures.ts';
import { hashToken } from '../tokens.ts';

export const MAX_FAILURES = 10;
export const PERIOD_MINUTES = 15;
const PERIOD_MS = PERIOD_MINUTES * 60_000;

/** A browser in which a person has signed in before, as its encrypted cookie proves. */
export interface Device {
  readonly id: string;
  readonly personId: string;
}

/**
 * Whose failures count together. All browsers without a cookie of the account are one. A username that does not exist
 * counts like one that does.
 */
export const failureKey = (
  username: string,
  person: PersonRow | null,
  device: Device | null,
): Promise<string> =>
  hashToken(isKnownDevice(person, device) ? `device ${device?.id}` : `username ${username}`);

export const isKnownDevice = (person: PersonRow | null, device: Device | null): boolean =>
  device !== null && device.personId === person?.id;

/**
 * Counts an attempt as failed before it is verified: attempts that arrive together cannot exceed the limit. False: there
 * were too many, so nothing must be verified.
 */
export async function beginAttempt(db: D1Database, key: string, now: number): Promise<boolean> {
  const counted = await countFailure(db, key, { periodMs: PERIOD_MS, max: MAX_FAILURES }, now);
  return counted !== null && counted.failures <= MAX_FAILURES;
}

/** The attempt did not fail. */
export const takeBack = (db: D1Database, key: string): Promise<void> => uncountFailure(db, key);
