// Owns the list of all channels. A new channel is its file and one line in `channelTypes`.
// Schemas and the API follow from the list.
import { z } from 'zod';
import type { Channel } from './channel.ts';
import { webhook } from './webhook.ts';

export const channelTypes = {
  webhook,
} as const;

export type ChannelType = keyof typeof channelTypes;

type ConfigOf<T extends ChannelType> = (typeof channelTypes)[T]['config'];
type Typed<F extends z.ZodRawShape> = {
  [T in ChannelType]: z.ZodObject<{ type: z.ZodLiteral<T>; config: ConfigOf<T> } & F, z.core.$strict>;
}[ChannelType];

/** A union by `type` of every channel with its config, each with the given shared fields. */
export function channelSchemaWith<F extends z.ZodRawShape>(
  shared: F,
): z.ZodDiscriminatedUnion<[Typed<F>], 'type'> {
  const options = Object.values(channelTypes).map(({ type, config }) =>
    z.strictObject({
      type: z.literal(type).meta({ description: 'The type of the channel.' }),
      config: config.meta({ description: 'The configuration. It depends on `type`.' }),
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

/** A config without the channel's secret fields. */
export function shownConfig(
  type: ChannelType,
  config: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const secretFields: readonly string[] = channelTypes[type].secretFields;
  return Object.fromEntries(Object.entries(config).filter(([field]) => !secretFields.includes(field)));
}
