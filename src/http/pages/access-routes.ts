// Owns the routes that give a reader access to a status page: by its password, or by a link in a mail. GET changes nothing.
// Does not decide who may read a page: page-access.ts does.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { log } from '../../log.ts';
import { isPassword } from '../../services/local-accounts/password.ts';
import { MAX_PASSWORD_LENGTH } from '../../services/local-accounts/password-rules.ts';
import { sendPageLink } from '../../services/status-pages/send-page-link.ts';
import { newId } from '../../services/tokens.ts';
import { clientNetwork } from '../access/failed-tokens.ts';
import { inBackground } from '../access/in-background.ts';
import type { HttpEnv } from '../context.ts';
import { readForm } from '../dashboard/form.tsx';
import { accessTexts, showAccessPage, showDeadLink, showLinkPage, showMailSent } from './access-page.tsx';
import type { FoundPage } from './find-page.ts';
import { finishHandOver } from './hand-over.ts';
import { notFoundPage } from './not-found-page.tsx';
import { mayRead, readPageSecrets } from './page-access.ts';
import { beginPassword, type Counted, consumeLink, takeBackPassword } from './page-attempts.ts';
import { writePageCookie } from './page-cookies.ts';
import { readGrant, signGrant } from './page-grant.ts';
import { safePagePath } from './page-return-path.ts';
import { addPageRoute } from './page-routes.ts';

const DAY_SECONDS = 86_400;
/** A mail address can be lost with a job, a shared password cannot. */
const GRANT_SECONDS = { password: 30 * DAY_SECONDS, email: 7 * DAY_SECONDS } as const;
export const LINK_MINUTES = 30;

export function addPageAccessRoutes(app: OpenAPIHono<HttpEnv>): void {
  addPageRoute(app, 'get', '/access', async (c, found) => {
    const { type } = found.page.access;
    const returnPath = safePagePath(found.base, c.req.query('return'));
    return type === 'public' || type === 'sign_in' || (await mayRead(c, found))
      ? c.redirect(returnPath, 303)
      : showAccessPage(c, found, { returnPath }, 200);
  });

  addPageRoute(app, 'post', '/access', async (c, found) => {
    const { type } = found.page.access;
    if (type !== 'password' && type !== 'email') return notFoundPage(c);
    const form = await readForm(c);
    const returnPath = safePagePath(found.base, form.return);
    if (await isNetworkLimited(c)) return tooMany(c, found, returnPath);
    return type === 'password'
      ? openWithPassword(c, found, form.password ?? '', returnPath)
      : askForLink(c, found, form.address ?? '');
  });

  addPageRoute(app, 'get', '/access/mail', async (c, found) => {
    if (found.page.access.type !== 'email') return notFoundPage(c);
    const token = c.req.query('token') ?? '';
    const link = await readGrant(c.var.config, 'link', found.page, token, c.var.now);
    return link === null ? showDeadLink(c, found) : showLinkPage(c, found, token);
  });

  addPageRoute(app, 'post', '/access/mail', async (c, found) => {
    if (found.page.access.type !== 'email') return notFoundPage(c);
    const { config, now } = c.var;
    const { token = '' } = await readForm(c);
    const link = await readGrant(config, 'link', found.page, token, now);
    if (link === null || !(await consumeLink(config.db, found.page.id, link, now)))
      return showDeadLink(c, found);
    await grant(c, found, GRANT_SECONDS.email);
    return c.redirect(safePagePath(found.base, null), 303);
  });

  addPageRoute(app, 'get', '/access/hand-over', (c, found) =>
    found.page.access.type === 'sign_in' ? finishHandOver(c, found) : notFoundPage(c),
  );
}

async function openWithPassword(
  c: Context<HttpEnv>,
  found: FoundPage,
  password: string,
  returnPath: string,
): Promise<Response> {
  const { config, now } = c.var;
  const counted = await beginPassword(config.db, found.page.id, clientNetwork(c), now);
  if (counted === null) return tooMany(c, found, returnPath);
  const secrets = await readPageSecrets(config, found);
  const given = password.length > MAX_PASSWORD_LENGTH ? '' : password;
  if (!(await isPassword(given, secrets?.passwordHash ?? null)))
    return showAccessPage(c, found, { returnPath, error: 'wrongPassword' });
  await afterSuccess(c, counted);
  await grant(c, found, GRANT_SECONDS.password);
  return c.redirect(returnPath, 303);
}

const afterSuccess = async (c: Context<HttpEnv>, counted: Counted): Promise<void> =>
  inBackground(c, takeBackPassword(c.var.config.db, counted));

/** Everything that depends on the address happens after the answer, so that its time shows nothing either. */
function askForLink(c: Context<HttpEnv>, found: FoundPage, address: string): Response | Promise<Response> {
  const { config, now } = c.var;
  const expiresAt = now + LINK_MINUTES * 60_000;
  const link = async () =>
    `${found.url}/access/mail?token=${await signGrant(config, 'link', found.page, { subject: newId('lnk'), expiresAt })}`;
  const { tag } = accessTexts(c, found);
  inBackground(c, sendPageLink(config, found.page, { text: address, language: tag }, link, now));
  return showMailSent(c, found);
}

async function grant(c: Context<HttpEnv>, found: FoundPage, seconds: number): Promise<void> {
  const { config, now } = c.var;
  const expiresAt = now + seconds * 1000;
  const value = await signGrant(config, 'grant', found.page, { subject: newId('grt'), expiresAt });
  writePageCookie(c, 'page', found, value, seconds);
}

const tooMany = (c: Context<HttpEnv>, found: FoundPage, returnPath: string) =>
  showAccessPage(c, found, { returnPath, error: 'tooMany' }, 429);

/** Before anything is verified or sent. Counts every attempt, right or wrong. */
async function isNetworkLimited(c: Context<HttpEnv>): Promise<boolean> {
  try {
    const { success } = await c.var.config.authLimit.limit({ key: `status page ${clientNetwork(c)}` });
    return !success;
  } catch (error) {
    // The counts in D1 remain.
    log.warn('auth.limit_failed', { error });
    return false;
  }
}
