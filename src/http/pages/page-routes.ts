// Owns the routes of status pages: each exists at the root, for the default page or that of the host, and below
// `/pages/<id>`. Finds the page and enforces its access, so that no route of a page can forget it, and marks what no cache and
// no search engine may keep.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';
import { IMAGE_ORIGIN } from '../security-headers.ts';
import { PRIVATE_CACHE } from '../ui/page.ts';
import { type FoundPage, findPage } from './find-page.ts';
import { isHidden, takesToken } from './hidden-page.ts';
import { notFoundPage } from './not-found-page.tsx';
import { isPublicPage, mayRead, readPageSecrets } from './page-access.ts';
import { needsNoAccess } from './page-paths.ts';
import { refusePage } from './refuse-page.tsx';

/** Where the routes of a page begin. */
const PREFIXES = ['', '/pages/:page'] as const;

export interface RequestedPage extends FoundPage {
  /** Only then may a cache keep an answer. */
  readonly isPublic: boolean;
  /** For the links to feeds, of a reader who knows the password. Null: the addresses work without a key, or not for programs. */
  readonly feedKey: string | null;
}

type PageHandler = (c: Context<HttpEnv>, requested: RequestedPage) => Response | Promise<Response>;

/** `path` begins with a slash. Add a rule of access for each with `pageRules`. */
export function addPageRoute(
  app: OpenAPIHono<HttpEnv>,
  method: 'get' | 'post',
  path: string,
  handler: PageHandler,
): void {
  for (const prefix of PREFIXES) {
    const full = prefix !== '' && path === '/' ? prefix : `${prefix}${path}`;
    app[method](full, async (c) => {
      const found = await findPage(c);
      if (found === null) return notFoundPage(c);
      const hidden = isHidden(found, Boolean(c.var.authenticated?.person));
      if (hidden && !takesToken(path)) return notFoundPage(c);
      const isPublic = isPublicPage(found);
      const response = await answer(c, found, isPublic, needsNoAccess(path), handler);
      // A wrong token shows no more than a wrong page.
      if (hidden && response.status === 404) {
        for (const header of ['x-robots-tag', IMAGE_ORIGIN]) c.header(header, undefined);
        return notFoundPage(c);
      }
      return marked(response, found, isPublic);
    });
  }
}

async function answer(
  c: Context<HttpEnv>,
  found: FoundPage,
  isPublic: boolean,
  isOpen: boolean,
  handler: PageHandler,
): Promise<Response> {
  if (isPublic || isOpen) return handler(c, { ...found, isPublic, feedKey: null });
  if (!(await mayRead(c, found))) return refusePage(c, found);
  const secrets = await readPageSecrets(c.var.config, found);
  return handler(c, { ...found, isPublic, feedKey: secrets?.feedKey ?? null });
}

/** Search engines read the header with every kind of answer (developers.google.com/search/docs/crawling-indexing/robots-meta-tag). */
function marked(response: Response, { page: { config } }: FoundPage, isPublic: boolean): Response {
  const copy = new Response(response.body, response);
  if (config.logoUrl !== null) copy.headers.set(IMAGE_ORIGIN, new URL(config.logoUrl).origin);
  if (!isPublic || config.noindex) copy.headers.set('x-robots-tag', 'noindex');
  if (!isPublic) {
    copy.headers.set('cache-control', PRIVATE_CACHE);
    // Who forgets `no-store` must at least not give the answer to another reader.
    copy.headers.append('vary', 'Cookie, Authorization');
  }
  return copy;
}
