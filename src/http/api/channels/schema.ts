// Owns channels as the API shows them. Secrets are accepted and never returned.
// The configuration of each type is the catalogue's. Does not know any type by name.
import { z } from 'zod';
import { type ChannelType, channelSchemaWith, channelTypes } from '../../../channels/catalogue.ts';
import type { ChannelRow } from '../../../store/channels.ts';
import { idSchema, iso, nameSchema, timeSchema } from '../common.ts';

const enabledSchema = z.boolean().meta({ description: 'Disabled channels receive no notifications.' });

export const channelInputSchema = channelSchemaWith({
  id: idSchema.optional(),
  name: nameSchema,
  enabled: enabledSchema.default(true),
}).meta({
  id: 'ChannelInput',
  description: 'The fields of a channel to create.',
  example: {
    id: 'on-call',
    type: 'webhook',
    name: 'On call',
    config: { url: 'https://hooks.example.com/probemesh', secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' },
  },
});

/** An update of a channel. A secret that is not sent stays, and the type cannot change. */
export const channelPatchSchema = z
  .strictObject({
    name: nameSchema.optional(),
    config: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'The configuration fields to update. All others, secrets included, stay.' }),
    enabled: enabledSchema.optional(),
  })
  .meta({
    id: 'ChannelPatch',
    description: 'The fields of a channel to update.',
    example: { enabled: false },
  });

const types = Object.keys(channelTypes) as [ChannelType, ...ChannelType[]];

export const channelSchema = z
  .strictObject({
    id: idSchema,
    type: z.enum(types).meta({ description: 'The kind of receiver.' }),
    name: nameSchema,
    config: z.record(z.string(), z.unknown()).meta({
      description: 'The configuration, without secrets.',
      example: { url: 'https://hooks.example.com/probemesh' },
    }),
    enabled: enabledSchema,
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'Channel', description: 'A destination for notifications.' });

export function toChannelResponse(row: ChannelRow): z.input<typeof channelSchema> {
  const { id, type, name, publicConfig, enabled, createdAt, updatedAt } = row;
  const times = { createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
  return { id, type: type as ChannelType, name, config: publicConfig, enabled, ...times };
}

export const testOutcomeSchema = z
  .strictObject({
    delivered: z.boolean().meta({ description: 'Whether the receiver accepted the notification.' }),
    status: z
      .int()
      .nullable()
      .meta({ description: "The receiver's HTTP status. Null if the receiver did not respond." }),
    error: z.string().nullable().meta({ description: 'Why delivery failed.' }),
    durationMs: z.number().meta({ description: 'The duration of the attempt, in ms.' }),
  })
  .meta({ id: 'TestOutcome', description: 'The result of a test notification.' });
