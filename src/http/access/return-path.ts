// Owns where a redirect may lead that a person or a link names: only to a path of this site. Pure.

/** Without a wish, or with one that is not safe. */
export const DEFAULT_RETURN_PATH = '/dashboard/account';

const MAX_LENGTH = 1000;
/** Any origin: only whether the path leaves it counts. */
const BASE = 'https://probemesh.invalid';
/** Pages that a sign-in ends, or that would end the session again. */
const NOT_A_TARGET = /^\/(sign-in|sign-out|signed-out|setup|invitation)(\/|$)/;

/**
 * The path, query and fragment of `wish` if a browser stays on this site with it, else null. Browsers read `\` as `/` and
 * drop tabs and line breaks (URL Standard, section 4.4), so the text is parsed as they do, and the result again.
 */
export function ownPath(wish: string): string | null {
  const url = wish.startsWith('/') ? URL.parse(wish, BASE) : null;
  if (url === null || url.origin !== BASE) return null;
  const path = `${url.pathname}${url.search}${url.hash}`;
  return !/^\/[/\\]/.test(path) && URL.parse(path, BASE)?.origin === BASE ? path : null;
}

/** `wish` as a path of this site that a person may want after a sign-in, else the default. */
export function safeReturnPath(wish: string | null | undefined): string {
  if (!wish || wish.length > MAX_LENGTH) return DEFAULT_RETURN_PATH;
  const path = ownPath(wish);
  if (path === null || path.length > MAX_LENGTH) return DEFAULT_RETURN_PATH;
  return NOT_A_TARGET.test(new URL(path, BASE).pathname) ? DEFAULT_RETURN_PATH : path;
}
