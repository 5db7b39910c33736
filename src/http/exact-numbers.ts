// Owns numbers in request bodies that a JavaScript number would round: the routes get their text. Does not parse for them.
import type { MiddlewareHandler } from 'hono';
import { keepExactNumbers } from '../../probes/checks/shared/exact-number.ts';

/** Makes 9007199254740993 in a JSON body a text, because the parser of the routes would make 9007199254740992 of it. */
export const readNumbersExactly: MiddlewareHandler = async (c, next) => {
  if (/json/i.test(c.req.header('content-type') ?? '')) {
    const text = await c.req.text();
    const exact = keepExactNumbers(text);
    // Every later read of the body comes from this cache.
    if (exact !== text) Object.assign(c.req.bodyCache, { text: Promise.resolve(exact) });
  }
  return next();
};
