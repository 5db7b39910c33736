// Owns public incidents as the API takes them. Plain zod. Does not own how they are shown: response.ts does.
import { z } from 'zod';
import type { PublicIncidentPatch } from '../../../services/public-incidents/public-incidents.ts';
import { IMPACTS } from '../../../status-pages/model.ts';
import { allOrIds, idSchema, iso, isUnique, timeSchema } from '../common.ts';
import { tagsPatchSchema, tagsSchema } from '../tags.ts';
import { MAX_BODY, markdownSchema, mergeTags, statusSchema, titleSchema } from '../words.ts';

const MAX_POSTMORTEM = 20_000;

const COMPONENT = /^(?:monitor:[a-z0-9][a-z0-9-]{0,62}|group:\S.{0,119}|static:[a-z0-9][a-z0-9-]{0,62})$/;

export const componentSchema = z.strictObject({
  component: z
    .string()
    .regex(COMPONENT, { error: 'Must be monitor:<id>, group:<name> or static:<id>.' })
    .meta({
      description: 'The component: `monitor:<id>`, `group:<name>`, or `static:<id>` of a status page.',
      example: 'monitor:web-shop',
    }),
  impact: z.enum(IMPACTS).meta({ description: 'How the component is affected.', example: 'major' }),
});

const componentsSchema = z
  .array(componentSchema)
  .max(100, { error: 'Must have at most 100 components.' })
  .refine((list) => isUnique(list.map(({ component }) => component)), {
    error: 'Must have unique components.',
  });

export const pagesSchema = allOrIds('status page', idSchema).meta({
  description:
    'The status pages that may show it: `"all"` or ids. A page shows it if it has one of its components, or if it names none.',
  example: 'all',
});

const incidentsSchema = z
  .array(z.string().min(1).max(128))
  .max(20, { error: 'Must have at most 20 incidents.' })
  .refine(isUnique, { error: 'Must have unique ids.' });

export const titleField = titleSchema('The title, in one line: 1 to 200 characters.', 'Checkout is slow');
const bodyField = markdownSchema(
  MAX_BODY,
  'The text for readers: 1 to 5000 characters.',
  'We found the cause.',
);
const notifyField = z.boolean().meta({
  description: 'Whether subscribers get it. An explicit choice each time.',
  example: true,
});
const atField = (description: string) => timeSchema.optional().meta({ description });
export const tagsField = tagsSchema('Labels. They decide which restricted people and keys see it.');

export const publicIncidentInputSchema = z
  .strictObject({
    title: titleField,
    state: z.enum(['draft', 'published']).default('published').meta({
      description: '`draft`: readers do not see it until you publish it. Default: `published`.',
    }),
    status: statusSchema.default('investigating'),
    body: bodyField,
    components: componentsSchema.default([]).meta({
      description: 'The affected components. None: the incident is on every page of `pages`.',
    }),
    incidents: incidentsSchema.optional().meta({
      description:
        'Ids of the incidents that probes measured. Default: the open ones of the monitors in `components`.',
      example: ['inc_mbx1k2_7'],
    }),
    pages: pagesSchema.default('all'),
    startedAt: atField(
      'The start, not in the future. Default: that of its first measured incident, else now.',
    ),
    at: atField('The time of the first update. Set it to report what is over already. Default: now.'),
    notify: notifyField,
    tags: tagsField.default({}),
  })
  .meta({
    id: 'PublicIncidentInput',
    description: 'A public incident to create, with its first update.',
    example: {
      ...{ title: 'Checkout is slow', status: 'investigating', notify: true },
      body: 'Payments take up to a minute. **No order is lost.**',
      components: [{ component: 'monitor:web-shop', impact: 'degraded' }],
    },
  });

export const publicIncidentFieldsSchema = z.strictObject({
  title: titleField,
  pages: pagesSchema,
  incidents: incidentsSchema.meta({ description: 'Ids of measured incidents.' }),
  startedAt: timeSchema,
  tags: tagsField,
});

export const publicIncidentPatchSchema = z
  .strictObject({
    title: titleField.optional(),
    pages: pagesSchema.optional(),
    incidents: incidentsSchema.optional().meta({
      description: 'Ids of the incidents that probes measured. Replaces the list.',
      example: ['inc_mbx1k2_7'],
    }),
    startedAt: atField('The start, not in the future and not after the first update.'),
    tags: tagsPatchSchema,
  })
  .meta({
    id: 'PublicIncidentPatch',
    description: 'The fields of a public incident to update. Subscribers are not notified.',
    example: { title: 'Checkout was slow' },
  });

export const publicationSchema = z
  .strictObject({
    pages: pagesSchema
      .optional()
      .meta({ description: 'The status pages. Default: `"all"`.', example: 'all' }),
    body: bodyField.optional().meta({ description: 'A new text for its newest update. Default: as it is.' }),
    notify: notifyField,
  })
  .meta({ id: 'Publication', description: 'The publication of a draft.' });

export const incidentUpdateInputSchema = z
  .strictObject({
    status: statusSchema,
    body: bodyField,
    components: componentsSchema.default([]).meta({
      description: 'The components whose impact changes. `resolved` makes all operational.',
    }),
    notify: notifyField,
    at: atField('The time of the update, between the start of the incident and now. Default: now.'),
  })
  .meta({
    id: 'IncidentUpdateInput',
    description: 'An incident update for readers.',
    example: { status: 'monitoring', body: 'A fix is running. We are watching it.', notify: true },
  });

export const incidentUpdateFieldsSchema = z.strictObject({
  status: statusSchema,
  body: bodyField,
  components: componentsSchema,
  at: timeSchema,
});

export const incidentUpdatePatchSchema = z
  .strictObject({
    status: statusSchema.optional(),
    body: bodyField.optional(),
    components: componentsSchema.optional().meta({ description: 'The impacts. Replaces the list.' }),
    at: atField('The time of the update.'),
  })
  .meta({
    id: 'IncidentUpdatePatch',
    description: 'The fields of an update to correct. Subscribers are not notified again.',
    example: { body: 'A fix is running since 10:20 UTC.' },
  });

export const postmortemInputSchema = z
  .strictObject({
    body: markdownSchema(
      MAX_POSTMORTEM,
      'The postmortem: 1 to 20000 characters.',
      '#### Cause\n\nA full disk.',
    ),
    notify: notifyField,
  })
  .meta({ id: 'PostmortemInput', description: 'A postmortem for readers.' });

/** The stored incident with an update applied (RFC 7396). */
export const mergePublicIncident = (
  stored: PublicIncidentPatch,
  patch: z.output<typeof publicIncidentPatchSchema>,
): Record<string, unknown> => ({
  ...{ title: patch.title ?? stored.title, pages: patch.pages ?? stored.pages },
  ...{ incidents: patch.incidents ?? stored.incidents, startedAt: patch.startedAt ?? iso(stored.startedAt) },
  tags: mergeTags(stored.tags, patch.tags),
});
