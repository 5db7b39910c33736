// Owns which addresses the Worker's cache may know, and under which key: every form of a status page, and the public status.
// Pure. Does not decide whether a response is public: its `cache-control` does, so nothing of a page with an access rule is kept.
import { textsFor } from '../status-pages/languages/index.ts';

type Parameters = Readonly<Record<string, RegExp>>;

const ANY = /^/;
/** Its presence counts. */
const NO_REFRESH = 'noRefresh';
const PAGE: Parameters = { [NO_REFRESH]: ANY };

/** The parameters that make another response. Every other parameter is ignored, by the page and by the cache. */
const PATHS_OF_PAGES: readonly (readonly [RegExp, Parameters])[] = [
  [/^\/$/, PAGE],
  [/^\/incidents\/[^/]+$/, PAGE],
  [/^\/monitors\/[^/]+$/, { ...PAGE, range: /^(24h|7d|90d)$/ }],
  [/^\/history(\/[^/]+)?$/, PAGE],
  [/^\/(feed\.(rss|atom|json)|maintenance\.ics|index\.md|llms\.txt|copy\.json)$/, {}],
  [/^\/api\/v2\/.+$/, {}],
  [/^\/badges\/.+$/, { label: ANY, days: /^\d{1,2}$/ }],
  [/^\/embed$/, { ...PAGE, theme: /^(auto|light|dark)$/ }],
];

/** The API refuses parameters that it does not know, before it reads D1. */
const STATUS_PATH = '/api/v1/status';
const STATUS_PARAMETERS = ['verdict', 'group', 'limit', 'cursor'];

/** A longer query is not kept: it is not of a form that a page links to. */
const MAX_QUERY = 400;

/** Null if no cache may answer. A cookie, or a parameter that a page does not know, makes no other response. */
export function cacheKeyOf(request: Request): string | null {
  const { origin, pathname, searchParams, search } = new URL(request.url);
  if (request.method !== 'GET' || request.headers.has('authorization')) return null;
  if (search.length > MAX_QUERY) return null;
  if (pathname === STATUS_PATH) {
    const names = [...searchParams.keys()];
    return names.every((name) => STATUS_PARAMETERS.includes(name)) ? `${origin}${pathname}${search}` : null;
  }
  const path = pathname.replace(/^\/pages\/[^/]+/, '') || '/';
  const known = PATHS_OF_PAGES.find(([pattern]) => pattern.test(path))?.[1];
  if (!known) return null;
  const kept = new URLSearchParams();
  for (const [name, allowed] of Object.entries(known)) {
    const value = searchParams.get(name);
    if (value !== null && allowed.test(value)) kept.set(name, name === NO_REFRESH ? '' : value);
  }
  kept.set('language', textsFor('auto', request.headers.get('accept-language')).tag);
  return `${origin}${pathname}?${kept}`;
}
