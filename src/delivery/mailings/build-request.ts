// Owns the way from a claimed delivery to its request: the address, the text in the language of the subscriber, and the links
// that only this mesh can sign. Does not send.
import type { Channel, ChannelResponse, Outcome } from '../../channels/channel.ts';
import { type EmailConfig, emailConfig } from '../../channels/email/config.ts';
import { email } from '../../channels/email/index.ts';
import { letterRequest } from '../../channels/email/letter-request.ts';
import { slack } from '../../channels/slack.ts';
import { webhook } from '../../channels/webhook.ts';
import { hiddenFields, textsOf } from '../../channels/written-config.ts';
import type { EncryptionKeys } from '../../encryption-key.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result } from '../../result.ts';
import type { Mailing } from '../../status-pages/mailing.ts';
import type { StatusPage } from '../../status-pages/model.ts';
import type { SubscriberKey } from '../../status-pages/subscription-link.ts';
import { type ChannelRow, findChannel } from '../../store/channels.ts';
import { channelPlace, subscriberPlace, unseal } from '../../store/encryption.ts';
import type { ClaimedDelivery } from '../../store/mailings.ts';
import { CONFIRM_MAILING, MANAGE_MAILING, type SubscriberRow } from '../../store/subscribers.ts';
import type { BuiltMessage } from '../build-requests.ts';
import { challengeRequest, returnsChallenge, slackRequest, webhookRequest } from './chat-and-webhook.ts';
import { letterOf } from './letter.ts';
import { isSignUpValid, mayRead } from './may-read.ts';
import { mailingMessage, signUpMessage } from './message.ts';
import { subscriberLinks } from './page-links.ts';
import { isForPage, type PageList } from './recipients.ts';

/** What is sealed of a subscriber. */
export interface SealedAddress {
  readonly address: string;
  /** Signs what a webhook gets. */
  readonly secret?: string;
}

export type BuildConfig = EncryptionKeys & Pick<Config, 'db' | 'publicUrl' | 'pageCopyUrl'>;

/** What a run reads once. */
export interface RunContext {
  readonly config: BuildConfig;
  readonly key: SubscriberKey;
  readonly pages: PageList;
  readonly channels: MailChannels;
}

/** Channels that send mails, each read once a run. */
export class MailChannels {
  readonly #found = new Map<string, Promise<ChannelRow | null>>();
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  get read(): number {
    return this.#found.size;
  }

  find(id: string): Promise<ChannelRow | null> {
    const known = this.#found.get(id) ?? findChannel(this.#db, id);
    this.#found.set(id, known);
    return known;
  }
}

/**
 * `over`: the delivery is not needed any more. `refused`: the subscriber must not get anything from this page. `waits`: a person
 * has to fix something first.
 */
export type NotBuilt = { readonly result: 'over' | 'refused' | 'waits'; readonly reason: string };

export interface BuiltMailing {
  readonly built: BuiltMessage;
  /** Whom a failure concerns: all mails of a channel, or one receiver. */
  readonly sender: string;
}

