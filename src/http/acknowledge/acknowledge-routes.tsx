// Owns the routes of a signed link. Reading the page changes nothing, so a link preview acknowledges nothing: only the form
// does. The token is the permission, and the origin of the form counts as for every form: see access/csrf.ts.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { readAcknowledgeToken } from '../../acknowledge-link.ts';
import { actByLink, findLinked, type Linked } from '../../services/incidents/act-by-channel.ts';
import { originOf } from '../access/authenticate.ts';
import { isThrottled } from '../access/failed-tokens.ts';
import { isOneLine } from '../api/common.ts';
import type { HttpEnv } from '../context.ts';
import { readForm } from '../dashboard/form.tsx';
import { MAX_NAME_LENGTH, PAUSES, showAcknowledgePage, showLinkProblem } from './acknowledge-page.tsx';

export function addAcknowledgePages(app: OpenAPIHono<HttpEnv>): void {
  app.get('/acknowledge/:token', async (c) => {
    const found = await readLink(c);
    if (!('linked' in found)) return found.refused;
    const done = c.req.query('done') !== undefined;
    return showAcknowledgePage(c, { ...found, done });
  });

  app.post('/acknowledge/:token', async (c) => {
    const found = await readLink(c);
    if (!('linked' in found)) return found.refused;
    const { name = '', pause = 'end' } = await readForm(c);
    const typedName = name.trim();
    const error = nameError(typedName);
    if (error !== null) return showAcknowledgePage(c, { ...found, done: false, error });
    const { authenticated, config, now } = c.var;
    const acted = await actByLink(config, found.linked, {
      signedIn: authenticated?.person ? authenticated.caller : null,
      typedName,
      snoozeMinutes: Object.hasOwn(PAUSES, pause) ? PAUSES[pause]!.minutes : null,
      ...{ origin: originOf(c), now },
    });
    // An incident that ended, or that another person took meanwhile: the page shows it.
    return c.redirect(`${found.path}${acted.ok && acted.value.changed ? '?done' : ''}`, 303);
  });
}

interface FoundLink {
  readonly linked: Linked;
  readonly path: string;
}

/** Nothing is read for a token that this mesh did not sign. */
async function readLink(
  c: Context<HttpEnv>,
): Promise<FoundLink | { readonly refused: Response | Promise<Response> }> {
  c.header('x-robots-tag', 'noindex');
  const token = c.req.param('token') ?? '';
  const link = await readAcknowledgeToken(c.var.config, token);
  if (link === null) return { refused: showLinkProblem(c, (await isThrottled(c)) ? 'throttled' : 'unknown') };
  if (link.expiresAt <= c.var.now) return { refused: showLinkProblem(c, 'expired') };
  const linked = await findLinked(c.var.config, link);
  return linked === null
    ? { refused: showLinkProblem(c, 'gone') }
    : { linked, path: `/acknowledge/${token}` };
}

function nameError(name: string): string | null {
  if (name.length > MAX_NAME_LENGTH) return `Must have at most ${MAX_NAME_LENGTH} characters.`;
  return name === '' || isOneLine(name)
    ? null
    : 'Must be one line of visible text. Remove control characters and invisible characters.';
}
