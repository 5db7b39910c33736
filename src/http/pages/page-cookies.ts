// Owns the cookies of status pages: which page a browser may read, and a hand-over that is in progress. Does not know whether
// a grant is valid.
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { DEFAULT_PAGE } from '../../status-pages/model.ts';
import type { HttpEnv } from '../context.ts';
import type { FoundPage } from './find-page.ts';

type PageCookie = 'page' | 'hand-over';

/** Browsers take a `__Secure-` cookie over TLS only (RFC 6265bis, section 4.1.3.1), and from http://localhost. */
const nameOf = (cookie: PageCookie, { page }: FoundPage): string => `__Secure-probemesh-${cookie}-${page.id}`;

/** No other page gets the cookie: `/pages/shop` is not a part of `/pages/shop-2` (RFC 6265, section 5.1.4). */
const pathOf = ({ page, base }: FoundPage): string =>
  base === '' || page.id === DEFAULT_PAGE.id ? '/' : base;

export const readPageCookie = (c: Context<HttpEnv>, cookie: PageCookie, found: FoundPage): string | null =>
  getCookie(c, nameOf(cookie, found)) ?? null;

export const writePageCookie = (
  c: Context<HttpEnv>,
  cookie: PageCookie,
  found: FoundPage,
  value: string,
  maxAgeSeconds: number,
): void =>
  setCookie(c, nameOf(cookie, found), value, {
    ...{ path: pathOf(found), secure: true, httpOnly: true, sameSite: 'Lax', maxAge: maxAgeSeconds },
  });
