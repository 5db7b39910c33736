// Owns the routes of the feeds and of the calendar of a page. Feeds of a page that not every visitor may read are opened by the
// key of the page: see page-access.ts.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { listWindows } from '../../../store/windows.ts';
import type { HttpEnv } from '../../context.ts';
import { loadPage } from '../../status-page/load-page.ts';
import { PRIVATE_CACHE, PUBLIC_CACHE } from '../../ui/page.ts';
import { addPageRoute } from '../page-routes.ts';
import { calendarOf } from './calendar.ts';
import { type FeedView, feedOf } from './entries.ts';
import { atom, jsonFeed, rss } from './formats.ts';

type Windows = Parameters<typeof feedOf>[1];

const FORMATS: readonly {
  readonly path: string;
  readonly type: string;
  readonly write: (view: FeedView, windows: Windows) => string;
}[] = [
  {
    path: '/feed.rss',
    type: 'application/rss+xml; charset=utf-8',
    write: (view, windows) => rss(feedOf(view, windows)),
  },
  {
    path: '/feed.atom',
    type: 'application/atom+xml; charset=utf-8',
    write: (view, windows) => atom(feedOf(view, windows)),
  },
  {
    path: '/feed.json',
    type: 'application/feed+json; charset=utf-8',
    write: (view, windows) => jsonFeed(feedOf(view, windows)),
  },
  { path: '/maintenance.ics', type: 'text/calendar; charset=utf-8', write: calendarOf },
];

export function addFeeds(app: OpenAPIHono<HttpEnv>): void {
  for (const { path, type, write } of FORMATS)
    addPageRoute(app, 'get', path, async (c, requested) => {
      const { config, now, comparedClock } = c.var;
      const [view, windows] = await Promise.all([
        loadPage(config, requested, now, comparedClock),
        listWindows(config.db, 'maintenance'),
      ]);
      return c.body(write(view, windows), 200, {
        'content-type': type,
        'cache-control': requested.isPublic ? PUBLIC_CACHE : PRIVATE_CACHE,
      });
    });
}
