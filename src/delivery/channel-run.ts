// Owns one run for one channel under its lease: several deliveries at once, one for each subject, in order.
// Does not decide the pauses between attempts (retry-policy.ts), what a message carries (gather.ts), what an attempt is
// (send.ts) or what it means (record-attempt.ts). Delivery is at-least-once: a crash between the response and its record sends the same webhook-id again.
import { isReadByPeople } from '../channels/audience.ts';
import { findChannelType } from '../channels/catalogue.ts';
import type { Config } from '../env.ts';
import {
  claimDelivery,
  type DeliveryFacts,
  type DueDelivery,
  type LeasedChannel,
  readyDeliveries,
  releaseLease,
} from '../store/outbox.ts';
import { type Carried, pauseChannel, putTogether, readGatherable } from '../store/outbox-gather.ts';
import { settleDeliveries } from '../store/outbox-outcomes.ts';
import { bodyToSend } from './body-to-send.ts';
import { gatheredWith, minuteEnd, roomOf, shownOf } from './gather.ts';
import { recordAttempt } from './record-attempt.ts';
import { claimTimes, isExpired, MAX_AGE_HOURS } from './retry-policy.ts';
import { type SendOptions, send } from './send.ts';
import type { SendPlaces } from './send-places.ts';

/** After this time or number of attempts, a run ends and another one continues, so that the queue keeps moving. */
const MAX_RUN_MS = 10_000;
const MAX_RUN_ATTEMPTS = 20;
/** Requests to one receiver at the same time. A channel whose newest attempt failed has one. */
const MAX_SENDS_OF_CHANNEL = 4;
/** Deliveries that end without an attempt, in one step. */
const SETTLED_AT_ONCE = 200;

/** `idle`: nothing is due. `locked`: the lease is not available. `stopped`: enough for one run. `evicted`: no place was free. */
type DrainEnd = 'idle' | 'locked' | 'stopped' | 'evicted';

export class ChannelRun {
  readonly #config: Config;
  readonly #channelId: string;
  readonly #options: SendOptions;
  readonly #places: SendPlaces;
  readonly #startedAt: number;
  readonly #token = crypto.randomUUID();
  /** Ids of notifications, with the end of their attempt. It never rejects. */
  readonly #inFlight = new Map<string, Promise<void>>();
  #attempts = 0;
  #limit = MAX_SENDS_OF_CHANNEL;
  #failure: { readonly error: unknown } | null = null;

  constructor(config: Config, channelId: string, options: SendOptions, places: SendPlaces) {
    this.#config = config;
    this.#channelId = channelId;
    this.#options = options;
    this.#places = places;
    this.#startedAt = options.now();
  }

  get attempts(): number {
    return this.#attempts;
  }

