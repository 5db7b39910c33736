// Owns announcements as the API shows and takes them. Plain zod.
import { z } from 'zod';
import type { AnnouncementRow } from '../../../store/announcements.ts';
import { allOrIds, idSchema, iso, isoOrNull, timeSchema } from '../common.ts';
import { tagsPatchSchema, tagsSchema } from '../tags.ts';
import { MAX_BODY, markdownSchema, mergeTags, titleSchema } from '../words.ts';

const fields = {
  title: titleSchema('The title, in one line: 1 to 200 characters.', 'We move to a new data centre'),
  body: markdownSchema(
    MAX_BODY,
    'The text for readers: 1 to 5000 characters.',
    'From December on, **addresses change**.',
  ),
  pages: allOrIds('status page', idSchema).meta({
    description: 'The status pages that show it: `"all"` or ids.',
    example: 'all',
  }),
  startsAt: timeSchema.meta({ description: 'When pages begin to show it.' }),
  endsAt: timeSchema.nullable().meta({
    description: 'When pages stop to show it. Null: until it is deleted.',
    example: null,
  }),
  notify: z.boolean().meta({
    description: 'Whether subscribers get it when it begins. Each announcement is sent once at most.',
    example: false,
  }),
  tags: tagsSchema('Labels. They decide which restricted people and keys see it.'),
};

export const announcementInputSchema = z
  .strictObject({
    title: fields.title,
    body: fields.body,
    pages: fields.pages.default('all'),
    startsAt: fields.startsAt.optional().meta({ description: 'When pages begin to show it. Default: now.' }),
    endsAt: fields.endsAt.default(null),
    notify: fields.notify,
    tags: fields.tags.default({}),
  })
  .meta({
    id: 'AnnouncementInput',
    description: 'An announcement to create.',
    example: { title: 'New data centre', body: 'From December on, **addresses change**.', notify: false },
  });

export const announcementFieldsSchema = z.strictObject(fields);

export const announcementPatchSchema = z
  .strictObject({
    title: fields.title.optional(),
    body: fields.body.optional(),
    pages: fields.pages.optional(),
    startsAt: fields.startsAt.optional(),
    endsAt: fields.endsAt.optional(),
    notify: fields.notify.optional(),
    tags: tagsPatchSchema,
  })
  .meta({
    id: 'AnnouncementPatch',
    description: 'The fields of an announcement to update.',
    example: { endsAt: '2026-12-01T00:00:00.000Z' },
  });

export const announcementSchema = z
  .strictObject({
    id: z.string().meta({ description: 'The id.', example: 'ann_4x8j2m0q7c1v9b3n5k6p' }),
    ...fields,
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'Announcement', description: 'Words for the readers of status pages, without an incident.' });

type Announcement = z.output<typeof announcementSchema>;

export const toAnnouncementResponse = (row: AnnouncementRow): Announcement => ({
  ...{ id: row.id, title: row.title, body: row.body, pages: row.pages, notify: row.notify, tags: row.tags },
  ...{ startsAt: iso(row.startsAt), endsAt: isoOrNull(row.endsAt) },
  ...{ createdAt: iso(row.createdAt), updatedAt: iso(row.updatedAt) },
});

/** The stored announcement with an update applied (RFC 7396). */
export const mergeAnnouncement = (
  row: AnnouncementRow,
  { tags, ...changes }: z.output<typeof announcementPatchSchema>,
): Record<string, unknown> => {
  const { id: _, createdAt: _created, updatedAt: _updated, ...stored } = toAnnouncementResponse(row);
  return { ...stored, ...changes, tags: mergeTags(row.tags, tags) };
};
