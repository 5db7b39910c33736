// Owns how people write for readers: titles, Markdown, the status of an update. Plain zod.
import { z } from 'zod';
import { UPDATE_STATUSES } from '../../status-pages/model.ts';
import type { Tags } from '../../tags.ts';
import { isOneLine } from './common.ts';
import { mergePatch } from './merge-patch.ts';

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

export function mergeTags(
  stored: Tags,
  patch: Readonly<Record<string, string | null>> | null | undefined,
): Tags {
  if (patch === undefined) return stored;
  return patch === null ? {} : (mergePatch(stored, patch) as Tags);
}
