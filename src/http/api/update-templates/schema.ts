// Owns update templates as the API shows and takes them. Plain zod.
import { z } from 'zod';
import type { UpdateTemplateRow } from '../../../store/update-templates.ts';
import { idSchema, iso, nameSchema, timeSchema } from '../common.ts';
import { MAX_BODY, markdownSchema, statusSchema, titleSchema } from '../words.ts';

const fields = {
  name: nameSchema.meta({
    description: 'The display name: one line of 1 to 120 characters.',
    example: 'Slow',
  }),
  title: titleSchema('The title of the public incident: 1 to 200 characters.', 'Checkout is slow'),
  body: markdownSchema(MAX_BODY, 'The text of the update: 1 to 5000 characters.', 'Payments take longer.'),
  status: statusSchema,
};

const idField = idSchema.meta({
  description:
    'The id. Templates with the ids `outage-opened`, `outage-reopened` and `outage-resolved` replace the words of the coordinator.',
  example: 'slow',
});

export const updateTemplateInputSchema = z
  .strictObject({
    id: idField.optional(),
    ...fields,
    status: fields.status.default('investigating'),
  })
  .meta({
    id: 'UpdateTemplateInput',
    description: 'An update template to create.',
    example: { name: 'Slow', title: 'Checkout is slow', body: 'Payments take longer.' },
  });

export const updateTemplatePatchSchema = z
  .strictObject(fields)
  .partial()
  .meta({
    id: 'UpdateTemplatePatch',
    description: 'The fields of an update template to update.',
    example: { body: 'Payments take longer than usual.' },
  });

export const updateTemplateSchema = z
  .strictObject({ id: idField, ...fields, createdAt: timeSchema, updatedAt: timeSchema })
  .meta({ id: 'UpdateTemplate', description: 'A text to begin an incident update with.' });

export const toUpdateTemplateResponse = (row: UpdateTemplateRow): z.output<typeof updateTemplateSchema> => ({
  ...{ id: row.id, name: row.name, title: row.title, body: row.body, status: row.status },
  ...{ createdAt: iso(row.createdAt), updatedAt: iso(row.updatedAt) },
});
