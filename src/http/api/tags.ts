// Owns how tags are written: the names and values of a monitor, and the selector `name` or `name:value`. Plain zod.
import { z } from 'zod';
import { isOneLine } from './common.ts';

export const tagNameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, {
  error: 'A tag name must be 1 to 63 letters, digits, ".", "_" or "-", starting with a letter or digit.',
});

export const tagValueSchema = z
  .string()
  .max(200, { error: 'Must have at most 200 characters.' })
  .refine(isOneLine, {
    error: 'Must be one line of visible text. Remove control characters and invisible characters.',
  });

const MAX_TAGS = 20;

/** The tags of an entry: values by name. */
export const tagsSchema = (description: string) =>
  z
    .record(tagNameSchema, tagValueSchema)
    .refine((tags) => Object.keys(tags).length <= MAX_TAGS, { error: `Must have at most ${MAX_TAGS} tags.` })
    .meta({ description: `${description} At most ${MAX_TAGS}.`, example: { team: 'shop' } });

/** Tags in an update by RFC 7396. */
export const tagsPatchSchema = z
  .record(tagNameSchema, tagValueSchema.nullable())
  .nullable()
  .optional()
  .meta({
    description: 'The tags to update. The others stay, and null deletes one. Null for all: no tags.',
    example: { team: 'shop', stage: null },
  });

const FORM = 'Must be a tag as `name`, which any value matches, or as `name:value`.';

/** `name`, which any value matches, or `name:value`. A name has no colon, and a value may have one. */
export const tagSelectorSchema = z
  .string({ error: FORM })
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}(:[^\n]{0,200})?$/, { error: FORM })
  .refine(isOneLine, { error: FORM })
  .meta({ description: 'A tag: `name`, which any value matches, or `name:value`.', example: 'team:shop' });
