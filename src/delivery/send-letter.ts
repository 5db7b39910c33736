// Owns one attempt to send a letter to one address, with the sender and the provider of an email channel of the mesh. For mails
// that are not notifications. Does not write to the outbox or retry.

import type { EmailConfig } from '../channels/email/config.ts';
import { email } from '../channels/email/index.ts';
import type { Letter } from '../channels/email/letter.ts';
import { letterRequest } from '../channels/email/letter-request.ts';
import { hiddenFields, textsOf } from '../channels/written-config.ts';
import { channelPlace, unseal } from '../store/encryption.ts';
import type { SendingChannel } from './build-requests.ts';
import { type DeliveryAttempt, type SendConfig, type SendOptions, sendBuilt } from './send.ts';

export interface OutgoingLetter {
  /** The idempotency key: the same for a repeat. */
  readonly id: string;
  readonly to: string;
  readonly letter: Letter;
}

/** Never throws: every error is a failed attempt. The recipients of the channel get nothing. */
export const sendLetter = (
  config: SendConfig,
  channel: SendingChannel,
  { id, to, letter }: OutgoingLetter,
  options: SendOptions,
): Promise<DeliveryAttempt> =>
  sendBuilt(
    config,
    async (now) => {
      if (channel.type !== email.type) throw new Error(`the channel "${channel.id}" does not send mails`);
      const own = await unseal<EmailConfig>(config, channelPlace(channel.id), channel.sealedConfig);
      return {
        channel: email,
        receipt: null,
        requests: [await letterRequest({ ...own, to: [to] }, id, letter, now)],
        secrets: hiddenFields(email).flatMap((field) => textsOf((own as Record<string, unknown>)[field])),
        warning: null,
      };
    },
    options,
  );
