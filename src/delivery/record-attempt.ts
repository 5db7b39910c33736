// Owns what one attempt means: for the delivery, for the pace of its channel, and in the log. The one place that every
// attempt passes. Does not send, and does not decide the pauses (retry-policy.ts).

import { isReadByPeople } from '../channels/audience.ts';
import type { Config } from '../env.ts';
import { log } from '../log.ts';
import { conditionOf, type DueDelivery, type LeasedChannel } from '../store/outbox.ts';
import type { Carried } from '../store/outbox-gather.ts';
import { type ChannelOutcome, writeAttempt } from '../store/outbox-outcomes.ts';
import { recordChannelOutcome } from './channel-health.ts';
import { MESSAGES_A_MINUTE } from './gather.ts';
import { channelPauseMs, nextPauseMs, postponedMs, RECOVERS_AFTER_FAILURES } from './retry-policy.ts';
import type { DeliveryAttempt } from './send.ts';

/** What the message carried besides the delivery, and whether all of it is about one condition. */
export interface AttemptedMessage {
  readonly carried: readonly Carried[];
  readonly isOfOne: boolean;
}

/** Writes the outcome. `channel.failures` is what the claim of this attempt found. */
export async function recordAttempt(
  config: Pick<Config, 'db' | 'deliveries'>,
  channel: LeasedChannel,
  delivery: DueDelivery,
  attempt: DeliveryAttempt,
  now: number,
  { carried, isOfOne }: AttemptedMessage,
): Promise<void> {
  const { delivered, status, error, reached, response, warning, receipt } = attempt;
  // One notification may be what the receiver refuses, and the others are sent.
  const splits = attempt.dead && carried.some(({ state }) => state === 'pending');
  const delayMs = splits ? 0 : retryInMs(delivery, attempt, now);
  const record = {
    ...{ delivered, status, error, reached, response, warning, splits },
    nextAttemptAt: delayMs === null ? null : now + delayMs,
    channel: channelOutcome(channel, delivery, attempt, now),
    receipt: receipt !== null && isOfOne ? { key: conditionOf(delivery), receipt } : null,
  };
  await writeAttempt(config.db, channel.id, delivery, record, now, carried);
  logAttempt(channel, delivery, attempt, delayMs, carried.length);
  // Nothing of it follows, so the other channels are notified at once.
  const givenUp = !delivered && delayMs === null;
  await recordChannelOutcome(config, channel.id, { ...attempt, givenUp }, now);
}

/** Null: no attempt follows. */
function retryInMs(delivery: DueDelivery, attempt: DeliveryAttempt, now: number): number | null {
  if (attempt.delivered || attempt.dead) return null;
  const pauseMs = nextPauseMs(delivery.attempts, now - delivery.createdAt, Math.random());
  if (pauseMs === null || attempt.afterMs === null) return pauseMs;
  return Math.max(pauseMs, postponedMs(attempt.afterMs));
}

function channelOutcome(
  channel: LeasedChannel,
  { released }: DueDelivery,
  { delivered, dead, status, afterMs }: DeliveryAttempt,
  now: number,
): ChannelOutcome | null {
  const perMinute = isReadByPeople(channel.type) ? MESSAGES_A_MINUTE : null;
  if (delivered) {
    const releases = channel.failures >= RECOVERS_AFTER_FAILURES;
    return { failures: 0, pausedUntil: 0, releases, perMinute };
  }
  // The receiver accepted another notification meanwhile, so it rejects this one and works.
  const isRejectedAgain = released && status !== null && afterMs === null;
  if (isRejectedAgain || dead) return null;
  const failures = channel.failures + 1;
  // Its limit holds for all that it gets.
  const pauseMs = Math.max(channelPauseMs(failures, status), postponedMs(afterMs ?? 0));
  return { failures, pausedUntil: now + pauseMs, releases: false, perMinute };
}

function logAttempt(
  channel: LeasedChannel,
  delivery: DueDelivery,
  { delivered, status, error, durationMs }: DeliveryAttempt,
  retryInMs: number | null,
  carried: number,
): void {
  const fields = {
    channel: channel.id,
    notification: delivery.notificationId,
    attempt: delivery.attempts + 1,
    status,
    durationMs,
    ...(carried > 0 ? { carried } : {}),
  };
  if (delivered) log.info('delivery.delivered', fields);
  else log.warn('delivery.attempt_failed', { ...fields, error, retryInMs });
}
