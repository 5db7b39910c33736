// Owns where a browser goes after it may read a status page: only to a path of that page. Pure.
import { DEFAULT_RETURN_PATH, safeReturnPath } from '../access/return-path.ts';

/** The path and query of `wish` if they are below the base of the page, else the page itself. */
export function safePagePath(base: string, wish: string | null | undefined): string {
  const home = base === '' ? '/' : base;
  const path = safeReturnPath(wish);
  if (path === DEFAULT_RETURN_PATH) return home;
  // Another page, or what gives access, would not be what the reader asked for.
  const { pathname } = new URL(path, 'https://probemesh.invalid');
  const isBelow = base === '' ? !/^\/pages(\/|$)/.test(pathname) : `${pathname}/`.startsWith(`${base}/`);
  return isBelow && !pathname.startsWith(`${base}/access`) ? path : home;
}
