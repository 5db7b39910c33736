// Small schemas that several entities share. Plain zod: Node reads these files too, for `npm start --config`.
import { z } from 'zod';

/** No line breaks, no other controls, none that turn the direction of what follows. */
export function isOneLine(text: string): boolean {
  return !/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text);
}

/** A slug: what a person may choose as an id. */
export const idSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, {
    error:
      'Write lower-case letters, digits and hyphens, beginning with a letter or digit, at most 63 characters.',
  })
  .meta({ description: 'A slug: lower-case letters, digits and hyphens.', example: 'web-shop' });

/** A name for people: trimmed, one line. */
export const nameSchema = z
  .string()
  .trim()
  .min(1, { error: 'Write a name of 1 to 120 characters.' })
  .max(120, { error: 'Write a name of 1 to 120 characters.' })
  .refine(isOneLine, { error: 'Remove the control characters: a name is one line of text.' })
  .meta({ description: 'A name for people: one line of 1 to 120 characters.', example: 'Web shop' });

/** An instant: ISO 8601, UTC, with milliseconds. */
export const timeSchema = z.iso
  .datetime()
  .meta({ description: 'ISO 8601, UTC.', example: '2026-11-24T09:30:00.000Z' });

/** `"all"`, or a list of ids without repetition. `what` names the things in messages. */
export function allOrIds(what: string, id: z.ZodType<string>) {
  const error = `Write "all", or a list of 1 to 100 ${what} ids, each once.`;
  const list = z.array(id).min(1, { error }).max(100, { error }).refine(isUnique, { error });
  return z.union([z.literal('all'), list], { error });
}

function isUnique(ids: readonly string[]): boolean {
  return new Set(ids).size === ids.length;
}

/** An instant for the wire. */
export const iso = (ms: number): string => new Date(ms).toISOString();

export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));
