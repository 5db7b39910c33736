// Who may do what. Tokens are known by their SHA-256 only; everything under /api/v1 is closed unless it is listed open.
import type { MiddlewareHandler } from 'hono';
import type { HttpEnv } from './context.ts';
import { problem } from './problems.ts';

/** What a token may do. `admin` may do everything; narrower roles join here. */
export type Role = 'admin';

/** The only paths of the API that everybody may read. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/api/v1/status', '/api/v1/openapi.json', '/api/v1/docs']);

const REALM = 'Bearer realm="probemesh"';

/** Lets through whoever presents a known token, and records its role. */
export const authenticate: MiddlewareHandler<HttpEnv> = async (c, next) => {
  if (OPEN_PATHS.has(c.req.path)) return next();
  const header = c.req.header('authorization');
  if (header === undefined) {
    const detail = 'Send the admin token in a header: Authorization: Bearer <token>.';
    return problem('unauthorized', detail, [], { 'www-authenticate': REALM });
  }
  const token = /^Bearer +([\x21-\x7e]+) *$/i.exec(header)?.[1];
  const role = token === undefined ? null : await roleOf(token, c.get('config').adminTokenSha256);
  if (role === null) {
    const detail =
      'This token is not known. Check it, and that the header reads Authorization: Bearer <token>.';
    return problem('unauthorized', detail, [], { 'www-authenticate': `${REALM}, error="invalid_token"` });
  }
  c.set('role', role);
  await next();
};

async function roleOf(token: string, adminTokenSha256: string): Promise<Role | null> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)));
  return isSame(digest, adminTokenSha256) ? 'admin' : null;
}

/** Takes the same time wherever the two differ. */
function isSame(digest: Uint8Array, hex: string): boolean {
  let difference = digest.length * 2 === hex.length ? 0 : 1;
  for (const [index, byte] of digest.entries()) {
    difference |= byte ^ Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16);
  }
  return difference === 0;
}