  /** Sends what is due until {@link DrainEnd}. Releases the lease in any case. */
  async drain(): Promise<DrainEnd> {
    try {
      for (;;) {
        const end = await this.#step();
        if (this.#failure) throw this.#failure.error;
        if (end === null) continue;
        if (this.#inFlight.size === 0) return end;
        // What ends now may be followed by the next delivery of its line.
        await Promise.race(this.#inFlight.values());
      }
    } finally {
      await Promise.all(this.#inFlight.values());
      await releaseLease(this.#config.db, this.#channelId, this.#token);
    }
  }

  /** Starts one attempt. Null: and there may be another one. */
  async #step(): Promise<DrainEnd | null> {
    if (this.#inFlight.size >= this.#limit) {
      await Promise.race(this.#inFlight.values());
      return null;
    }
    const place = await this.#places.acquire(this.#channelId);
    if (place === null) return this.#places.isExhausted ? 'stopped' : 'evicted';
    let isSending = false;
    try {
      if (this.#hasDoneEnough()) return 'stopped';
      const { db } = this.#config;
      const ids = [...this.#inFlight.keys()];
      const times = claimTimes(this.#options.now());
      const claim = await claimDelivery(db, this.#channelId, this.#token, ids, times);
      if (!claim.channel) return 'locked';
      if (!claim.delivery) return 'idle';
      const { channel, delivery } = claim;
      if (this.#settlementOf(delivery) !== null) {
        await this.#settle(ids);
        return null;
      }
      const carried = isReadByPeople(channel.type) ? await this.#gather(channel, delivery, ids) : [];
      if (carried === 'wait') return ids.length === 0 ? 'idle' : null;
      if (carried === 'locked') return 'locked';
      isSending = true;
      this.#limit = channel.failures > 0 ? 1 : MAX_SENDS_OF_CHANNEL;
      this.#start(channel, delivery, carried, () => place.release());
      return null;
    } finally {
      if (!isSending) place.release();
    }
  }

  /**
   * The other notifications of the message, which every attempt has. `wait`: the channel has sent enough in this minute.
   * `locked`: another consumer has the lease by now.
   */
  async #gather(
    channel: LeasedChannel,
    lead: DueDelivery,
    inFlight: readonly string[],
  ): Promise<readonly Carried[] | 'wait' | 'locked'> {
    const { db } = this.#config;
    const now = this.#options.now();
    const room = roomOf(channel, inFlight.length, now);
    if (room <= 0) {
      // What was in flight may fail, and then there is room. It may have ended since: a race of nothing never ends.
      if (inFlight.length === 0) await pauseChannel(db, channel.id, minuteEnd(channel));
      else if (this.#inFlight.size > 0) await Promise.race(this.#inFlight.values());
      return 'wait';
    }
    const gatherable = await readGatherable(db, channel.id, lead, inFlight);
    const { notificationId, mergedInto } = lead;
    if (mergedInto !== null) return gatherable.carried;
    const type = findChannelType(channel.type)!;
    const added = gatheredWith(type, lead, gatherable, { room, state: channel, now });
    const others = added.map((one) => one.notificationId);
    if (!(await putTogether(db, channel.id, this.#token, notificationId, others))) return 'locked';
    return [...gatherable.carried, ...added];
  }

  #hasDoneEnough(): boolean {
    if (this.#attempts >= MAX_RUN_ATTEMPTS) return true;
    return this.#attempts > 0 && this.#options.now() - this.#startedAt >= MAX_RUN_MS;
  }

  #start(
    channel: LeasedChannel,
    delivery: DueDelivery,
    carried: readonly Carried[],
    release: () => void,
  ): void {
    this.#attempts += 1;
    const attempt = this.#attempt(channel, delivery, carried)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#inFlight.delete(delivery.notificationId);
        release();
      });
    this.#inFlight.set(delivery.notificationId, attempt);
  }

  async #attempt(channel: LeasedChannel, delivery: DueDelivery, carried: readonly Carried[]): Promise<void> {
    const outgoing = (one: DueDelivery | Carried) => ({ id: one.notificationId, body: bodyToSend(one) });
    const shown = shownOf(delivery, carried);
    // A message of several conditions updates none of them.
    const isOfOne = shown.every(
      ({ incidentId }) => incidentId !== null && incidentId === delivery.incidentId,
    );
    const message = {
      notifications: [outgoing(delivery), ...shown.map(outgoing)] as const,
      receipt: isOfOne ? delivery.receipt : null,
    };
    const { canConnect, ...options } = this.#options;
    // Only what may be replaced needs to be known exactly.
    const asks = delivery.reached === false && canConnect ? { canConnect } : {};
    const attempt = await send(this.#config, channel, message, { ...options, ...asks });
    const about = { carried, isOfOne };
    await recordAttempt(this.#config, channel, delivery, attempt, this.#options.now(), about);
    this.#limit = attempt.delivered ? MAX_SENDS_OF_CHANNEL : 1;
    this.#places.setFailing(channel.id, !attempt.delivered);
  }

  #settlementOf(delivery: DeliveryFacts): 'expired' | 'replaced' | 'pointless' | null {
    if (isExpired(delivery.createdAt, this.#options.now())) return 'expired';
    // The message was put together, and every attempt carries the same.
    if (delivery.carriesOthers) return null;
    if (delivery.supersededBy !== null && delivery.reached === false) return 'replaced';
    return delivery.beginningExpired ? 'pointless' : null;
  }

  /** Ends every due delivery that is not sent. */
  async #settle(inFlight: readonly string[]): Promise<void> {
    const { db } = this.#config;
    const rows = await readyDeliveries(db, this.#channelId, inFlight, SETTLED_AT_ONCE);
    const by = Map.groupBy(rows, (row) => this.#settlementOf(row));
    await settleDeliveries(
      db,
      this.#channelId,
      {
        expired: by.get('expired') ?? [],
        expiredError: `not sent: older than ${MAX_AGE_HOURS} hours`,
        replaced: by.get('replaced') ?? [],
        pointless: by.get('pointless') ?? [],
      },
      this.#options.now(),
    );
  }
}
