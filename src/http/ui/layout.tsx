// Owns what every page shares: head, skip link, landmarks, footer. Does not load anything from other origins.
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { FAVICON_PATH, Mark } from './icons.tsx';
import { STYLE_PATH } from './style.ts';

interface LayoutProps {
  title: string;
  /** The name of the site, in the header. The heading of the page is in `children`. */
  home?: string;
  /** `reference` is the widest, `narrow` fits one short form. */
  width?: 'reference' | 'dashboard' | 'narrow';
  /** At the end of the header: who is signed in. */
  account?: Child;
  /** Below the header. */
  nav?: Child;
  /** Path of a module. */
  script?: string;
  /** Where the page goes on at once. */
  continueAt?: string;
  children?: Child;
}

export const Layout = ({
  title,
  home = 'Service status',
  width,
  account,
  nav,
  script,
  continueAt,
  children,
}: LayoutProps) => (
  <>
    {raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        {continueAt ? <meta http-equiv="refresh" content={`0; url=${continueAt}`} /> : null}
        <title>{title}</title>
        <link rel="icon" href={FAVICON_PATH} type="image/svg+xml" />
        <link rel="stylesheet" href={STYLE_PATH} />
        {script ? <script type="module" src={script} /> : null}
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to content
        </a>
        <div class={width ? `page ${width}` : 'page'}>
          <header class="top">
            <Mark />
            <p>
              <a href="/">{home}</a>
            </p>
            {account}
          </header>
          {nav}
          <main id="content" tabindex={-1}>
            {children}
          </main>
          <footer>
            <p>
              <a href="/">Status</a> · <a href="/api/v1/status">Status as JSON</a> ·{' '}
              <a href="/api/v1/docs">API reference</a> · Powered by probemesh
            </p>
          </footer>
        </div>
      </body>
    </html>
  </>
);
