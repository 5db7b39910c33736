// Owns what readers do with a subscription: sign up, confirm, change, end. A token of a message is the permission for the last
// three. Does not send: delivery/mailings does.
import { generateSecret } from '../../channels/webhook.ts';
import type { SealedAddress } from '../../delivery/mailings/build-request.ts';
import { requestMailings } from '../../delivery/mailings/mailing-queue.ts';
import { isSignUpValid, mayRead } from '../../delivery/mailings/may-read.ts';
import type { EncryptionKeys } from '../../encryption-key.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result } from '../../result.ts';
import type { StatusPage, SubscriptionScope } from '../../status-pages/model.ts';
import type { NamedComponents } from '../../status-pages/page-components.ts';
import { addressHash, readToken, type SubscriberKey } from '../../status-pages/subscription-link.ts';
import { runBatch } from '../../store/database.ts';
import { seal, subscriberPlace, unseal } from '../../store/encryption.ts';
import { loadSubscriberKey } from '../../store/subscriber-key.ts';
import {
  changePreferences,
  confirmSubscriber,
  findSubscriber,
  removeSubscriber,
  type SubscriberKind,
  type SubscriberRow,
  signUp,
} from '../../store/subscribers.ts';
import { newId } from '../tokens.ts';
import { type AddressError, readAddress } from './address.ts';
import { limitSignUp } from './sign-up-limits.ts';

export interface SignUp {
  readonly kind: SubscriberKind;
  readonly address: string;
  readonly scope: SubscriptionScope;
  readonly language: string;
}

/** `closed`: the page offers no such subscription. `limited`: too many sign-ups of all kinds. */
export type SignUpProblem = 'closed' | 'limited' | 'domain' | AddressError['code'];

/**
 * The answer is the same whether the address is new, waits, is subscribed, was disabled or had enough messages: only the message
 * to the address differs.
 */
export async function subscribe(
  config: Config,
  page: StatusPage,
  { kind, address: text, scope, language }: SignUp,
  network: string,
  now: number,
): Promise<Result<void, SignUpProblem>> {
  if (!offers(page, kind)) return err('closed');
  const read = readAddress(kind, text, config);
  if (!read.ok) return err(read.error.code);
  const { address, canonical, receiver } = read.value;
  if (!mayRead(page, kind, address)) return err('domain');
  const limit = await limitSignUp(config.db, { kind, receiver, page: page.id, network }, now);
  if (limit === 'limited') return err('limited');
  if (limit === 'silent') return ok(undefined);
  const key = await loadSubscriberKey(config.db, config, now);
  const row = await newRow(config, key, { pageId: page.id, kind, address, canonical, scope, language }, now);
  await signUp(config.db, row, accessSince(page));
  await requestMailings(config);
  return ok(undefined);
}

/** Mails need a channel that sends them. A page for some domains knows its readers by their mail address only. */
export const offers = ({ config, access }: StatusPage, kind: SubscriberKind): boolean =>
  config.subscriptions && (kind === 'email' ? config.mailChannel !== null : access.type !== 'email');

/** When a sign-up from before counts no more. On a public page, and on one for some domains, each counts. */
export const accessSince = (page: StatusPage): number =>
  isSignUpValid(page, Number.NEGATIVE_INFINITY) ? 0 : page.accessVersion;

export interface NewSubscriber extends SignUp {
  readonly pageId: string;
  readonly canonical: string;
}

/** A pending row. */
export async function newRow(
  config: EncryptionKeys,
  key: SubscriberKey,
  { pageId, kind, address, canonical, scope, language }: NewSubscriber,
  now: number,
): Promise<SubscriberRow> {
  const id = newId('sub');
  const sealed: SealedAddress = kind === 'webhook' ? { address, secret: generateSecret() } : { address };
  return {
    ...{ id, pageId, kind, scope, language, state: 'pending', disabledReason: null },
    addressHash: await addressHash(key, `${kind} ${pageId}`, canonical),
    sealedAddress: await seal(config, subscriberPlace(id), sealed),
    ...{ createdAt: now, confirmedAt: null, updatedAt: now },
  };
}

export interface FoundSubscriber {
  readonly row: SubscriberRow;
  readonly address: string;
}

/** `unknown`: not made here, for another page, or the subscription was ended. */
export type TokenProblem = 'unknown' | 'expired';

/** Nothing is read for a token that this mesh did not sign. */
export async function findByToken(
  config: Config,
  page: Pick<StatusPage, 'id'>,
  purpose: 'confirm' | 'manage',
  token: string,
  now: number,
): Promise<Result<FoundSubscriber, TokenProblem>> {
  const key = await loadSubscriberKey(config.db, config, now);
  const link = await readToken(key, purpose, token);
  if (link === null) return err('unknown');
  if (link.expiresAt !== null && link.expiresAt <= now) return err('expired');
  const row = await findSubscriber(config.db, link.id);
  if (row === null || row.pageId !== page.id) return err('unknown');
  return ok({ row, address: await openAddress(config, row) });
}

export const openAddress = async (config: EncryptionKeys, row: SubscriberRow): Promise<string> =>
  (await unseal<SealedAddress>(config, subscriberPlace(row.id), row.sealedAddress)).address;

export const confirm = ({ db }: Config, { row }: FoundSubscriber, now: number): Promise<boolean> =>
  confirmSubscriber(db, row.id, now);

export const changeSubscription = (
  { db }: Config,
  { row }: FoundSubscriber,
  preferences: { readonly scope: SubscriptionScope; readonly language: string },
  now: number,
): Promise<void> => changePreferences(db, row.id, preferences, now);

/** Deletes the subscriber: nothing of the address stays. A repeat changes nothing. */
export const unsubscribe = ({ db }: Config, { row }: FoundSubscriber): Promise<void> =>
  runBatch(db, removeSubscriber(db, row.id));

/** A longer list is the whole page, for a person. */
export const MAX_COMPONENTS = 100;

/** What a form chose. Refs that the page does not show are left out. Null: nothing is chosen. */
export function readScope(
  whole: boolean,
  refs: readonly string[],
  shown: NamedComponents,
): SubscriptionScope | null {
  if (whole) return 'page';
  const known = [...new Set(refs)].filter((ref) => shown.has(ref)).slice(0, MAX_COMPONENTS);
  return known.length === 0 ? null : known;
}
