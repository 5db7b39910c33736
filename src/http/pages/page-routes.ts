// Owns the routes of status pages: each exists at the root, for the default page or that of the host, and below
// `/pages/<id>`. Finds the page and enforces its access, so that no route of a page can forget it.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { DEFAULT_PAGE, type StatusPage } from '../../status-pages/model.ts';
import type { HttpEnv } from '../context.ts';
import { notFoundPage } from './not-found-page.tsx';

/** Where the routes of a page begin. */
const PREFIXES = ['', '/pages/:page'] as const;

export interface RequestedPage {
  readonly page: StatusPage;
  /** Path before the routes of the page: empty at the root, else `/pages/<id>`. */
  readonly base: string;
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
      const requested = await findPage(c);
      return requested === null ? notFoundPage(c) : handler(c, requested);
    });
  }
}

/** Null if the page does not exist. */
async function findPage(c: Context<HttpEnv>): Promise<RequestedPage | null> {
  const id = c.req.param('page');
  if (id === undefined) return { page: DEFAULT_PAGE, base: '' };
  return id === DEFAULT_PAGE.id ? { page: DEFAULT_PAGE, base: `/pages/${id}` } : null;
}
