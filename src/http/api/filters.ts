// Owns the query parameters that filter lists: how they are written, and how a text is found. Does not know any list.
import { z } from 'zod';

/** Each schema is optional: a parameter that is not sent filters nothing. */
export const filterId = (description: string, example = 'web-shop', maxLength = 63) =>
  z
    .string()
    .min(1, { error: 'Must not be empty. Leave the parameter out to list all.' })
    .max(maxLength, { error: `Must have at most ${maxLength} characters.` })
    .optional()
    .meta({ description, example });

export const filterTime = (description: string) =>
  z.iso
    .datetime({ offset: true, error: 'Must be a time such as 2026-11-24T09:30:00Z.' })
    .transform((text) => Date.parse(text))
    .optional()
    .meta({ description, type: 'string', format: 'date-time', example: '2026-11-24T09:30:00Z' });

export const filterFlag = (description: string) =>
  z
    .enum(['true', 'false'], { error: 'Must be true or false.' })
    .transform((value) => value === 'true')
    .optional()
    .meta({ description, type: 'boolean', example: true });

/** A parameter that may be repeated reaches the schema as a list. Its documented type is `array`. */
const repeatable = <V extends string>(
  split: (text: string) => string[],
  errorOf: (text: string) => string | null,
) =>
  z.union([z.string(), z.array(z.string())]).transform((given, context): V[] => {
    const texts = [given].flat().flatMap(split);
    const message =
      texts.length > MAX_VALUES ? TOO_MANY : (texts.map(errorOf).find((one) => one !== null) ?? null);
    if (message === null) return texts as V[];
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

const MAX_VALUES = 20;
const TOO_MANY = `Must have at most ${MAX_VALUES} values.`;

/** One or more of the values: repeated, or separated by commas. */
export function filterValues<V extends string>(what: string, values: readonly V[]) {
  const known: readonly string[] = values;
  const list = values.map((value) => `"${value}"`).join(', ');
  return repeatable<V>(
    (text) => text.split(','),
    (text) => (known.includes(text) ? null : `Must be one of ${list}.`),
  )
    .optional()
    .meta({
      description: `Filter by ${what}. Repeat it, or separate values with commas, for any of several.`,
      type: 'array',
      items: { type: 'string', enum: [...values] },
      example: values.slice(0, 1),
    });
}

/** One or more texts that the schema accepts. */
export const filterTexts = (schema: z.ZodType<string>, description: string, example: string) =>
  repeatable<string>(
    (text) => [text],
    (text) => schema.safeParse(text).error?.issues[0]?.message ?? null,
  )
    .optional()
    .meta({ description, type: 'array', items: { type: 'string' }, example: [example] });

/** `what` names the fields that are searched. */
export const searchSchema = (what: string) =>
  z
    .string()
    .trim()
    .min(1, { error: 'Must not be empty. Leave the parameter out to list all.' })
    .max(200, { error: 'Must have at most 200 characters.' })
    .optional()
    .meta({ description: `Filter by a text in ${what}. Case does not matter.`, example: 'shop' });

/** Upper case, because "ß" and "SS", and the two forms of a small sigma, are equal only there. */
const fold = (text: string): string => text.normalize('NFC').toUpperCase().normalize('NFC');

/** A host name as it is sent: `xn--mnchen-3ya.test` for `münchen.test`. Null if it is the same. */
export function encodedHost(text: string): string | null {
  const host = URL.parse(`http://${text}`)?.hostname ?? '';
  return host.includes('xn--') ? host : null;
}

/** Whether one of the texts contains the searched one. Everything is found without a search. */
export function isFound(search: string | undefined, texts: readonly string[]): boolean {
  if (search === undefined) return true;
  const wanted = [search, encodedHost(search)].filter((one) => one !== null).map(fold);
  return texts.some((text) => wanted.some((one) => fold(text).includes(one)));
}
