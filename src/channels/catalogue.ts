// Owns the list of all channels. A new channel is its file and one line in `channelTypes`.
// Schemas and the API follow from the list.
import { z } from 'zod';
import type { Channel } from './channel.ts';
import { discord } from './discord.ts';
import { googleChat } from './google-chat.ts';
import { mattermost } from './mattermost.ts';
import { slack } from './slack.ts';
import { teams } from './teams.ts';
import { telegram } from './telegram.ts';
import { webhook } from './webhook.ts';
import { hiddenFields, hintField, urlHint, type WrittenSchema, writtenSchema } from './written-config.ts';

export const channelTypes = {
  webhook,
  slack,
  teams,
  discord,
  mattermost,
  'google-chat': googleChat,
  telegram,
} as const;

export type ChannelType = keyof typeof channelTypes;

type Typed<F extends z.ZodRawShape> = {
  [T in ChannelType]: z.ZodObject<{ type: z.ZodLiteral<T>; config: WrittenSchema } & F, z.core.$strict>;
}[ChannelType];

/**
 * A union by `type` of every channel with its config, each with the given shared fields. In the config, null stands for
 * the stored value of a secret or an address.
 */
export function channelSchemaWith<F extends z.ZodRawShape>(
  shared: F,
): z.ZodDiscriminatedUnion<[Typed<F>], 'type'> {
  const options = Object.values(channelTypes).map((channel) =>
    z.strictObject({
      type: z.literal(channel.type).meta({ description: 'The type of the channel.' }),
      config: writtenSchema(channel).meta({ description: 'The configuration. It depends on `type`.' }),
      ...shared,
    }),
  );
  // The compiler cannot follow a map over the catalogue. The options are exactly those of Typed.
  return z.discriminatedUnion('type', options as unknown as [Typed<F>]);
}

/** The channel of a stored type. Undefined if a newer Worker stored a type that this version does not know. */
export function findChannelType(type: string): Channel | undefined {
  return Object.hasOwn(channelTypes, type)
    ? (channelTypes as unknown as Record<string, Channel>)[type]
    : undefined;
}

/** The readable part of a config: without secrets and addresses, with a hint of each address. */
export function shownConfig(
  type: ChannelType,
  config: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { urlFields } = channelTypes[type];
  const hidden = hiddenFields(channelTypes[type]);
  return {
    ...Object.fromEntries(Object.entries(config).filter(([field]) => !hidden.includes(field))),
    ...Object.fromEntries(
      (urlFields as readonly string[])
        .filter((field) => config[field] !== undefined)
        .map((field) => [hintField(field), urlHint(String(config[field]))]),
    ),
  };
}
