// Owns the answer to a reader who may not read a status page: a form for people, the sign-in, or a challenge for programs.
// It shows nothing of the page, not even its title.
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';
import { accessTexts, showAccessPage, showOtherProvider } from './access-page.tsx';
import type { FoundPage } from './find-page.ts';
import { startHandOver } from './hand-over.ts';
import { pageHostOf } from './page-host.ts';
import { isForPrograms, pathOnPage } from './page-paths.ts';

/** RFC 7617: feed readers ask for a password then, and the key is one. */
const CHALLENGE = 'Basic realm="Status page", charset="UTF-8"';

export function refusePage(c: Context<HttpEnv>, found: FoundPage): Response | Promise<Response> {
  const { access } = found.page;
  if (isForPrograms(pathOnPage(c.req.path))) return refuseProgram(c, found);
  if (access.type !== 'sign_in') return showAccessPage(c, found, { returnPath: readPath(c) });
  if (pageHostOf(c) !== null) return startHandOver(c, found, readPath(c));
  if (c.var.authenticated?.person) return showOtherProvider(c, found);
  c.header('cache-control', 'no-store');
  return c.redirect(`/sign-in?return=${encodeURIComponent(readPath(c))}`, 303);
}

function refuseProgram(c: Context<HttpEnv>, found: FoundPage): Response {
  const { needsKey, notForPrograms } = accessTexts(c, found).access;
  const hasKey = found.page.access.type === 'password';
  return c.text(
    `${hasKey ? needsKey : notForPrograms}\n`,
    hasKey ? 401 : 403,
    hasKey ? { 'www-authenticate': CHALLENGE } : {},
  );
}

/** Where to go on afterwards: a page that was read, not a form that was sent. */
const readPath = (c: Context<HttpEnv>): string => {
  const { pathname, search } = new URL(c.req.url);
  return c.req.method === 'GET' || c.req.method === 'HEAD' ? `${pathname}${search}` : pathname;
};
