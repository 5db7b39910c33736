// Owns subscribers as the API shows them. Does not check against stored data: services do.
import { z } from 'zod';
import type { ShownSubscriber } from '../../../services/subscribers/subscribers.ts';
import { LANGUAGE_TAGS } from '../../../status-pages/languages/index.ts';
import { SUBSCRIBER_KINDS } from '../../../store/subscribers.ts';
import { idSchema, iso, isUnique, timeSchema } from '../common.ts';

export const kindSchema = z.enum(SUBSCRIBER_KINDS).meta({
  description: 'How the subscriber gets messages: by email, as a signed webhook, or in a channel of Slack.',
  example: 'email',
});

const SCOPE_FORM = 'Must be "page", or a list of 1 to 100 unique components.';
const scopeSchema = z
  .union(
    [
      z.literal('page'),
      z
        .array(z.string().min(1).max(200))
        .min(1, { error: SCOPE_FORM })
        .max(100, { error: SCOPE_FORM })
        .refine(isUnique, { error: SCOPE_FORM }),
    ],
    { error: SCOPE_FORM },
  )
  .meta({
    description:
      'What the subscriber reads of: "page", or components as `monitor:<id>`, `group:<name>` or `static:<id>`.',
    example: 'page',
  });

const languageSchema = z.enum(LANGUAGE_TAGS as [string, ...string[]]).meta({
  description: 'The language of the messages.',
  example: 'en',
});

export const subscriberInputSchema = z
  .strictObject({
    page: idSchema.meta({
      description: 'The id of the status page. `default` is the page at `/`.',
      example: 'default',
    }),
    kind: kindSchema.default('email'),
    address: z.string().max(1_000).meta({
      description: 'The email address, or the https address of the webhook.',
      example: 'reader@example.com',
    }),
    scope: scopeSchema.default('page'),
    language: languageSchema.default('en'),
    confirmed: z.boolean().default(false).meta({
      description:
        'Whether the address agreed already. Default: false, and the address gets a message with a link to confirm.',
    }),
  })
  .meta({
    id: 'SubscriberInput',
    description: 'A subscriber to add.',
    example: { page: 'default', kind: 'email', address: 'reader@example.com', confirmed: false },
  });

export const subscriberSchema = z
  .strictObject({
    id: z.string().meta({ description: 'The id of the subscriber.', example: 'sub_4x8j2m0q7c1v9b3n5k6p' }),
    page: z.string().meta({ description: 'The id of the status page.', example: 'default' }),
    kind: kindSchema,
    address: z.string().nullable().meta({
      description: 'The address. Null if no configured key decrypts it.',
      example: 'reader@example.com',
    }),
    scope: scopeSchema,
    language: z.string().meta({ description: 'The language of the messages.', example: 'en' }),
    state: z.enum(['pending', 'active', 'disabled']).meta({
      description:
        '`pending`: the address did not confirm yet. `disabled`: messages failed, so no more are sent.',
      example: 'active',
    }),
    disabledReason: z.string().nullable().meta({
      description: 'Why the coordinator disabled it. Null if it did not.',
      example: null,
    }),
    createdAt: timeSchema.meta({ description: 'When the address signed up last, or was added.' }),
    confirmedAt: timeSchema.nullable().meta({ description: 'When the address confirmed. Null: not yet.' }),
  })
  .meta({ id: 'Subscriber', description: 'A subscriber of a status page.' });

export const importedSchema = z
  .strictObject({
    imported: z
      .int()
      .meta({ description: 'The number of subscribers that were added or updated.', example: 120 }),
    skipped: z.int().meta({
      description: 'The number of rows that were left out, because their `state` is not `active`.',
      example: 3,
    }),
  })
  .meta({ id: 'SubscriberImport', description: 'What an import changed.' });

export const toSubscriberResponse = ({ row, address }: ShownSubscriber) => ({
  ...{ id: row.id, page: row.pageId, kind: row.kind, address, scope: row.scope, language: row.language },
  ...{ state: row.state, disabledReason: row.disabledReason, createdAt: iso(row.createdAt) },
  confirmedAt: row.confirmedAt === null ? null : iso(row.confirmedAt),
});
