// Owns what an attempt means for the delivery and for the subscriber. Pure.
import type { ClaimedDelivery, DeliveryOutcome } from '../../store/mailings.ts';
import { CONFIRM_MAILING, MANAGE_MAILING, type SubscriberKind } from '../../store/subscribers.ts';
import { isExpired, nextPauseMs, postponedMs } from '../retry-policy.ts';
import type { DeliveryAttempt } from '../send.ts';
import type { NotBuilt } from './build-request.ts';

/** Something that a person has to fix is looked at again after this long. */
const WAITS_MS = 300_000;
/** A stranger may have written the address of the challenge. */
const MAX_CHALLENGES = 3;

type Key = Pick<ClaimedDelivery, 'mailingId' | 'subscriberId' | 'attempts'>;
const keyOf = ({ mailingId, subscriberId, attempts }: ClaimedDelivery): Key => ({
  mailingId,
  subscriberId,
  attempts,
});

export const isQuestion = ({ mailingId }: Pick<ClaimedDelivery, 'mailingId'>): boolean =>
  mailingId === CONFIRM_MAILING || mailingId === MANAGE_MAILING;

export function outcomeOfAttempt(
  claimed: ClaimedDelivery,
  kind: SubscriberKind,
  attempt: DeliveryAttempt,
  { now, random }: { readonly now: number; readonly random: number },
): DeliveryOutcome {
  const base = { ...keyOf(claimed), counts: true, lastStatus: attempt.status, lastError: attempt.error };
  const isChallenge = kind === 'webhook' && isQuestion(claimed);
  if (attempt.delivered)
    return {
      ...{ ...base, state: 'delivered', nextAttemptAt: now },
      subscriber: isChallenge ? { state: 'active' } : null,
    };
  const failed = { ...base, state: 'failed' as const, nextAttemptAt: now };
  const disabled = (reason: string) => ({
    ...failed,
    subscriber: isQuestion(claimed) ? null : { state: 'disabled' as const, reason },
  });
  if (attempt.gone) return disabled('The receiver accepts no messages any more.');
  if (isRefusedAddress(kind, attempt.error)) return disabled('The provider of mails refuses this address.');
  if (attempt.dead) return { ...failed, subscriber: null };
  const pauseMs = nextPauseMs(claimed.attempts - 1, now - claimed.createdAt, random);
  const isLast = pauseMs === null || (isChallenge && claimed.attempts >= MAX_CHALLENGES);
  // Mails fail by the provider, which is no fault of the subscriber.
  if (isLast)
    return kind === 'email' ? { ...failed, subscriber: null } : disabled('Messages failed for days.');
  const afterMs = Math.max(pauseMs, postponedMs(attempt.afterMs ?? 0));
  return { ...base, state: 'pending', nextAttemptAt: now + afterMs, subscriber: null };
}

/**
 * After a bounce or a complaint, providers refuse the recipient. Postmark: error 406
 * (https://postmarkapp.com/developer/api/overview#error-codes). Cloudflare: E_RECIPIENT_SUPPRESSED.
 */
const isRefusedAddress = (kind: SubscriberKind, error: string | null): boolean =>
  kind === 'email' && error !== null && /\b(error 406|E_RECIPIENT_SUPPRESSED)\b/.test(error);

/** The provider refuses all mails now: others of it wait too, and do not count an attempt. Null: it does not. */
export function senderPauseMs(kind: SubscriberKind, attempt: DeliveryAttempt): number | null {
  if (kind !== 'email' || attempt.delivered || attempt.dead || attempt.gone) return null;
  if (isRefusedAddress(kind, attempt.error)) return null;
  if (attempt.afterMs !== null) return Math.max(MIN_PAUSE_MS, postponedMs(attempt.afterMs));
  return attempt.status === 429 ? MIN_PAUSE_MS : OUTAGE_PAUSE_MS;
}

const MIN_PAUSE_MS = 2_000;
const OUTAGE_PAUSE_MS = 30_000;

/** It was not attempted. */
export const postponed = (claimed: ClaimedDelivery, until: number, reason: string): DeliveryOutcome => ({
  ...keyOf(claimed),
  ...{ state: 'pending', nextAttemptAt: until, counts: false, lastStatus: null, lastError: reason },
  subscriber: null,
});

export function outcomeWithout(
  claimed: ClaimedDelivery,
  { result, reason }: NotBuilt,
  now: number,
): DeliveryOutcome {
  if (result === 'waits' && !isExpired(claimed.createdAt, now))
    return { ...postponed(claimed, now + WAITS_MS, reason), counts: true };
  return {
    ...keyOf(claimed),
    ...{ state: 'failed', nextAttemptAt: now, counts: false, lastStatus: null, lastError: reason },
    subscriber: result === 'refused' ? { state: 'disabled', reason } : null,
  };
}
