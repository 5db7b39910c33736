// Sends the link that opens a status page to an address of its domains. Answers nothing: who asks must not learn which
// addresses it sends to. Does not make the link.
import { mailAddressSchema } from '../../channels/email/config.ts';
import { plainLetter } from '../../channels/email/plain-letter.ts';
import { sendLetter } from '../../delivery/send-letter.ts';
import type { Config } from '../../env.ts';
import { log } from '../../log.ts';
import { textsFor } from '../../status-pages/languages/index.ts';
import type { StatusPage } from '../../status-pages/model.ts';
import { findChannel } from '../../store/channels.ts';
import { countFailure } from '../../store/sign-in-failures.ts';
import { hashToken, newId } from '../tokens.ts';

const PERIOD_MS = 15 * 60_000;
/** A stranger must not fill the mailbox of a person, or use up what the provider allows the mesh. */
const MAX_TO_ADDRESS = 3;
const MAX_OF_PAGE = 60;

/** `link` makes the address of the page with the button. */
export async function sendPageLink(
  config: Config,
  { id, access }: Pick<StatusPage, 'id' | 'access'>,
  { text, language }: { readonly text: string; readonly language: string },
  link: () => Promise<string>,
  now: number,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<void> {
  const address = mailAddressSchema.safeParse(text.trim().toLowerCase());
  if (access.type !== 'email' || !address.success) return;
  if (!access.domains.includes(address.data.slice(address.data.lastIndexOf('@') + 1))) return;
  const limits = [
    { key: `page mail ${id} ${address.data}`, max: MAX_TO_ADDRESS },
    { key: `page mails ${id}`, max: MAX_OF_PAGE },
  ];
  for (const { key, max } of limits) {
    const counted = await countFailure(config.db, await hashToken(key), { periodMs: PERIOD_MS, max }, now);
    if (counted === null || counted.failures > max) return log.warn('page.mail_limited', { page: id });
  }
  const channel = access.channel === null ? null : await findChannel(config.db, access.channel);
  if (channel === null)
    return log.error('page.mail_failed', {
      page: id,
      error: 'the email channel does not exist: set access.channel of the page',
    });
  const { mailSubject, mailText, linkTitle } = textsFor(language, null).access;
  const letter = plainLetter(mailSubject, mailText, { label: linkTitle, url: await link() }, language);
  const outgoing = { id: newId('mail'), to: address.data, letter };
  const { delivered, error } = await sendLetter(config, channel, outgoing, { now: Date.now, fetch });
  if (!delivered) log.error('page.mail_failed', { page: id, channel: channel.id, error });
}
