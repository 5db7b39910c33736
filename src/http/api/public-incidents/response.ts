// Owns public incidents as the API shows them. Plain zod. Does not own how they are written: schema.ts does.
import { z } from 'zod';
import type { ReadIncident } from '../../../services/public-incidents/change-incident.ts';
import { proposedUpdate } from '../../../services/public-incidents/proposed-update.ts';
import { IMPACTS } from '../../../status-pages/model.ts';
import { worstImpact } from '../../../status-pages/page-state.ts';
import type { IncidentUpdateRow } from '../../../store/public-incidents.ts';
import { iso, isoOrNull, timeSchema } from '../common.ts';
import { statusSchema } from '../words.ts';
import { componentSchema, pagesSchema, tagsField, titleField } from './schema.ts';

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
    impact: worstImpact(incident.components.map(({ impact }) => impact)),
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
