// Owns what every page of a signed-in person shares: the navigation by role, sign-out, one heading, and no caching.
// Does not own the content of the pages. Write forms with form.tsx.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { ACCESS_SIGN_OUT_PATH } from '../../services/sign-in/sign-out.ts';
import { refusalOf } from '../access/authorize.ts';
import { RULES } from '../access/rules.ts';
import type { Authenticated, HttpEnv } from '../context.ts';
import { Layout } from '../ui/layout.tsx';
import { type PageStatus, PRIVATE_CACHE, page } from '../ui/page.ts';
import { Form } from './form.tsx';

/** Sections of the dashboard, in the order of the navigation. A person sees those that RULES let them open. */
const SECTIONS = [
  { path: '/dashboard/reports', label: 'Reports' },
  { path: '/dashboard/account', label: 'Account' },
  { path: '/dashboard/people', label: 'People' },
  { path: '/dashboard/keys', label: 'API keys' },
  { path: '/dashboard/audit', label: 'Audit log' },
] as const;

export interface DashboardPage {
  /** The heading of the page, and the beginning of its title. */
  readonly title: string;
  readonly content: Child;
  /** A file under /assets. The policy of the path has to allow scripts: see security-headers.ts. */
  readonly script?: string;
}

/** Responds with a page of the dashboard. Only routes that need a person or a role may use it. */
export function dashboardPage(
  c: Context<HttpEnv>,
  { title, content, script }: DashboardPage,
  status: PageStatus = 200,
) {
  return page(
    c,
    <Layout
      title={`${title} – probemesh`}
      home="probemesh"
      account={<SignOut c={c} />}
      nav={<Navigation c={c} />}
      width="dashboard"
      {...(script === undefined ? {} : { script })}
    >
      <h1>{title}</h1>
      {content}
    </Layout>,
    status,
    PRIVATE_CACHE,
  );
}

const Navigation = ({ c }: { c: Context<HttpEnv> }) => {
  const { authenticated } = c.var;
  if (authenticated === null) return null;
  const { pathname } = new URL(c.req.url);
  return (
    <nav class="sections" aria-label="Dashboard">
      <ul>
        {SECTIONS.filter(({ path }) => isOpen(path, authenticated)).map(({ path, label }) => (
          <li>
            <a href={path} {...(isWithin(pathname, path) ? { 'aria-current': 'page' } : {})}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
};

const SignOut = ({ c }: { c: Context<HttpEnv> }) => {
  const { authenticated } = c.var;
  if (!authenticated?.person) return null;
  const name = <span>{authenticated.person.name}</span>;
  // Access ends its own session, at an address of its own: a form could not be redirected there.
  if (authenticated.session === null)
    return (
      <p class="sign-out">
        {name}
        <a class="button quiet" href={ACCESS_SIGN_OUT_PATH}>
          Sign out
        </a>
      </p>
    );
  return (
    <Form c={c} action="/sign-out" class="sign-out">
      {name}
      <button type="submit" class="quiet">
        Sign out
      </button>
    </Form>
  );
};

const isOpen = (path: string, authenticated: Authenticated): boolean => {
  const rule = RULES[`GET ${path}`];
  return rule !== undefined && refusalOf(rule, authenticated) === null;
};

const isWithin = (pathname: string, path: string): boolean =>
  pathname === path || pathname.startsWith(`${path}/`);
