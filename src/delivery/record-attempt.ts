// Owns what one attempt means: for the delivery, for the pace of its channel, and in the log. The one place that every
// attempt passes. Does not send, and does not decide the pauses (retry-policy.ts).
import type { Config } from '../env.ts';
import { log } from '../log.ts';
import type { DueDelivery, LeasedChannel } from '../store/outbox.ts';
import { type ChannelOutcome, writeAttempt } from '../store/outbox-outcomes.ts';
import { recordChannelOutcome } from './channel-health.ts';
import { channelPauseMs, isAboutChannel, nextPauseMs, RECOVERS_AFTER_FAILURES } from './retry-policy.ts';
import type { DeliveryAttempt } from './send.ts';

/** Writes the outcome. `channel.failures` is what the claim of this attempt found. */
export async function recordAttempt(
  config: Pick<Config, 'db' | 'deliveries'>,
  channel: LeasedChannel,
  delivery: DueDelivery,
  attempt: DeliveryAttempt,
  now: number,
): Promise<void> {
  const { delivered, status, error, reached } = attempt;
  const delayMs = delivered ? null : nextPauseMs(delivery.attempts, now - delivery.createdAt, Math.random());
  const record = {
    delivered,
    status,
    error,
    reached,
    nextAttemptAt: delayMs === null ? null : now + delayMs,
    channel: channelOutcome(channel, delivery, attempt, now),
  };
  await writeAttempt(config.db, channel.id, delivery, record, now);
  logAttempt(channel, delivery, attempt, delayMs);
  await recordChannelOutcome(config, channel.id, attempt, now);
}

function channelOutcome(
  channel: LeasedChannel,
  { released }: DueDelivery,
  { delivered, status }: DeliveryAttempt,
  now: number,
): ChannelOutcome | null {
  if (delivered)
    return { failures: 0, pausedUntil: 0, releases: channel.failures >= RECOVERS_AFTER_FAILURES };
  // The receiver accepted another notification meanwhile, so it rejects this one and works.
  const isRejectedAgain = released && status !== null;
  if (isRejectedAgain || !isAboutChannel(status)) return null;
  const failures = channel.failures + 1;
  return { failures, pausedUntil: now + channelPauseMs(failures, status), releases: false };
}

function logAttempt(
  channel: LeasedChannel,
  delivery: DueDelivery,
  { delivered, status, error, durationMs }: DeliveryAttempt,
  retryInMs: number | null,
): void {
  const fields = {
    channel: channel.id,
    notification: delivery.notificationId,
    attempt: delivery.attempts + 1,
    status,
    durationMs,
  };
  if (delivered) log.info('delivery.delivered', fields);
  else log.warn('delivery.attempt_failed', { ...fields, error, retryInMs });
}
