// Owns how pages are requested: the `limit` and the opaque cursor of a list. Does not know what a list is ordered by.
import { z } from 'zod';

const CURSOR_HELP = 'Send the `nextCursor` of the previous page unchanged.';

/** Opaque on purpose: the content may change. */
export const encodeCursor = (text: string): string =>
  btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

function decodeCursor(cursor: string): string | null {
  if (!/^[A-Za-z0-9_-]+$/.test(cursor) || cursor.length % 4 === 1) return null;
  return atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
}

/** `parse` gives the position that `encodeCursor` encoded. Null if the text is not a position. */
export const cursorSchema = <P>(parse: (text: string) => P | null) =>
  z
    .string()
    .max(600)
    .transform((cursor, context): P => {
      const text = decodeCursor(cursor);
      const position = text === null ? null : parse(text);
      if (position !== null) return position;
      context.addIssue({ code: 'custom', message: `Invalid cursor. ${CURSOR_HELP}` });
      return z.NEVER;
    })
    .meta({ description: `The position of the page. ${CURSOR_HELP}`, type: 'string' });

/** `what` names the entries in the description. */
export const limitSchema = (what: string, standard = 20) =>
  z
    .string()
    .regex(/^([1-9]|[1-9][0-9]|100)$/, { error: 'Must be a whole number from 1 to 100.' })
    .default(String(standard))
    .meta({
      description: `The maximum number of ${what} per page.`,
      type: 'integer',
      minimum: 1,
      maximum: 100,
      default: standard,
      example: standard,
    });

export const nextCursorSchema = z
  .string()
  .nullable()
  .meta({ description: 'The cursor of the next page. Null on the last page.' });
