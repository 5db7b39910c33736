// Owns the refusal of the field name `__proto__` in request bodies. JSON allows it, and the schemas' parser drops it
// without an error, so a tag or a header of that name would disappear. Does not parse bodies for the routes.
import type { MiddlewareHandler } from 'hono';
import { fieldError } from './api/field-errors.ts';
import { invalid } from './problems.ts';

const RESERVED = '__proto__';
const MESSAGE = `The field name "${RESERVED}" is reserved. Use another name.`;

/** Rejects a JSON body that has the reserved name at any depth, with the path of each. Other bodies pass. */
export const rejectReservedNames: MiddlewareHandler = async (c, next) => {
  if (!/json/i.test(c.req.header('content-type') ?? '')) return next();
  const text = await c.req.text();
  // A name may be written with escapes: "\u005f_proto__".
  if (!/__proto__|\\u00(5f|7[024]|6f)/i.test(text)) return next();
  const paths = pathsOfReserved(parseOrNull(text));
  return paths.length === 0 ? next() : invalid(paths.map((path) => fieldError(path, MESSAGE)));
};

/** Null for a text that is not JSON: the route's validation rejects it. */
function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

interface Node {
  readonly value: unknown;
  readonly key: string | number;
  readonly parent: Node | null;
}

const MAX_REPORTED = 10;
const MAX_PATH_PARTS = 50;

/** Iterative: a body of 1 MB can be nested deeper than the stack. */
function pathsOfReserved(document: unknown): (string | number)[][] {
  const found: (string | number)[][] = [];
  const open: Node[] = [{ value: document, key: '', parent: null }];
  for (let node = open.pop(); node && found.length < MAX_REPORTED; node = open.pop()) {
    const { value } = node;
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, RESERVED)) found.push([...pathOf(node), RESERVED]);
    for (const [key, child] of Object.entries(value))
      open.push({ value: child, key: Array.isArray(value) ? Number(key) : key, parent: node });
  }
  return found;
}

/** The end of a path that is longer than any document of the API. */
function pathOf(node: Node): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at = node; at.parent && path.length < MAX_PATH_PARTS; at = at.parent) path.unshift(at.key);
  return path;
}
