// Owns how a person who signed in at PUBLIC_URL reads a status page that has its own host, which has no sign-in and no session.
// The page's host remembers a random value in the browser and sends it to PUBLIC_URL. There, the session counts, and a signed
// text returns, which works for that browser only, for a minute. Nothing is stored.
import type { Context } from 'hono';
import { hashToken, newId } from '../../services/tokens.ts';
import type { HttpEnv } from '../context.ts';
import { showFailedHandOver, showOtherProvider } from './access-page.tsx';
import type { FoundPage } from './find-page.ts';
import { notFoundPage } from './not-found-page.tsx';
import { isSignedIn } from './page-access.ts';
import { readPageCookie, writePageCookie } from './page-cookies.ts';
import { readGrant, signGrant } from './page-grant.ts';
import { pageHostOf } from './page-host.ts';
import { safePagePath } from './page-return-path.ts';

const WAIT_SECONDS = 600;
const TOKEN_SECONDS = 60;
/** A session that ends closes the page this much later at most. */
export const HAND_OVER_GRANT_SECONDS = 3_600;

const SUBJECT = /^[0-9a-f]{64}$/;

/** From the page's host to PUBLIC_URL. */
export async function startHandOver(c: Context<HttpEnv>, found: FoundPage, path: string): Promise<Response> {
  const nonce = newId('hnd');
  writePageCookie(c, 'hand-over', found, `${nonce} ${path}`, WAIT_SECONDS);
  const subject = await hashToken(nonce);
  const { publicUrl } = c.var.config;
  return c.redirect(`${publicUrl}/pages/${found.page.id}/access/hand-over?for=${subject}`, 303);
}

/** The second half at PUBLIC_URL, and the third at the page's host. */
export function finishHandOver(c: Context<HttpEnv>, found: FoundPage): Response | Promise<Response> {
  return pageHostOf(c) === null ? sendBack(c, found) : accept(c, found);
}

async function sendBack(c: Context<HttpEnv>, found: FoundPage): Promise<Response> {
  const { page, base } = found;
  const { config, now, authenticated } = c.var;
  const subject = c.req.query('for') ?? '';
  const isServed = page.host !== null && config.pageHosts.includes(page.host);
  if (page.access.type !== 'sign_in' || !isServed || !SUBJECT.test(subject)) return notFoundPage(c);
  if (!authenticated?.person) {
    const back = `${base}/access/hand-over?for=${subject}`;
    return c.redirect(`/sign-in?return=${encodeURIComponent(back)}`, 303);
  }
  if (!(await isSignedIn(c, page.access))) return showOtherProvider(c, found);
  const expiresAt = now + TOKEN_SECONDS * 1000;
  const token = await signGrant(config, 'hand-over', page, { subject, expiresAt });
  // Only to the host of the row, which is one of PAGE_HOSTS.
  return c.redirect(`https://${page.host}/access/hand-over?token=${token}`, 303);
}

async function accept(c: Context<HttpEnv>, found: FoundPage): Promise<Response> {
  const { config, now } = c.var;
  const [nonce = '', path = '/'] = (readPageCookie(c, 'hand-over', found) ?? '').split(' ', 2);
  const token = await readGrant(config, 'hand-over', found.page, c.req.query('token'), now);
  // Another browser's token, or an old one. Beginning again would be a circle without cookies.
  if (token === null || token.subject !== (await hashToken(nonce))) return showFailedHandOver(c, found);
  const expiresAt = now + HAND_OVER_GRANT_SECONDS * 1000;
  const value = await signGrant(config, 'grant', found.page, { subject: newId('grt'), expiresAt });
  writePageCookie(c, 'page', found, value, HAND_OVER_GRANT_SECONDS);
  writePageCookie(c, 'hand-over', found, '', 0);
  return c.redirect(safePagePath(found.base, path), 303);
}
