// Owns the routes of the embedded status, and its assets. Does not decide who may read it.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../context.ts';
import { addPageRoute } from '../pages/page-routes.ts';
import { loadPage } from '../status-page/load-page.ts';
import { renderingOf } from '../status-page/rendering.tsx';
import { showPage } from '../status-page/show-page.ts';
import { EmbedPage, type EmbedTheme } from './embed-page.tsx';
import { EMBED_SCRIPT, EMBED_SCRIPT_PATH } from './embed-script.ts';
import { EMBED_CSS, EMBED_STYLE_PATH } from './embed-style.ts';

export function addEmbedRoute(app: OpenAPIHono<HttpEnv>): void {
  addPageRoute(app, 'get', '/embed', async (c, requested) => {
    const view = await loadPage(c.var.config, requested, c.var.now, c.var.comparedClock);
    const acceptLanguage = c.req.header('accept-language');
    const of = renderingOf(view, { acceptLanguage, noRefresh: c.req.query('noRefresh') !== undefined });
    return showPage(
      c,
      of,
      <EmbedPage view={view} of={of} theme={themeOf(c.req.query('theme'), of.page.config.theme)} />,
    );
  });
}

const themeOf = (given: string | undefined, ofPage: EmbedTheme): EmbedTheme =>
  given === 'light' || given === 'dark' || given === 'auto' ? given : ofPage;

/** They need no configuration, like the other assets. */
export function addEmbedAssets(app: OpenAPIHono<HttpEnv>): void {
  app.get(EMBED_STYLE_PATH, (c) =>
    c.body(EMBED_CSS, 200, {
      'content-type': 'text/css; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    }),
  );
  // Its address does not change with its content, so it is kept for an hour.
  app.get(EMBED_SCRIPT_PATH, (c) =>
    c.body(EMBED_SCRIPT, 200, {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=3600',
    }),
  );
}
