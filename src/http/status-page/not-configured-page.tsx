// Owns the page of a Worker that cannot run: a secret or a variable is missing. The page names none of them, the log does.
import type { Context } from 'hono';
import { type ConfigError, logConfigError } from '../../env.ts';
import type { HttpEnv } from '../context.ts';
import { Layout } from '../ui/layout.tsx';
import { page } from '../ui/page.ts';

export function notConfiguredPage(c: Context<HttpEnv>, error: ConfigError) {
  logConfigError(error);
  return page(
    c,
    <Layout title="Not configured – Service status">
      <h1>This status page is not configured yet</h1>
      <p>It shows no service until its operator completes the configuration of the Worker.</p>
      <p>
        Operators: the log of the Worker names everything that is missing, as <code>config.invalid</code>.
      </p>
    </Layout>,
    503,
    'no-store',
  );
}
