// Owns when a failed delivery is attempted again, when it is given up, how long a failing channel pauses, and how long a
// lease lasts. Pure. Does not send or store anything.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Pauses after the first, second, … failed attempt. They add up to about 76 hours. Then the delivery has failed. */
export const BACK_OFF_MS = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const;

/** A delivery is not given up earlier, however often a recovered channel attempted it before its time. */
const MIN_ATTEMPTS_MS = BACK_OFF_MS.reduce((sum, pauseMs) => sum + 0.9 * pauseMs, 0);
/** No pause is longer, so a time that is farther away was written by a wrong clock. */
const MAX_PAUSE_MS = Math.max(...BACK_OFF_MS) * 1.1;

/** The longest pause of a channel whose attempts get no response, and of one whose attempts get an error. */
const MAX_SILENT_PAUSE_MS = MINUTE_MS;
const MAX_REFUSED_PAUSE_MS = 5 * SECOND_MS;
/** No receiver postpones a notification for longer: a header that asks for a week is a mistake. */
const MAX_RETRY_AFTER_MS = HOUR_MS;

/** Older notifications are not useful. Deliveries get this old while their channel is disabled. */
export const MAX_AGE_HOURS = 80;
/** Longer than one attempt with its writes. Renewed before every attempt, so a crash blocks a channel for at most this. */
export const LEASE_MS = MINUTE_MS;

/**
 * The pause after a failed attempt. Null if no attempt is left. `random`, from 0 to 1, varies the pause by up to a
 * tenth, so that deliveries that failed together do not return together.
 */
export function retryDelayMs(earlierAttempts: number, random: number): number | null {
  const pauseMs = BACK_OFF_MS[earlierAttempts];
  return pauseMs === undefined ? null : Math.round(pauseMs * (0.9 + 0.2 * random));
}

/**
 * The same for a delivery of this age. After the last pause, it is repeated until the pauses add up to their sum. The last
 * attempt is made when the delivery expires, at the latest.
 */
export function nextPauseMs(earlierAttempts: number, ageMs: number, random: number): number | null {
  const leftMs = MAX_AGE_MS - ageMs;
  if (leftMs <= 0) return null;
  const attempts =
    ageMs < MIN_ATTEMPTS_MS ? Math.min(earlierAttempts, BACK_OFF_MS.length - 1) : earlierAttempts;
  const pauseMs = retryDelayMs(attempts, random);
  return pauseMs === null ? null : Math.min(pauseMs, leftMs);
}

/** How long a receiver may postpone the next attempt. `afterMs` is what it asks for. */
export const postponedMs = (afterMs: number): number => Math.min(Math.max(0, afterMs), MAX_RETRY_AFTER_MS);

/** A message that asks for patience: seconds, or a date. Null if it is neither. */
export function retryAfterMs(header: string | null, now: number): number | null {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND_MS;
  const at = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/**
 * How long a channel sends nothing after this many failures in a row. The first one may be due to the notification, so
 * another one follows at once. Never longer than the pause of a delivery that failed as often.
 */
export function channelPauseMs(failures: number, status: number | null): number {
  const pauseMs = BACK_OFF_MS[Math.min(failures - 2, BACK_OFF_MS.length - 1)];
  if (pauseMs === undefined) return 0;
  return 0.9 * Math.min(pauseMs, status === null ? MAX_SILENT_PAUSE_MS : MAX_REFUSED_PAUSE_MS);
}

/** A success after this many failures in a row shows that the receiver was away: what waits is due at once. */
export const RECOVERS_AFTER_FAILURES = 2;

/** The limits of a claim at this time. */
export const claimTimes = (now: number) => ({
  now,
  leaseMs: LEASE_MS,
  maxWaitMs: MAX_PAUSE_MS,
  maxAgeMs: MAX_AGE_MS,
});

export const MAX_AGE_MS = MAX_AGE_HOURS * HOUR_MS;

export const isExpired = (createdAt: number, now: number): boolean => now - createdAt > MAX_AGE_MS;
