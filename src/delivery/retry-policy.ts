// Owns when a failed delivery is attempted again, when it is given up, and how long a lease lasts. Pure.
// Does not send or store anything.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Pauses after the first, second, … failed attempt. They add up to a day. Then the delivery has failed. */
export const BACK_OFF_MS = [
  5 * SECOND_MS,
  15 * SECOND_MS,
  30 * SECOND_MS,
  MINUTE_MS,
  2 * MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  8 * HOUR_MS,
  8 * HOUR_MS,
] as const;

/** Older notifications are not useful. Deliveries get this old while their channel is disabled. */
export const MAX_AGE_HOURS = 48;
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

/** A delivery that was queued before this is not sent. */
export const expiredBefore = (now: number): number => now - MAX_AGE_HOURS * HOUR_MS;

export const isExpired = (queuedAt: number, now: number): boolean => queuedAt < expiredBefore(now);
