// Owns which route answers a request: the method and the path of the handler, as the tables of routes write them.
import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';
import { RULES } from './rules.ts';

/**
 * `GET /api/v1/monitors/:id`. Undefined if no handler matches: middleware has every method. Of several that match, such as
 * `/monitors/_new` and `/monitors/:id`, the first one answers.
 */
export function endpointOf(c: Context): string | undefined {
  const first = matchedRoutes(c).find(({ method }) => method !== 'ALL');
  return first && `${first.method} ${first.path}`;
}

/** Whether a route of status pages answers: each page has its own access. */
export function isPageRoute(c: Context): boolean {
  const endpoint = endpointOf(c);
  return endpoint !== undefined && Object.hasOwn(RULES, endpoint) && RULES[endpoint] === 'page';
}
