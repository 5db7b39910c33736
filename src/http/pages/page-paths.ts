// Owns which paths of a status page need what: access or none, a person or a program. Pure. Paths begin after the base of the
// page: `/feed.rss`.

/**
 * Paths that need no access to the page, because they give it, or because a token in a mail is the permission. They show
 * nothing of the page.
 */
const OPEN = /^\/(access(\/.*)?|subscribe\/confirm|unsubscribe)$/;

/** Paths that programs read, which cannot fill in a form. The key of the page opens them. */
const FOR_PROGRAMS =
  /^\/(feed\.(rss|atom|json)|maintenance\.ics|index\.md|llms\.txt|embed|badges\/.+|api\/v2\/.+)$/;

export const needsNoAccess = (path: string): boolean => OPEN.test(path);

export const isForPrograms = (path: string): boolean => FOR_PROGRAMS.test(path);

/** The path of a request without the base of the page. The same for a page at the root, and below `/pages/<id>`. */
export const pathOnPage = (path: string): string => path.replace(/^\/pages\/[^/]+/, '') || '/';