/** Throws for an address that does not decrypt. */
export async function buildMailing(
  context: RunContext,
  claimed: ClaimedDelivery,
  subscriber: SubscriberRow | undefined,
  mailing: Mailing | undefined,
  now: number,
): Promise<Result<BuiltMailing, NotBuilt>> {
  const over = (reason: string) => err({ result: 'over' as const, reason });
  if (subscriber === undefined) return over('the subscription was ended');
  const page = context.pages.find(subscriber.pageId);
  if (page === undefined) return over(`the page "${subscriber.pageId}" was deleted`);
  const question = questionOf(claimed.mailingId);
  if (question === null && mailing === undefined) return over('the mailing was deleted');
  if (question === null && subscriber.state !== 'active') return over('the subscription is not active');
  if (question === CONFIRM_MAILING && subscriber.state !== 'pending')
    return over('it was confirmed meanwhile');
  const shown = context.pages.componentsOf(page);
  if (mailing !== undefined && !isForPage(mailing, page, shown))
    return over('the page does not show it any more');
  const { config, key } = context;
  const place = subscriberPlace(subscriber.id);
  const sealed = await unseal<SealedAddress>(config, place, subscriber.sealedAddress);
  if (!mayRead(page, subscriber.kind, sealed.address))
    return err({ result: 'refused', reason: 'This page is open to other domains only.' });
  if (!isSignUpValid(page, subscriber.createdAt))
    return err({ result: 'refused', reason: 'The access to this page changed after the sign-up.' });
  const signedUpAt = question === null ? subscriber.createdAt : claimed.createdAt;
  const links = await subscriberLinks(key, page, config, { id: subscriber.id, signedUpAt });
  const { language } = subscriber;
  const message =
    mailing === undefined
      ? signUpMessage(question ?? MANAGE_MAILING, page, links, language)
      : mailingMessage(mailing, page, shown, links, language);
  const id = idOf(claimed, question);
  if (subscriber.kind === 'email') {
    const channel = await mailChannel(context, page);
    if (!channel.ok) return channel;
    const { row, own } = channel.value;
    const letter = letterOf(message, links.page);
    const request = await letterRequest({ ...own, to: [sealed.address] }, id, letter, now);
    const secrets = [
      ...hiddenFields(email).flatMap((field) => textsOf(Reflect.get(own, field))),
      links.challenge,
    ];
    return ok({ built: built(email, request, secrets), sender: `channel ${row.id}` });
  }
  const sender = `subscriber ${subscriber.id}`;
  if (subscriber.kind === 'slack') {
    const request = slackRequest(sealed.address, message);
    return ok({ built: built(slack, request, [links.challenge]), sender });
  }
  const secret = sealed.secret ?? '';
  const receiver = { address: sealed.address, secret, id, now };
  if (mailing === undefined) {
    if (question === MANAGE_MAILING) return over('a webhook that is subscribed already needs no question');
    const challenge = { challenge: links.challenge, signedUpAt };
    const request = await challengeRequest(receiver, challenge, page, links);
    return ok({ built: built(answering(links.challenge), request, [secret, links.challenge]), sender });
  }
  const request = await webhookRequest(receiver, mailing, page, links, message);
  return ok({ built: built(webhook, request, [secret]), sender });
}

const questionOf = (mailingId: string): 'confirm' | 'manage' | null =>
  mailingId === CONFIRM_MAILING || mailingId === MANAGE_MAILING ? mailingId : null;

/** The same for every attempt. Of a second question, another one. */
const idOf = ({ mailingId, subscriberId, createdAt }: ClaimedDelivery, question: string | null): string =>
  [mailingId, subscriberId, ...(question === null ? [] : [createdAt])]
    .join('_')
    .replace(/[^A-Za-z0-9_-]/g, '-')
    .slice(0, 200);

async function mailChannel(
  { config, channels }: RunContext,
  { id, config: { mailChannel: channelId } }: StatusPage,
): Promise<Result<{ readonly row: ChannelRow; readonly own: EmailConfig }, NotBuilt>> {
  const waits = (reason: string) => err({ result: 'waits' as const, reason });
  if (channelId === null)
    return waits(`the page "${id}" has no \`mailChannel\`. Set it to an email channel.`);
  const row = await channels.find(channelId);
  if (row === null)
    return waits(`the channel "${channelId}" of the page "${id}" does not exist. Set another one.`);
  if (row.type !== 'email')
    return waits(`the channel "${channelId}" does not send mails. Set an email channel.`);
  if (!row.enabled) return waits(`the channel "${channelId}" is disabled. Enable it.`);
  const stored = await unseal<unknown>(config, channelPlace(channelId), row.sealedConfig);
  const parsed = emailConfig.safeParse(stored);
  return parsed.success
    ? ok({ row, own: parsed.data })
    : waits(`the channel "${channelId}" is not valid. Write it again.`);
}

const built = (
  channel: Channel,
  request: BuiltMessage['requests'][0],
  secrets: readonly string[],
): BuiltMessage => ({ channel, receipt: null, requests: [request], secrets, warning: null });

/** A receiver that did not ask for it returns no challenge. */
const answering = (challenge: string): Channel =>
  ({
    ...webhook,
    outcomeOf: ({ status, body }: ChannelResponse): Outcome | null => {
      if (status < 200 || status >= 300) return null;
      return returnsChallenge(body, challenge)
        ? { result: 'delivered' }
        : { result: 'dead', error: 'the response does not contain the challenge' };
    },
  }) as unknown as Channel;
