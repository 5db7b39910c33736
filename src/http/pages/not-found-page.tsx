// Owns the page for an address that does not exist. On the host of a status page, it names nothing else of this Worker.
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';
import { Layout } from '../ui/layout.tsx';
import { page } from '../ui/page.ts';
import { pageHostOf } from './page-host.ts';
import { PlainPage } from './plain-page.tsx';

export const notFoundPage = (c: Context<HttpEnv>) =>
  page(
    c,
    pageHostOf(c) === null ? (
      <Layout title="Not found – Service status">
        <h1>Page not found</h1>
        {c.req.path.startsWith('/dashboard/') ? <DashboardText /> : <Text />}
        <SignInHint c={c} />
      </Layout>
    ) : (
      <PlainPage title="Page not found">
        <Text />
      </PlainPage>
    ),
    404,
    'no-store',
  );

/** A page for people who sign in looks like this to all others: see hidden-page.ts. */
const SignInHint = ({ c }: { c: Context<HttpEnv> }) => {
  const { pathname, search } = new URL(c.req.url);
  if (c.req.method === 'POST' || !pathname.startsWith('/pages/') || c.var.authenticated?.person) return null;
  return (
    <p>
      Some status pages are for people who sign in.{' '}
      <a href={`/sign-in?return=${encodeURIComponent(`${pathname}${search}`)}`}>Sign in.</a>
    </p>
  );
};

const DashboardText = () => (
  <p>
    The address may be wrong, or the page was removed. <a href="/dashboard">Go to the dashboard.</a>
  </p>
);

const Text = () => (
  <p>
    The address may be wrong, or the page was removed. <a href="/">Go to the status page.</a>
  </p>
);
