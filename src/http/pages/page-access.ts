// Owns who may read a status page: ONE rule for its HTML, feeds, badges, API, embed and Markdown. Does not ask a reader for a
// password, and gives nothing.
import type { Context } from 'hono';
import { timingSafeEqual } from 'hono/utils/buffer';
import type { Config } from '../../env.ts';
import { log } from '../../log.ts';
import { openPageSecrets, type PageSecrets } from '../../services/status-pages/page-secrets.ts';
import type { PageAccess } from '../../status-pages/model.ts';
import { listEnabledProviders } from '../../store/identity-providers.ts';
import type { HttpEnv } from '../context.ts';
import type { FoundPage } from './find-page.ts';
import { readPageCookie } from './page-cookies.ts';
import { readGrant } from './page-grant.ts';
import { pageHostOf } from './page-host.ts';
import { isForPrograms, pathOnPage } from './page-paths.ts';

export const isPublicPage = ({ page }: Pick<FoundPage, 'page'>): boolean => page.access.type === 'public';

/** Whether the request may read the page. An unknown type of access, from a newer version, is closed. */
export async function mayRead(c: Context<HttpEnv>, found: FoundPage): Promise<boolean> {
  const { access } = found.page;
  switch (access.type) {
    case 'public':
      return true;
    case 'password':
      return (await hasGrant(c, found)) || (await hasKey(c, found));
    case 'email':
      return hasGrant(c, found);
    case 'sign_in':
      // Sessions are of the other host: a page with its own host has a grant for each of them.
      return pageHostOf(c) === null ? isSignedIn(c, access) : hasGrant(c, found);
    default:
      return false;
  }
}

async function hasGrant(c: Context<HttpEnv>, found: FoundPage): Promise<boolean> {
  const { config, now } = c.var;
  return (await readGrant(config, 'grant', found.page, readPageCookie(c, 'page', found), now)) !== null;
}

/** The secrets of the page. Null if it has none, or if no configured key opens them: then the page stays closed. */
export async function readPageSecrets(config: Config, { row, page }: FoundPage): Promise<PageSecrets | null> {
  try {
    return row === null ? null : await openPageSecrets(config, row);
  } catch (error) {
    log.error('page.secrets_unreadable', { page: page.id, error });
    return null;
  }
}

/** Only paths that programs read: an address with a key in the history of a browser opens no page for people. */
async function hasKey(c: Context<HttpEnv>, found: FoundPage): Promise<boolean> {
  if (!isForPrograms(pathOnPage(c.req.path))) return false;
  const given = givenKey(c);
  if (given === null) return false;
  const secrets = await readPageSecrets(c.var.config, found);
  return secrets !== null && timingSafeEqual(given, secrets.feedKey);
}

/** `?key=`, a bearer token, or the password of RFC 7617, which is what feed readers can send. */
function givenKey(c: Context<HttpEnv>): string | null {
  const query = c.req.query('key');
  if (query !== undefined) return query;
  const [, scheme = '', value = ''] =
    /^(Bearer|Basic) +(\S+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme === '') return null;
  try {
    return atob(value).split(':').slice(1).join(':');
  } catch {
    return null;
  }
}

/** Whether a person who signed in may read a page for some identity providers. */
export async function isSignedIn(
  c: Context<HttpEnv>,
  { providers }: Extract<PageAccess, { type: 'sign_in' }>,
): Promise<boolean> {
  const { authenticated, config } = c.var;
  const person = authenticated?.person;
  if (!person) return false;
  if (providers === null) return true;
  if (person.issuer === 'local') return providers.includes('local');
  if (authenticated.session) return providers.includes(authenticated.session.method);
  // Cloudflare Access has no session.
  const known = await listEnabledProviders(config.db, 'cloudflare_access');
  return known.some(({ id, issuer }) => issuer === person.issuer && providers.includes(id));
}
