// Owns small schemas that several entities share. Plain zod: Node reads these files too, for `npm start --config`.
import { z } from 'zod';

/**
 * No line breaks, no other control characters, and none that change the direction of the text. No invisible characters
 * either: two names that are shown alike must be the same. A joiner is allowed inside a word or an emoji (ZWNJ, ZWJ).
 */
export function isOneLine(text: string): boolean {
  const visible = text.replace(JOINED, '');
  return !/[\p{Cc}\p{Cs}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/u.test(visible);
}

/** Unicode 16, sections 23.2 and 23.4: joiners between letters, marks or pictures, and variants of a character. */
const JOINED =
  /(?<=[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]|\ufe0f)[\u200c\u200d](?=[\p{L}\p{Extended_Pictographic}])|(?<=[\p{Emoji}\p{S}])(?:\ufe0e|\ufe0f)/gu;

/** A slug: an id that people may choose. */
export const idSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, {
    error: 'Must be 1 to 63 lowercase letters, digits and hyphens, starting with a letter or digit.',
  })
  .meta({
    description: 'The id: 1 to 63 lowercase letters, digits and hyphens.',
    example: 'web-shop',
  });

const NAME_LENGTH = 'Must be 1 to 120 characters.';

/** A display name: trimmed, one line. */
export const nameSchema = z
  .string()
  .trim()
  .min(1, { error: NAME_LENGTH })
  .max(120, { error: NAME_LENGTH })
  .refine(isOneLine, {
    error: 'Must be one line of visible text. Remove control characters and invisible characters.',
  })
  .meta({ description: 'The display name: one line of 1 to 120 characters.', example: 'Web shop' });

/** A time: ISO 8601, UTC, with milliseconds. */
export const timeSchema = z.iso
  .datetime()
  .meta({ description: 'A time in ISO 8601, UTC.', example: '2026-11-24T09:30:00.000Z' });

/** The time of {@link timeSchema} in ms. Null and undefined stay. */
export const timeOf = <T extends string | null | undefined>(text: T) =>
  (typeof text === 'string' ? Date.parse(text) : text) as T extends string ? number : Exclude<T, string>;

/** `"all"`, or a list of unique ids. `what` names the entity in messages. An empty list never means all. */
export function allOrIds(what: string, id: z.ZodType<string>, { allowNone = false } = {}) {
  const min = allowNone ? 0 : 1;
  const error = `Must be "all" or a list of ${min} to 100 unique ${what} ids.`;
  const list = z.array(id).min(min, { error }).max(100, { error }).refine(isUnique, { error });
  return z.union([z.literal('all'), list], { error });
}

export function isUnique(ids: readonly string[]): boolean {
  return new Set(ids).size === ids.length;
}

/** A time as the API shows it. */
export const iso = (ms: number): string => new Date(ms).toISOString();

export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));
