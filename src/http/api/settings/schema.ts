// Owns the settings of the whole mesh as the API and a configuration show them. Plain zod.
import { z } from 'zod';
import { idSchema, isUnique } from '../common.ts';

const fields = {
  defaultChannels: z
    .array(idSchema)
    .max(100, { error: 'Must have at most 100 channel ids.' })
    .refine(isUnique, { error: 'Must not repeat a channel id.' })
    .meta({
      description:
        'Ids of the channels that are notified if no route matches and the monitor has no list of channels. A new channel is not in it until you add it.',
      example: ['on-call'],
    }),
};

export const settingsSchema = z
  .strictObject(fields)
  .meta({ id: 'Settings', description: 'Settings of the whole mesh.' });

/** A configuration replaces every setting that it has, and a PATCH too. */
export const settingsInputSchema = z
  .strictObject({ defaultChannels: fields.defaultChannels.optional() })
  .meta({
    id: 'SettingsInput',
    description: 'The settings to change. The others stay.',
    example: { defaultChannels: ['on-call'] },
  });
