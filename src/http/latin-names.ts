// Owns loading what ids of names in any script need, before a write of the API makes them. Does not make ids.
import type { MiddlewareHandler } from 'hono';
import { loadLatin } from '../services/latin.ts';

/** After the body is limited. Later reads of the body come from the cache of the request. */
export const readAnyScript: MiddlewareHandler = async (c, next) => {
  if (/json/i.test(c.req.header('content-type') ?? '')) await loadLatin(await c.req.text());
  return next();
};
