// Owns how a refused request looks: a problem for the API, a page or the way to the sign-in for people.
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';
import { problem } from '../problems.ts';
import { Layout } from '../ui/layout.tsx';
import { PRIVATE_CACHE, page } from '../ui/page.ts';
import { isApiPath } from './api-path.ts';
import { missingCredentials } from './authenticate.ts';

const isApi = (c: Context<HttpEnv>): boolean => isApiPath(c.req.path);

/** The request has no session and no key: 401 from the API, the sign-in page otherwise. The page follows after the sign-in. */
export function askToSignIn(c: Context<HttpEnv>): Response {
  if (isApi(c)) return missingCredentials();
  const back = c.req.method === 'GET' ? `?return=${encodeURIComponent(pathOf(c))}` : '';
  c.header('cache-control', 'no-store');
  return c.redirect(`/sign-in${back}`, 303);
}

/** Path and query of the request. */
function pathOf(c: Context<HttpEnv>): string {
  const { pathname, search } = new URL(c.req.url);
  return `${pathname}${search}`;
}

/** The request is understood and not allowed. `detail` has the reason and the fix. */
export function forbid(c: Context<HttpEnv>, detail: string): Response | Promise<Response> {
  if (isApi(c)) return problem('forbidden', detail);
  return page(
    c,
    <Layout title="Not allowed – probemesh" home="probemesh" width="narrow">
      <h1>You cannot do this</h1>
      <div class="plain">
        <p>{detail}</p>
        <a class="button" href="/dashboard/account">
          Your account
        </a>
      </div>
    </Layout>,
    403,
    PRIVATE_CACHE,
  );
}
