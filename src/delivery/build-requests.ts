// Owns the way from notifications to the requests that deliver them: the channel's secrets, its templates, and the links
// that only this mesh can sign. Does not send.

import { acknowledgeUrl, type LinkedChannel } from '../acknowledge-link.ts';
import { withTemplates } from '../channels/apply-templates.ts';
import { findChannelType } from '../channels/catalogue.ts';
import type { Channel, ChannelRequest } from '../channels/channel.ts';
import type { OutgoingNotification } from '../channels/notification.ts';
import { toMessage } from '../channels/to-message.ts';
import { hiddenFields, textsOf } from '../channels/written-config.ts';
import type { EncryptionKeys } from '../encryption-key.ts';
import type { Config } from '../env.ts';
import { channelPlace, unseal } from '../store/encryption.ts';
import type { LeasedChannel } from '../store/outbox.ts';

export type SendingChannel = Pick<LeasedChannel, 'id' | 'type' | 'sealedConfig' | 'createdAt'> &
  Partial<Pick<LeasedChannel, 'templates'>>;

export interface Outgoing {
  readonly notifications: readonly [OutgoingNotification, ...OutgoingNotification[]];
  /** What was returned for an earlier message about the same condition. Null without one. */
  readonly receipt: string | null;
}

export interface BuiltMessage {
  readonly channel: Channel;
  /** What is stored for an earlier message about the same condition. Null without one. */
  readonly receipt: string | null;
  readonly requests: readonly [ChannelRequest, ...ChannelRequest[]];
  /** Secrets of the config, and what signs the links, to be kept out of every text. */
  readonly secrets: readonly string[];
  /** Why a default text is sent in place of a template. */
  readonly warning: string | null;
}

/** Throws if the channel cannot describe the message. */
export async function buildRequests(
  config: EncryptionKeys & Pick<Config, 'publicUrl'>,
  { id, type, sealedConfig, createdAt, templates = null }: SendingChannel,
  { notifications, receipt }: Outgoing,
  now: number,
): Promise<BuiltMessage> {
  const channel = findChannelType(type);
  if (!channel) throw new Error(`this version does not support the channel type "${type}"`);
  const channelConfig = await unseal<Record<string, unknown>>(config, channelPlace(id), sealedConfig);
  const links = await acknowledgeLinks(config, channel, { id, createdAt }, notifications);
  const secrets = [
    ...hiddenFields(channel).flatMap((field) => textsOf(channelConfig[field])),
    ...signaturesIn(links),
  ];
  const { message, warning } = withTemplates(
    channel,
    channelConfig,
    templates,
    toMessage(notifications, links),
  );
  const context = { now, receipt, publicUrl: config.publicUrl };
  const requests = await channel.requests(message, channelConfig, context);
  return { channel, receipt, requests, secrets, warning };
}

/** Many vendors respond with the message: who reads that may not be who may acknowledge. */
const signaturesIn = ({ acknowledgeUrls }: { readonly acknowledgeUrls?: ReadonlyMap<string, string> }) =>
  [...(acknowledgeUrls?.values() ?? [])].map((url) => url.slice(url.lastIndexOf('.') + 1));

/** The page that acknowledges, of each open incident. Programs get none. */
async function acknowledgeLinks(
  config: EncryptionKeys & Pick<Config, 'publicUrl'>,
  { audience }: Pick<Channel, 'audience'>,
  linked: LinkedChannel,
  notifications: Outgoing['notifications'],
) {
  const open = new Map(
    notifications.flatMap(({ body: { data, timestamp } }) =>
      data.incident !== null && data.incident.resolvedAt === null && data.monitor !== null
        ? [[data.incident.id, Date.parse(timestamp)] as const]
        : [],
    ),
  );
  if (audience !== 'people' || open.size === 0) return {};
  const pairs = await Promise.all(
    [...open].map(
      async ([id, sentAt]) =>
        [id, await acknowledgeUrl(config, config.publicUrl, id, linked, sentAt)] as const,
    ),
  );
  const acknowledgeUrls = new Map(pairs);
  const own = notifications[0].body.data.incident?.id;
  return {
    acknowledgeUrls,
    publicUrl: config.publicUrl,
    acknowledgeUrl: own === undefined || notifications.length > 1 ? null : (acknowledgeUrls.get(own) ?? null),
  };
}
