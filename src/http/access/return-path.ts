// Owns where a browser goes after a sign-in: only to a path of this site. Pure.

/** Without a wish, or with one that is not safe. */
export const DEFAULT_RETURN_PATH = '/dashboard/account';

const MAX_LENGTH = 1000;
/** Any origin: only whether the path leaves it counts. */
const BASE = 'https://probemesh.invalid';
/** Pages that a sign-in ends, or that would end the session again. */
const NOT_A_TARGET = /^\/(sign-in|sign-out|signed-out|setup|invitation)(\/|$)/;

/**
 * The path, query and fragment of `wish` if a browser stays on this site with it, else the default. Browsers read `\` as
 * `/` and drop tabs and line breaks (URL Standard, section 4.4), so the text is parsed as they do, and the result again.
 */
export function safeReturnPath(wish: string | null | undefined): string {
  if (!wish?.startsWith('/') || wish.length > MAX_LENGTH) return DEFAULT_RETURN_PATH;
  const url = URL.parse(wish, BASE);
  if (url === null || url.origin !== BASE) return DEFAULT_RETURN_PATH;
  const path = `${url.pathname}${url.search}${url.hash}`;
  const isStable =
    path.length <= MAX_LENGTH && !/^\/[/\\]/.test(path) && URL.parse(path, BASE)?.origin === BASE;
  return isStable && !NOT_A_TARGET.test(url.pathname) ? path : DEFAULT_RETURN_PATH;
}
