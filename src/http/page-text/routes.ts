// Owns the routes of a page as text: Markdown, and `llms.txt`. Does not decide who may read them.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';
import { addPageRoute, type RequestedPage } from '../pages/page-routes.ts';
import { loadPage } from '../status-page/load-page.ts';
import type { PageView } from '../status-page/page-view.ts';
import { type Rendering, renderingOf } from '../status-page/rendering.tsx';
import { PUBLIC_CACHE } from '../ui/page.ts';
import { llmsText } from './llms-text.ts';
import { pageMarkdown } from './page-markdown.ts';

export function addPageTextRoutes(app: OpenAPIHono<HttpEnv>): void {
  addPageRoute(app, 'get', '/index.md', async (c, requested) => {
    const { view, of } = await load(c, requested);
    return text(c, pageMarkdown(view, of), 'text/markdown');
  });

  addPageRoute(app, 'get', '/llms.txt', async (c, requested) => {
    const { view, of } = await load(c, requested);
    return text(c, llmsText(view, of, requested.feedKey), 'text/plain');
  });
}

async function load(
  c: Context<HttpEnv>,
  requested: RequestedPage,
): Promise<{ view: PageView; of: Rendering }> {
  const view = await loadPage(c.var.config, requested, c.var.now, c.var.comparedClock);
  // In the language of the page: programs send no other.
  return { view, of: renderingOf(view, { acceptLanguage: null, noRefresh: false }) };
}

const text = (c: Context<HttpEnv>, content: string, type: string) =>
  c.body(content, 200, { 'content-type': `${type}; charset=utf-8`, 'cache-control': PUBLIC_CACHE });
