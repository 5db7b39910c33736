// Owns what the pages before and after a session share: sign-in, code, setup, invitation, signed out. They are narrow and
// never cached. Does not own their content. Write forms with ../dashboard/form.tsx.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { HttpEnv } from '../context.ts';
import { Layout } from '../ui/layout.tsx';
import { type PageStatus, PRIVATE_CACHE, page } from '../ui/page.ts';

export interface SignInPage {
  /** The heading of the page, and the beginning of its title. */
  readonly title: string;
  readonly content: Child;
  /** A file under /assets. The policy of the path has to allow scripts: see security-headers.ts. */
  readonly script?: string;
  /**
   * The page goes on to this address at once. Use it instead of a redirect to another origin after a form: Chromium
   * applies `form-action` to redirects as well (github.com/w3c/webappsec-csp/issues/8), so it would block that.
   */
  readonly continueAt?: string;
}

export function signInPage(
  c: Context<HttpEnv>,
  { title, content, script, continueAt }: SignInPage,
  status: PageStatus = 200,
) {
  return page(
    c,
    <Layout
      title={`${title} – probemesh`}
      home="probemesh"
      width="narrow"
      {...(script === undefined ? {} : { script })}
      {...(continueAt === undefined ? {} : { continueAt })}
    >
      <h1>{title}</h1>
      {content}
    </Layout>,
    status,
    PRIVATE_CACHE,
  );
}
