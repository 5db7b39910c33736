// Owns the refusal of the field name `__proto__` in request bodies. JSON allows it, and the schemas' parser drops it
// without an error, so a tag or a header of that name would disappear. Does not parse bodies for the routes.
import type { MiddlewareHandler } from 'hono';
import { fieldError } from './api/field-errors.ts';
import { pathsWhere } from './json-paths.ts';
import { invalid } from './problems.ts';

const RESERVED = '__proto__';
const MESSAGE = `The field name "${RESERVED}" is reserved. Use another name.`;

/** Rejects a JSON body that has the reserved name at any depth, with the path of each. Other bodies pass. */
export const rejectReservedNames: MiddlewareHandler = async (c, next) => {
  if (!/json/i.test(c.req.header('content-type') ?? '')) return next();
  const text = await c.req.text();
  // A name may be written with escapes: "\u005f_proto__".
  if (!/__proto__|\\u00(5f|7[024]|6f)/i.test(text)) return next();
  const paths = pathsWhere(
    text,
    (value) => typeof value === 'object' && value !== null && Object.hasOwn(value, RESERVED),
  );
  return paths.length === 0 ? next() : invalid(paths.map((path) => fieldError([...path, RESERVED], MESSAGE)));
};
