// Owns reading the form that a request brings. A form that does not parse is a mistake of the sender, and not a bug of ours.
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { problem } from './problems.ts';

/** Hono keeps the parsed body, so a form can be read more than once. */
export async function parseForm(c: Context): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await c.req.parseBody();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const res = problem('malformed', 'The form cannot be read. Reload the page, and send it again.');
    throw new HTTPException(400, { res });
  }
}
