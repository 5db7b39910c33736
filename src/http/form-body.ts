// Owns reading the form that a request brings. A form that does not parse is a mistake of the sender, and not a bug of ours.
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { problem } from './problems.ts';

/** Hono keeps the parsed body, so a form can be read more than once. */
export async function parseForm(
  c: Context,
  /** `all`: a name that repeats has a list of its values. */
  options: { readonly all?: boolean } = {},
): Promise<Readonly<Record<string, unknown>>> {
  try {
    // Hono caches the first result, whatever a later call asks for.
    const body: Record<string, unknown> = await c.req.parseBody({ all: true });
    if (options.all) return body;
    return Object.fromEntries(
      Object.entries(body).map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value]),
    );
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const res = problem('malformed', 'The form cannot be read. Reload the page, and send it again.');
    throw new HTTPException(400, { res });
  }
}
