// Owns the list of pages that the watchdog copies: those that every visitor may read. The watchdog signs its request.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { isSignedRequest } from '../../signed-request.ts';
import { DEFAULT_PAGE, type StatusPage } from '../../status-pages/model.ts';
import { listStatusPages, toStatusPage } from '../../store/status-pages.ts';
import type { HttpEnv } from '../context.ts';
import { problem } from '../problems.ts';

export function addWatchdogPages(app: OpenAPIHono<HttpEnv>): void {
  app.get('/watchdog/pages', async (c) => {
    const { config } = c.var;
    const { pathname, search } = new URL(c.req.url);
    const parts = { method: 'GET', path: `${pathname}${search}`, body: '' };
    // The platform's clock, which the signature is compared with.
    if (!(await isSignedRequest(config.watchdogKeys, parts, c.req.raw.headers, c.var.now)))
      return problem(
        'unauthorized',
        'The request has no valid signature of the watchdog. Deploy again, so that both have the same key.',
      );
    const stored = (await listStatusPages(config.db)).map(toStatusPage);
    const pages = stored.some(({ id }) => id === DEFAULT_PAGE.id) ? stored : [DEFAULT_PAGE, ...stored];
    c.header('cache-control', 'no-store');
    return c.json({ pages: pages.filter(({ access }) => access.type === 'public').map(toListed) });
  });
}

const toListed = ({ id, title }: StatusPage) => ({
  ...{ id, title },
  path: id === DEFAULT_PAGE.id ? '/' : `/pages/${encodeURIComponent(id)}`,
});
