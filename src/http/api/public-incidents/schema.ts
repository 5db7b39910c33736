// Owns public incidents as the API shows and takes them. Plain zod.
import { z } from 'zod';
import type { ReadIncident } from '../../../services/public-incidents/change-incident.ts';
import { proposedUpdate } from '../../../services/public-incidents/proposed-update.ts';
import type { PublicIncidentPatch } from '../../../services/public-incidents/public-incidents.ts';
import { worstImpact } from '../../../status-pages/current-status.ts';
import { IMPACTS, UPDATE_STATUSES } from '../../../status-pages/model.ts';
import type { IncidentUpdateRow } from '../../../store/public-incidents.ts';
import type { Tags } from '../../../tags.ts';
import { allOrIds, idSchema, isOneLine, iso, isoOrNull, isUnique, timeSchema } from '../common.ts';
import { mergePatch } from '../merge-patch.ts';
import { tagsPatchSchema, tagsSchema } from '../tags.ts';

/** Line breaks and tabs are text. Other control characters would break mails and feeds. */
export function markdownSchema(maxLength: number, description: string, example: string) {
  const error = `Must be 1 to ${maxLength} characters.`;
  return z
    .string()
    .trim()
    .min(1, { error })
    .max(maxLength, { error })
    .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text.replaceAll(/[\n\r\t]/g, '')), {
      error: 'Must be visible text. Remove control characters.',
    })
    .meta({
      description: `${description} Markdown (CommonMark): HTML is shown as text, and an image as a link.`,
      example,
    });
}

export const MAX_BODY = 5_000;
export const MAX_POSTMORTEM = 20_000;

/** A title is one line, as a name is. */
export const titleSchema = (description: string, example: string) =>
  z
    .string()
    .trim()
    .min(1, { error: 'Must be 1 to 200 characters.' })
    .max(200, { error: 'Must be 1 to 200 characters.' })
    .refine(isOneLine, { error: 'Must be one line of visible text. Remove control characters.' })
    .meta({ description, example });

export const statusSchema = z.enum(UPDATE_STATUSES).meta({
  description: '`resolved` ends the incident. Another status after it opens the incident again.',
  example: 'investigating',
});

const COMPONENT = /^(?:monitor:[a-z0-9][a-z0-9-]{0,62}|group:\S.{0,119}|static:[a-z0-9][a-z0-9-]{0,62})$/u;

