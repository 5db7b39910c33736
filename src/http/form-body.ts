// Owns reading the form that a request brings. A form that does not parse is a mistake of the sender, and not a bug of ours.
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { problem } from './problems.ts';

/** More names than any form has, with all its rows. Each row that a form lacks is drawn, so their number counts. */
const MAX_NAMES = 2_000;

/** Hono keeps the parsed body, so a form can be read more than once. */
export async function parseForm(
  c: Context,
  /** `all`: a name that repeats has a list of its values. */
  options: { readonly all?: boolean } = {},
): Promise<Readonly<Record<string, unknown>>> {
  try {
    // Hono caches the first result, whatever a later call asks for.
    const body: Record<string, unknown> = await c.req.parseBody({ all: true });
    if (Object.keys(body).length > MAX_NAMES) throw unreadable(TOO_MANY);
    if (options.all) return body;
    return Object.fromEntries(
      Object.entries(body).map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value]),
    );
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw unreadable('The form cannot be read. Reload the page, and send it again.');
  }
}

const TOO_MANY = `The form has more than ${MAX_NAMES} fields. Reload the page, and send fewer rows at once.`;

const unreadable = (detail: string): HTTPException =>
  new HTTPException(400, { res: problem('malformed', detail) });
