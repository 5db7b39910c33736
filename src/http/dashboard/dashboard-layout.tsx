// Owns what every page of a signed-in person shares: the navigation by role, sign-out, one heading, the message of the
// change before it, and no caching. Does not own the content of the pages. Write forms with form.tsx or schema-form.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { ACCESS_SIGN_OUT_PATH } from '../../services/sign-in/sign-out.ts';
import { refusalOf } from '../access/authorize.ts';
import { csrfToken } from '../access/csrf.ts';
import { RULES } from '../access/rules.ts';
import type { Authenticated, HttpEnv } from '../context.ts';
import { Document } from '../ui/document.tsx';
import { Mark } from '../ui/icons.tsx';
import { type PageStatus, PRIVATE_CACHE, page } from '../ui/page.ts';
import { ASSET_PATHS } from './asset-paths.ts';
import { takeFlash } from './flash.ts';
import { Form } from './form.tsx';
import { Toast } from './parts/toast.tsx';
import { SectionIconImage } from './section-icons.tsx';
import { isCurrent, SECTIONS, type Section } from './sections.ts';

export interface DashboardPage {
  /** The heading of the page, and the beginning of its title. */
  readonly title: string;
  readonly content: Child;
  /** Beside the heading: what the page is for, in one sentence. */
  readonly intro?: Child;
  /** Links and buttons at the end of the heading's line. */
  readonly actions?: Child;
  /** The pages above this one, the highest first. */
  readonly above?: readonly { readonly path: string; readonly label: string }[];
  /** A script under /assets. The policy of the path has to allow it: see security-headers.ts. */
  readonly script?: string;
  /** Charts: the island draws what the page has in `data-chart`. */
  readonly hasCharts?: boolean;
}

/** Responds with a page of the dashboard. Only routes that need a person or a role may use it. */
export async function dashboardPage(
  c: Context<HttpEnv>,
  { title, content, intro, actions, above = [], script, hasCharts = false }: DashboardPage,
  status: PageStatus = 200,
) {
  const { authenticated } = c.var;
  const flash = await takeFlash(c);
  const csrf = authenticated === null ? '' : await csrfToken(c, authenticated);
  const scripts = [
    ASSET_PATHS['app.js'],
    ...(hasCharts ? [ASSET_PATHS['chart.js']] : []),
    ...(script ? [script] : []),
  ];
  return page(
    c,
    <Document
      title={`${title} – probemesh`}
      styles={[ASSET_PATHS['dashboard.css']]}
      scripts={scripts}
      data={{ 'data-csrf': csrf, ...(authenticated === null ? {} : { 'data-now': String(c.var.now) }) }}
    >
      <div class="shell">
        <header class="side">
          <p class="brand">
            <Mark />
            <a href="/dashboard">probemesh</a>
          </p>
          <Navigation c={c} />
          <SignOut c={c} />
        </header>
        <div class="body">
          <main id="content" tabindex={-1}>
            {above.length === 0 ? null : (
              <nav class="above" aria-label="Pages above">
                {above.map(({ path, label }) => (
                  <>
                    <a href={path}>{label}</a> <span aria-hidden="true">/</span>{' '}
                  </>
                ))}
              </nav>
            )}
            <div class="head">
              <h1>{title}</h1>
              {actions === undefined ? null : <div class="actions">{actions}</div>}
            </div>
            {intro === undefined ? null : <p class="intro">{intro}</p>}
            {flash === null ? null : <Toast c={c} flash={flash} />}
            {content}
          </main>
          <footer>
            <p>
              <a href="/">Status page</a> · <a href="/api/v1/docs">API reference</a> · Powered by probemesh
            </p>
          </footer>
        </div>
      </div>
    </Document>,
    status,
    PRIVATE_CACHE,
  );
}

/** On a narrow screen it is behind a button, which needs no script. */
const Navigation = ({ c }: { c: Context<HttpEnv> }) => {
  const { authenticated } = c.var;
  if (authenticated === null) return null;
  const { pathname } = new URL(c.req.url);
  const groups = SECTIONS.map((group) => group.filter((section) => isOpen(section, authenticated)));
  return (
    <>
      <input type="checkbox" id="menu" class="menu-state" />
      <label for="menu" class="menu-button">
        Menu
      </label>
      <nav class="sections" aria-label="Dashboard">
        {groups.map((group) =>
          group.length === 0 ? null : (
            <ul>
              {group.map((section) => (
                <li>
                  <a
                    href={section.path}
                    {...(isCurrent(section, pathname) ? { 'aria-current': 'page' } : {})}
                  >
                    <SectionIconImage name={section.icon} />
                    {section.label}
                  </a>
                </li>
              ))}
            </ul>
          ),
        )}
      </nav>
    </>
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

const isOpen = ({ path }: Section, authenticated: Authenticated): boolean => {
  const rule = RULES[`GET ${path}`];
  return rule !== undefined && refusalOf(rule, authenticated) === null;
};

/** Whether the person may send a form to this route, written as in RULES: pages show no button that would be refused. */
export function mayUse(c: Context<HttpEnv>, endpoint: string): boolean {
  const rule = RULES[endpoint];
  const { authenticated } = c.var;
  return rule !== undefined && authenticated !== null && refusalOf(rule, authenticated) === null;
}
