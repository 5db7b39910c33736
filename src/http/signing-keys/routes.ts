// Owns the address of the key directory, by which a target verifies the requests of the probes:
// draft-ietf-webbotauth-httpsig-protocol. Public: it has no secret.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { keyDirectory } from '../../services/signing-keys/key-directory.ts';
import type { HttpEnv } from '../context.ts';

const PATH = '/.well-known/http-message-signatures-directory';
const MEDIA_TYPE = 'application/http-message-signatures-directory+json';
/** A rotation publishes the new key for this long before a probe uses it: docs/guide/operations.md. */
const MAX_AGE_SECONDS = 3_600;

export function addSigningKeyRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.get(PATH, async (c) => {
    const { probePublicKeys = [] } = c.var.config;
    if (probePublicKeys.length === 0) return c.notFound();
    return c.body(JSON.stringify(await keyDirectory(probePublicKeys)), 200, {
      'content-type': MEDIA_TYPE,
      'cache-control': `public, max-age=${MAX_AGE_SECONDS}`,
      // A program in a browser may verify too.
      'access-control-allow-origin': '*',
    });
  });
}
