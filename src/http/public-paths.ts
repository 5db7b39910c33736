// Owns which paths belong to the public app alone: all routes at and below them are in public-app.ts. A path that is missing here is
// answered by the whole app, which loads more.

const PLACES = new Set([
  ...['', 'incidents', 'monitors', 'history', 'access', 'subscribe', 'unsubscribe', 'pages'],
  ...['feed.rss', 'feed.atom', 'feed.json', 'maintenance.ics', 'badges', 'embed', 'index.md', 'llms.txt'],
  ...['copy.json', 'healthz', 'ping', 'watchdog', 'favicon.ico', 'robots.txt'],
]);

/** Style and icon of the pages. The other assets are scripts of the sign-in. */
const ASSETS = /^\/assets\/(?:(?:probemesh|embed)-[^/]+\.css|favicon\.svg)$/;

/** By its first segment. */
export const isPublicPath = (path: string): boolean =>
  PLACES.has(path.split('/', 2)[1] ?? '') || ASSETS.test(path);
