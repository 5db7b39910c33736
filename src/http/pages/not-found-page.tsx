// Owns the page for an address that does not exist.
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';
import { Layout } from '../ui/layout.tsx';
import { page } from '../ui/page.ts';

export const notFoundPage = (c: Context<HttpEnv>) =>
  page(
    c,
    <Layout title="Not found – Service status">
      <h1>Page not found</h1>
      <p>
        The address may be wrong, or the page was removed. <a href="/">Go to the status page.</a>
      </p>
    </Layout>,
    404,
    'no-store',
  );