const componentSchema = z.strictObject({
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

const pagesSchema = allOrIds('status page', idSchema).meta({
  description:
    'The status pages that may show it: `"all"` or ids. A page shows it if it has one of its components, or if it names none.',
  example: 'all',
});

const incidentsSchema = z
  .array(z.string().min(1).max(128))
  .max(20, { error: 'Must have at most 20 incidents.' })
  .refine(isUnique, { error: 'Must have unique ids.' });

const titleField = titleSchema('The title, in one line: 1 to 200 characters.', 'Checkout is slow');
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
const tagsField = tagsSchema('Labels. They decide which restricted people and keys see it.');

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

const updateSchema = z
  .strictObject({
    id: z.string().meta({ description: 'The id.', example: 'upd_4x8j2m0q7c1v9b3n5k6p' }),
    at: timeSchema.meta({ description: 'When it was written, or the time that it is about.' }),
    status: statusSchema,
    body: z.string().meta({ description: 'Markdown.', example: 'We found the cause.' }),
    components: z.array(componentSchema).meta({ description: 'The impacts that the update names.' }),
    notify: z.boolean().meta({ description: 'Whether its author chose to notify subscribers.' }),
    by: z.string().meta({ description: 'The author. Readers do not see it.', example: 'Ada' }),
    editedAt: timeSchema
      .nullable()
      .meta({ description: 'When it was edited last. Null: as it was written.', example: null }),
  })
  .meta({ id: 'IncidentUpdate', description: 'What people wrote about a public incident.' });

export const publicIncidentSchema = z
  .strictObject({
    id: z.string().meta({ description: 'The id.', example: 'pub_4x8j2m0q7c1v9b3n5k6p' }),
    url: z.string().meta({
      description: 'Its page on the default status page.',
      example: 'https://status.example.com/incidents/pub_4x8j2m0q7c1v9b3n5k6p',
    }),
    title: titleField,
    state: z.enum(['draft', 'published']).meta({ description: 'Whether readers can see it.' }),
    status: statusSchema.meta({ description: 'The status of the newest update.' }),
    impact: z.enum(IMPACTS).meta({ description: 'The worst impact of its components now.' }),
    components: z.array(componentSchema).meta({ description: 'The impact of each component now.' }),
    incidents: z
      .array(z.string())
      .meta({ description: 'Ids of the incidents that probes measured.', example: ['inc_mbx1k2_7'] }),
    pages: pagesSchema,
    origin: z.enum(['people', 'probes']).meta({
      description: '`probes`: the coordinator opened it because an outage began.',
    }),
    startedAt: timeSchema.meta({ description: 'The start.' }),
    resolvedAt: timeSchema.nullable().meta({ description: 'The end. Null while it is open.', example: null }),
    updates: z.array(updateSchema).meta({ description: 'The updates, newest first.' }),
    postmortem: z
      .strictObject({
        at: timeSchema.meta({ description: 'When it was published first.' }),
        body: z.string().meta({ description: 'Markdown.' }),
      })
      .nullable()
      .meta({ description: 'The postmortem. Null without one.', example: null }),
    proposedUpdate: z
      .strictObject({
        status: statusSchema,
        body: z.string().meta({ description: 'Markdown.', example: 'The problem is over.' }),
      })
      .nullable()
      .meta({
        description:
          'The update that you may want to write, because every measured incident is over. Null without one.',
        example: null,
      }),
    tags: tagsField,
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'PublicIncidentWithUpdates', description: 'An incident in the words of people.' });

const toUpdateResponse = (row: IncidentUpdateRow): z.output<typeof updateSchema> => ({
  ...{ id: row.id, at: iso(row.at), status: row.status, body: row.body, notify: row.notify },
  ...{ components: [...row.components], by: row.authorName },
  editedAt: row.updatedAt > row.at ? iso(row.updatedAt) : null,
});

export function toPublicIncidentResponse(
  { incident, measured }: ReadIncident,
  publicUrl: string,
): z.output<typeof publicIncidentSchema> {
  const { id, title, status, incidents, pages, origin, tags, postmortem, postmortemAt } = incident;
  return {
    ...{ id, url: `${publicUrl}/incidents/${id}`, title, status, incidents, pages, origin, tags },
    state: incident.state === 'draft' ? 'draft' : 'published',
    impact: worstImpact(incident.components),
    components: [...incident.components],
    startedAt: iso(incident.startedAt),
    resolvedAt: isoOrNull(incident.resolvedAt),
    updates: incident.updates.map(toUpdateResponse),
    postmortem: postmortem === null ? null : { at: iso(postmortemAt!), body: postmortem },
    proposedUpdate: proposedUpdate(incident, measured),
    createdAt: iso(incident.createdAt),
    updatedAt: iso(incident.updatedAt),
  };
}

/** The stored incident with an update applied (RFC 7396). */
export const mergePublicIncident = (
  stored: PublicIncidentPatch,
  patch: z.output<typeof publicIncidentPatchSchema>,
): Record<string, unknown> => ({
  ...{ title: patch.title ?? stored.title, pages: patch.pages ?? stored.pages },
  ...{ incidents: patch.incidents ?? stored.incidents, startedAt: patch.startedAt ?? iso(stored.startedAt) },
  tags: mergeTags(stored.tags, patch.tags),
});

export function mergeTags(
  stored: Tags,
  patch: Readonly<Record<string, string | null>> | null | undefined,
): Tags {
  if (patch === undefined) return stored;
  return patch === null ? {} : (mergePatch(stored, patch) as Tags);
}
