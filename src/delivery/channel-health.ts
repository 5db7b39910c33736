// Owns when a channel is failing, gone or well again, and the notifications of that on the other channels.
// Does not send, and does not decide when a delivery is attempted again: retry-policy.ts does.
import type { EventType } from '../channels/events.ts';
import { EMPTY_DATA } from '../channels/notification.ts';
import { newBody } from '../channels/render.ts';
import type { Config } from '../env.ts';
import { log } from '../log.ts';
import {
  type ChannelOutcome,
  countAttempt,
  disableChannel,
  endFailure,
  notifyFailure,
} from '../store/channel-health.ts';
import type { ChannelRow } from '../store/channels.ts';
import { enqueueOverdue } from './queue.ts';

/** A channel is failing after this many failed attempts in a row, over at least this time: a restart is shorter. */
const FAILING_ATTEMPTS = 3;
const FAILING_MS = 60_000;
/** A receiver that asks for a longer pause than this is failing at once: nothing is attempted meanwhile. */
const LONG_PAUSE_MS = 5 * 60_000;
/** A deployment can respond 410 for a moment. This many over at least this time are meant. */
const GONE_ATTEMPTS = 3;
const GONE_MS = 3_600_000;

type FailingRow = ChannelRow & { readonly failingSince: number };

/** What an attempt means for the health of its channel. */
export interface AttemptOutcome extends ChannelOutcome {
  /** The notification is not attempted again. */
  readonly givenUp?: boolean;
  /** The receiver asks for this pause, ms. */
  readonly afterMs?: number | null;
}

/** Counts an attempt for its channel, and notifies the other channels if that changed the health of this one. */
export async function recordChannelOutcome(
  config: Pick<Config, 'db' | 'deliveries'>,
  channelId: string,
  outcome: AttemptOutcome,
  now: number,
): Promise<void> {
  const channel = await countAttempt(config.db, channelId, outcome, now);
  if (!isFailing(channel)) return;
  const event = await applyRules(config.db, channel, outcome, now);
  if (event === null) return;
  const { id, failingSince, lastError } = channel;
  const fields = { channel: id, since: new Date(failingSince).toISOString(), error: lastError };
  if (event === 'channel.recovered') log.info(event, fields);
  else log.warn(event, fields);
  await enqueueOverdue(config, now);
}

const isFailing = (channel: ChannelRow | null): channel is FailingRow => channel?.failingSince != null;

type HealthEvent = Extract<EventType, `channel.${string}`>;

/** The event that was raised, exactly once however many consumers see the same row. */
async function applyRules(
  db: D1Database,
  channel: FailingRow,
  { delivered, gone, givenUp, afterMs }: AttemptOutcome,
  now: number,
): Promise<HealthEvent | null> {
  const { id, failingSince, failedAttempts, goneCount, goneSince } = channel;
  if (delivered) {
    const end = notification(channel, 'channel.recovered', failingSince, now);
    return (await endFailure(db, id, failingSince, end)) ? 'channel.recovered' : null;
  }
  if (gone && goneSince !== null && goneCount >= GONE_ATTEMPTS && now - goneSince >= GONE_MS) {
    const reason = goneReason(goneCount, goneSince, now);
    const disabled = notification(channel, 'channel.disabled', goneSince, now);
    return (await disableChannel(db, id, goneSince, reason, disabled)) ? 'channel.disabled' : null;
  }
  const lasts = failedAttempts >= FAILING_ATTEMPTS && now - failingSince >= FAILING_MS;
  if (channel.failureNotified || !(lasts || givenUp || (afterMs ?? 0) >= LONG_PAUSE_MS)) return null;
  const failing = notification(channel, 'channel.failing', failingSince, now);
  return (await notifyFailure(db, id, failingSince, failing)) ? 'channel.failing' : null;
}

const goneReason = (count: number, since: number, now: number): string =>
  `The receiver responded 410 Gone ${count} times from ${iso(since)} to ${iso(now)}. Fix the receiver or its address, then enable the channel.`;

/** The id is made of the channel and the start of what is notified, so raising it again changes nothing. */
function notification(channel: FailingRow, type: HealthEvent, since: number, now: number) {
  const { id, name, failingSince, lastError } = channel;
  const about = { id, name, type: channel.type, since: iso(failingSince), error: lastError };
  const body = newBody(type, now, { ...EMPTY_DATA, channel: about });
  return { id: `channel_${id}_${since.toString(36)}_${type.split('.')[1]}`, body, at: now };
}

const iso = (ms: number): string => new Date(ms).toISOString();
