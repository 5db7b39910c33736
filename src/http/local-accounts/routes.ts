// Owns which routes local accounts have, and the asset of their pages.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../context.ts';
import { addCredentialRoutes } from './account-routes.tsx';
import { addInvitationPages } from './invitation-routes.tsx';
import { addPasskeySignIn } from './passkey-routes.ts';
import { PASSKEY_SCRIPT, PASSKEY_SCRIPT_PATH } from './passkey-script.ts';
import { addPasswordSignIn } from './password-routes.tsx';
import { addSetupPages } from './setup-routes.tsx';

export function addLocalAccounts(app: OpenAPIHono<HttpEnv>): void {
  addPasswordSignIn(app);
  addPasskeySignIn(app);
  addSetupPages(app);
  addInvitationPages(app);
  addCredentialRoutes(app);
  app.get(PASSKEY_SCRIPT_PATH, (c) =>
    c.body(PASSKEY_SCRIPT, 200, {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    }),
  );
}
