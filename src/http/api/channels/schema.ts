// Owns channels as the API shows them. Secrets are accepted and never returned.
// The configuration of each type is the catalogue's. Does not know any type by name.
import { z } from 'zod';
import {
  type ChannelType,
  channelSchemaWith,
  channelTypes,
  findChannelType,
} from '../../../channels/catalogue.ts';
import { MAX_TEMPLATE_BYTES } from '../../../channels/template.ts';
import { readConfig } from '../../../channels/written-config.ts';
import { channelState } from '../../../store/channel-health.ts';
import type { ChannelRow } from '../../../store/channels.ts';
import { MAX_PENDING_COUNT } from '../../../store/pending-counts.ts';
import { idSchema, iso, isoOrNull, nameSchema, timeSchema } from '../common.ts';
import { mergePatch } from '../merge-patch.ts';
import { tagsPatchSchema, tagsSchema } from '../tags.ts';

const enabledSchema = z.boolean().meta({
  description: 'Disabled channels receive no notifications. Enabling one queues the incidents that are open.',
});

const shownTags = tagsSchema(
  'Labels. They decide which people and API keys with a restriction by tag see the channel.',
);

const templateText = (about: string, example: string) =>
  z
    .string()
    .min(1)
    .max(MAX_TEMPLATE_BYTES)
    .meta({
      description: `Liquid template of ${about}, at most ${MAX_TEMPLATE_BYTES} bytes. See docs/guide/templates.md.`,
      example,
    });
const titleTemplate = templateText('the title, one line', '{{ monitor.name }} is {{ verdict }}');
const bodyTemplate = templateText('the body', '{{ summary }}');
const templatesAbout =
  'Templates of title and body. Without one, the default text is sent. A template that fails falls back to it, with a `warning` on the delivery.';

const templatesSchema = z
  .strictObject({ title: titleTemplate.optional(), body: bodyTemplate.optional() })
  .nullable()
  .meta({ description: templatesAbout });

export const previewTemplatesSchema = templatesSchema.optional();

const templatesPatch = z
  .strictObject({ title: titleTemplate.nullable().optional(), body: bodyTemplate.nullable().optional() })
  .nullable()
  .optional()
  .meta({ description: `${templatesAbout} Null removes it.` });

export const channelInputSchema = channelSchemaWith({
  id: idSchema.optional(),
  name: nameSchema,
  tags: shownTags.default({}),
  enabled: enabledSchema.default(true),
  templates: templatesSchema.default(null),
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

/** An update of a channel. A secret or address that is not sent stays, and the type cannot change. */
export const channelPatchSchema = z
  .strictObject({
    name: nameSchema.optional(),
    config: z.record(z.string(), z.unknown()).optional().meta({
      description:
        'The configuration fields to update. All others, secrets included, stay. Null keeps a secret or an address, and resets any other field.',
    }),
    tags: tagsPatchSchema,
    enabled: enabledSchema.nullable().optional(),
    templates: templatesPatch,
  })
  .meta({
    id: 'ChannelPatch',
    description: 'The fields of a channel to update. Null removes a field, so that its default applies.',
    example: { enabled: false },
  });

export type ChannelPatch = z.output<typeof channelPatchSchema>;

/** The stored fields with an update applied by RFC 7396, except that a null keeps what a read shows as null. */
export function mergeChannel(
  stored: { readonly config: Readonly<Record<string, unknown>> },
  { config = {}, ...rest }: ChannelPatch,
): Record<string, unknown> {
  const changed = Object.entries(config).filter(
    ([field, value]) => value !== null || stored.config[field] !== null,
  );
  return {
    ...mergePatch({ ...stored }, rest),
    config: mergePatch(stored.config, Object.fromEntries(changed)),
  };
}

const healthSchema = z
  .strictObject({
    state: z.enum(['ok', 'failing', 'disabled', 'unknown']).meta({
      description:
        'The health. `ok`: the newest attempt was accepted. `failing`: at least one attempt failed since. `disabled`: the channel is disabled. `unknown`: no attempt was made since it was created or enabled.',
    }),
    lastSuccessAt: timeSchema
      .nullable()
      .meta({ description: 'When the receiver last accepted a notification. Null if it never did.' }),
    failingSince: timeSchema
      .nullable()
      .meta({ description: 'The first failed attempt since the newest success. Null without one.' }),
    lastError: z.string().nullable().meta({
      description: 'Why the newest failed attempt since then failed. Contains no secret. Null without one.',
      example: 'hooks.example.com responded 500',
    }),
    disabledReason: z.string().nullable().meta({
      description: 'Why the coordinator disabled the channel. Null if it is enabled, or if you disabled it.',
    }),
    pending: z
      .int()
      .min(0)
      .max(MAX_PENDING_COUNT)
      .meta({
        description: `The number of pending deliveries, counted up to ${MAX_PENDING_COUNT}.`,
      }),
  })
  .meta({ description: 'Whether notifications reach the receiver.' });

export const channelTypeNames = Object.keys(channelTypes) as [ChannelType, ...ChannelType[]];

export const channelSchema = z
  .strictObject({
    id: idSchema,
    type: z.enum(channelTypeNames).meta({ description: 'The kind of receiver.' }),
    name: nameSchema,
    config: z.record(z.string(), z.unknown()).meta({
      description:
        'The configuration. Secrets and addresses are null, and `urlHint` shows the host and the last four characters of `url`. You can write it back: null keeps the stored value.',
      example: { url: null, secret: null, urlHint: 'hooks.example.com…mesh' },
    }),
    tags: shownTags,
    enabled: enabledSchema,
    templates: templatesSchema,
    health: healthSchema,
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'Channel', description: 'A destination for notifications.' });

/** `pending` is the number of pending deliveries. */
export function toChannelResponse(row: ChannelRow, pending: number): z.input<typeof channelSchema> {
  const { id, type, name, publicConfig, templates, tags, enabled, createdAt, updatedAt } = row;
  const health = { ...healthOf(row), pending };
  const times = { createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
  const channel = findChannelType(type);
  const config = channel ? readConfig(channel, publicConfig) : publicConfig;
  return { id, type: type as ChannelType, name, config, tags, enabled, templates, health, ...times };
}

const healthOf = (row: ChannelRow) => ({
  state: channelState(row),
  lastSuccessAt: isoOrNull(row.lastSuccessAt),
  failingSince: isoOrNull(row.failingSince),
  lastError: row.lastError,
  disabledReason: row.disabledReason,
});

export const testOutcomeSchema = z
  .strictObject({
    delivered: z.boolean().meta({ description: 'Whether the receiver accepted the notification.' }),
    status: z
      .int()
      .nullable()
      .meta({ description: "The receiver's HTTP status. Null if the receiver did not respond." }),
    error: z.string().nullable().meta({ description: 'Why delivery failed.' }),
    warning: z.string().nullable().meta({
      description: 'Why a default text was sent in place of a template. Null: every template was used.',
    }),
    durationMs: z.number().meta({ description: 'The duration of the attempt, in ms.' }),
  })
  .meta({ id: 'TestOutcome', description: 'The result of a test notification.' });
