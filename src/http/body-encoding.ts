// Owns the encoding of request bodies: JSON is UTF-8 (RFC 8259, section 8.1). A body in another encoding, or with half of a
// surrogate pair, would be stored with replacement characters. Does not parse bodies for the routes.
import type { MiddlewareHandler } from 'hono';
import { fieldError } from './api/field-errors.ts';
import { pathsWhere } from './json-paths.ts';
import { invalid, problem } from './problems.ts';
import { decodeUtf8, firstBadByte, hexOf } from './utf8.ts';

const HALF =
  'Has half of a surrogate pair, which is not a character. Write both halves, or the character itself.';

/** Rejects a body that is not UTF-8, with its first bad byte, and a text with half of a surrogate pair, with its path. */
export const requireUtf8: MiddlewareHandler = async (c, next) => {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(c.req.header('content-type') ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    const detail = `The body is declared as ${charset.slice(0, 40)}. JSON must be UTF-8: send content-type: application/json; charset=utf-8.`;
    return problem('unsupported-media-type', detail);
  }
  if (c.req.raw.body === null) return next();
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  const text = decodeUtf8(bytes);
  if (text === null) return problem('malformed', describeBadByte(bytes));
  if (!/\\u[dD][89a-fA-F]/.test(text)) return next();
  const paths = pathsWhere(text, isHalved);
  return paths.length === 0 ? next() : invalid(paths.map((path) => fieldError(path, HALF)));
};

function describeBadByte(bytes: Uint8Array): string {
  const at = firstBadByte(bytes);
  return `The body is not valid UTF-8: byte ${at} is ${hexOf(bytes[at] ?? 0)}. Encode the JSON as UTF-8.`;
}

const isHalved = (value: unknown): boolean =>
  typeof value === 'object' && value !== null
    ? !Array.isArray(value) && Object.keys(value).some((name) => !name.isWellFormed())
    : typeof value === 'string' && !value.isWellFormed();
