// Owns one run over the mailings: gives each subscriber a delivery, by cursor, then attempts what is due, a few at a time.
// A run is bounded in statements and in time, and another one continues. Repeats an attempt only if it dies between the answer
// of a receiver and the commit of the outcome, and then with the same id.

import { errorMessage } from '../../../probes/contract/error-message.ts';
import type { Config } from '../../env.ts';
import { log } from '../../log.ts';
import {
  type ClaimedDelivery,
  claimDeliveries,
  claimRun,
  type DeliveryOutcome,
  nextCandidates,
  openMailings,
  readClaimed,
  releaseRun,
  saveFanOut,
  saveOutcomes,
} from '../../store/mailings.ts';
import { readPagesAndMonitors } from '../../store/page-rows.ts';
import { loadSubscriberKey } from '../../store/subscriber-key.ts';
import { type SendOptions, sendBuilt } from '../send.ts';
import { outcomeOfAttempt, outcomeWithout, postponed, senderPauseMs } from './attempt-outcome.ts';
import { buildMailing, MailChannels, type RunContext } from './build-request.ts';
import { PageList, recipientsOf } from './recipients.ts';

/** An invocation on the Free plan may run 50, and the consumer needs some of its own. */
const MAX_STATEMENTS = 40;
const STATEMENTS_OF_WAVE = 7;
const MAX_RUN_MS = 20_000;
/** Longer than a run with its last wave, which takes three attempts of 15 s in a row. */
const RUN_LEASE_MS = 90_000;
const DELIVERY_LEASE_MS = 60_000;
/** Deliveries that are claimed and recorded together: what a crash may repeat. */
const WAVE = 15;
const MAX_SENDS = 5;
const MAX_MAILINGS = 5;
/** Subscribers that one step of the fan-out reads. */
const MAX_CANDIDATES = 500;
const MAX_FAN_OUT_STATEMENTS = 13;

type RunConfig = Config;

/** `locked`: another run sends. `idle`: nothing is due. `more`: another run should go on. */
export type RunEnd = 'locked' | 'idle' | 'more';

export async function runMailings(config: RunConfig, options: SendOptions): Promise<RunEnd> {
  const token = crypto.randomUUID();
  if (!(await claimRun(config.db, token, options.now(), RUN_LEASE_MS))) return 'locked';
  try {
    return await new MailingRun(config, options).run();
  } finally {
    await releaseRun(config.db, token);
  }
}

class MailingRun {
  readonly #config: RunConfig;
  readonly #options: SendOptions;
  readonly #startedAt: number;
  #statements = 0;
  /** Until when a sender gets no request: its newest one failed. */
  readonly #paused = new Map<string, number>();

  constructor(config: RunConfig, options: SendOptions) {
    this.#config = config;
    this.#options = options;
    this.#startedAt = options.now();
  }

  async run(): Promise<RunEnd> {
    const { config } = { config: this.#config };
    const { db } = config;
    const { now } = this.#options;
    const { pages, monitors } = await readPagesAndMonitors(db);
    const key = await loadSubscriberKey(db, config, now());
    this.#statements += 5;
    const list = new PageList(pages, monitors);
    const isFannedOut = await this.#fanOut(list);
    const context: RunContext = { config, key, pages: list, channels: new MailChannels(db) };
    for (;;) {
      const left = MAX_STATEMENTS - this.#statements - context.channels.read;
      if (left < STATEMENTS_OF_WAVE || now() - this.#startedAt > MAX_RUN_MS) return 'more';
      const claimed = await this.#wave(context);
      if (claimed < WAVE) return isFannedOut ? 'idle' : 'more';
    }
  }

  /** True if every subscriber has its delivery. */
  async #fanOut(pages: PageList): Promise<boolean> {
    const { db } = this.#config;
    const { now } = this.#options;
    const open = await openMailings(db, MAX_MAILINGS);
    let used = 1;
    for (const mailing of open) {
      let { cursor } = mailing;
      for (let isDone = false; !isDone; ) {
        if (used + 3 > MAX_FAN_OUT_STATEMENTS) {
          this.#statements += used;
          return false;
        }
        const part = { ...mailing, cursor };
        const candidates = await nextCandidates(db, part, MAX_CANDIDATES);
        isDone = candidates.length < MAX_CANDIDATES;
        const next = isDone ? null : candidates.at(-1)!.rowid;
        await saveFanOut(db, part, recipientsOf(mailing.mailing, candidates, pages), next, now());
        used += 3;
        cursor = next ?? cursor;
      }
    }
    this.#statements += used;
    return open.length < MAX_MAILINGS;
  }

  /** Returns how many were due. */
  async #wave(context: RunContext): Promise<number> {
    const { db } = this.#config;
    const { now } = this.#options;
    const claimed = await claimDeliveries(db, { now: now(), leaseMs: DELIVERY_LEASE_MS, limit: WAVE });
    this.#statements += 1;
    if (claimed.length === 0) return 0;
    const read = await readClaimed(db, claimed);
    const outcomes: DeliveryOutcome[] = [];
    const waiting = claimed.values();
    const work = async (): Promise<void> => {
      for (const one of waiting) outcomes.push(await this.#attempt(context, one, read));
    };
    await Promise.all(Array.from({ length: MAX_SENDS }, work));
    await saveOutcomes(db, outcomes, now());
    this.#statements += 5;
    return claimed.length;
  }

  async #attempt(
    context: RunContext,
    claimed: ClaimedDelivery,
    read: Awaited<ReturnType<typeof readClaimed>>,
  ): Promise<DeliveryOutcome> {
    const { now } = this.#options;
    const subscriber = read.subscribers.get(claimed.subscriberId);
    const mailing = read.mailings.get(claimed.mailingId);
    try {
      const made = await buildMailing(context, claimed, subscriber, mailing, now());
      if (!made.ok) return outcomeWithout(claimed, made.error, now());
      const { built, sender } = made.value;
      const pausedUntil = this.#paused.get(sender) ?? 0;
      if (pausedUntil > now()) return postponed(claimed, pausedUntil, 'the sender of mails pauses');
      const { kind } = subscriber!;
      const attempt = await sendBuilt(this.#config, async () => built, this.#options);
      const pauseMs = senderPauseMs(kind, attempt);
      if (pauseMs !== null) this.#paused.set(sender, now() + pauseMs);
      if (!attempt.delivered)
        log.warn('mailing.failed', {
          ...{ mailing: claimed.mailingId, subscriber: claimed.subscriberId },
          ...{ attempts: claimed.attempts, status: attempt.status, error: attempt.error },
        });
      return outcomeOfAttempt(claimed, kind, attempt, { now: now(), random: Math.random() });
    } catch (error) {
      log.error('mailing.bug', { mailing: claimed.mailingId, subscriber: claimed.subscriberId, error });
      return outcomeWithout(claimed, { result: 'waits', reason: errorMessage(error) }, now());
    }
  }
}
