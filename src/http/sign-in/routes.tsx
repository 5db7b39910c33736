// Owns the routes of the pages before and after a session. Does not verify credentials, and does not end sessions.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { safeReturnPath } from '../access/return-path.ts';
import type { HttpEnv } from '../context.ts';
import { signInPage } from './sign-in-layout.tsx';
import { showSignIn } from './sign-in-page.tsx';

export function addSignInPages(app: OpenAPIHono<HttpEnv>): void {
  app.get('/sign-in', async (c) => {
    const returnPath = safeReturnPath(c.req.query('return'));
    // A change of credentials asks for a recent sign-in, also of a person who is signed in.
    const isAgain = c.req.query('again') !== undefined;
    return c.var.authenticated === null || isAgain
      ? showSignIn(c, { returnPath })
      : c.redirect(returnPath, 303);
  });

  app.get('/signed-out', (c) =>
    signInPage(c, {
      title: 'You are signed out',
      content: (
        <div class="plain">
          <p>The session has ended on this device. Sessions on other devices continue.</p>
          <a class="button" href="/sign-in">
            Sign in again
          </a>
        </div>
      ),
    }),
  );
}
