// Owns the routes of a sign-in at an OpenID Connect issuer, and of the sign-out. Does not verify anything itself.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { FLOW_SECONDS } from '../../services/sign-in/flow.ts';
import { beginOidc, completeOidc } from '../../services/sign-in/oidc.ts';
import { signInPerson } from '../../services/sign-in/sign-in-person.ts';
import { ACCESS_SIGN_OUT_PATH, signOut } from '../../services/sign-in/sign-out.ts';
import { findProvider, type ProviderRow } from '../../store/identity-providers.ts';
import { originOf } from '../access/authenticate.ts';
import { clearCookie, readCookie, writeCookie } from '../access/cookies.ts';
import { ownOrigin } from '../access/own-origin.ts';
import { safeReturnPath } from '../access/return-path.ts';
import type { HttpEnv } from '../context.ts';
import { signInProblemPage, unknownProviderPage } from './problem-page.tsx';
import { signInPage } from './sign-in-layout.tsx';

const SIGNED_OUT_PATH = '/signed-out';

export function addOidcRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.get('/sign-in/oidc/:provider', async (c) => {
    const { config, now } = c.var;
    const provider = await enabledProvider(c);
    if (provider === null) return unknownProviderPage(c);
    const returnPath = safeReturnPath(c.req.query('return'));
    const begun = await beginOidc(config, provider, { origin: ownOrigin(c), returnPath, now });
    if (!begun.ok) return signInProblemPage(c, begun.error.kind, provider.name);
    writeCookie(c, 'flow', begun.value.cookie, FLOW_SECONDS);
    c.header('cache-control', 'private, no-store');
    return c.redirect(begun.value.location, 303);
  });

  app.get('/sign-in/oidc/:provider/callback', async (c) => {
    const { config, now, authenticated } = c.var;
    const provider = await enabledProvider(c);
    if (provider === null) return unknownProviderPage(c);
    const { search } = new URL(c.req.url);
    const url = new URL(search, ownOrigin(c));
    const proved = await completeOidc(config, provider, { url, cookie: readCookie(c, 'flow'), now });
    if (!proved.ok) return signInProblemPage(c, proved.error.kind, provider.name);
    clearCookie(c, 'flow');
    const previousSessionId = authenticated?.session?.id ?? null;
    const signedIn = await signInPerson(config, proved.value, {
      origin: originOf(c),
      now,
      previousSessionId,
    });
    if (!signedIn.ok) return signInProblemPage(c, signedIn.error.kind, provider.name);
    writeCookie(c, 'session', signedIn.value);
    c.header('cache-control', 'private, no-store');
    return c.redirect(proved.value.returnPath, 303);
  });

  app.post('/sign-out', async (c) => {
    const { config, caller, authenticated } = c.var;
    const session = authenticated?.session ?? null;
    c.header('cache-control', 'private, no-store');
    // Access has the session. Its page is on this host.
    if (session === null) return c.redirect(ACCESS_SIGN_OUT_PATH, 303);
    const provider = await signOut(config, caller, session, ownOrigin(c) + SIGNED_OUT_PATH);
    clearCookie(c, 'session');
    return provider === null ? c.redirect(SIGNED_OUT_PATH, 303) : providerSignOutPage(c, provider);
  });
}

async function enabledProvider(c: Context<HttpEnv>): Promise<ProviderRow | null> {
  const row = await findProvider(c.var.config.db, c.req.param('provider') ?? '');
  return row?.type === 'oidc' && row.enabled ? row : null;
}

const providerSignOutPage = (
  c: Context<HttpEnv>,
  { name, url }: { readonly name: string; readonly url: string },
) =>
  signInPage(c, {
    title: 'Signed out',
    continueAt: url,
    content: (
      <>
        <p>You are signed out of probemesh. {name} ends its own session next.</p>
        <p>
          <a href={url}>Continue to {name}</a>
        </p>
      </>
    ),
  });
