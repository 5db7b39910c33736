// What a channel looks like on the wire. Secrets go in and never come back.
// The configuration of each type is the catalogue's; nothing here knows a type by name.
import { z } from 'zod';
import { type ChannelType, channelSchemaWith, channelTypes } from '../../../channels/catalogue.ts';
import type { ChannelRow } from '../../../store/channels.ts';
import { idSchema, iso, nameSchema, timeSchema } from '../common.ts';

const enabledSchema = z.boolean().meta({ description: 'A channel that is not enabled is told nothing.' });

export const channelInputSchema = channelSchemaWith({
  id: idSchema.optional(),
  name: nameSchema,
  enabled: enabledSchema.default(true),
}).meta({
  id: 'ChannelInput',
  description: 'A channel as a person writes it.',
  example: {
    id: 'on-call',
    type: 'webhook',
    name: 'On call',
    config: { url: 'https://hooks.example.com/probemesh', secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' },
  },
});

/** A change of a channel; a secret that is not given stays as it is. The type stays for good. */
export const channelPatchSchema = z
  .strictObject({
    name: nameSchema.optional(),
    config: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'Fields to change; the others, secrets included, stay.' }),
    enabled: enabledSchema.optional(),
  })
  .meta({ id: 'ChannelPatch', description: 'What to change of a channel.', example: { enabled: false } });

const types = Object.keys(channelTypes) as [ChannelType, ...ChannelType[]];

export const channelSchema = z
  .strictObject({
    id: idSchema,
    type: z.enum(types),
    name: nameSchema,
    config: z
      .record(z.string(), z.unknown())
      .meta({ description: 'Without its secrets.', example: { url: 'https://hooks.example.com/probemesh' } }),
    enabled: enabledSchema,
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'Channel', description: 'Where notifications go.' });

export function toChannelResponse(row: ChannelRow): z.input<typeof channelSchema> {
  const { id, type, name, publicConfig, enabled, createdAt, updatedAt } = row;
  const times = { createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
  return { id, type: type as ChannelType, name, config: publicConfig, enabled, ...times };
}

export const testOutcomeSchema = z
  .strictObject({
    delivered: z.boolean(),
    status: z.int().nullable().meta({ description: "The receiver's HTTP status; null when none came." }),
    error: z.string().nullable(),
    durationMs: z.number(),
  })
  .meta({ id: 'TestOutcome', description: 'What became of a test notification.' });
