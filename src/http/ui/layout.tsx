// Owns what every page for visitors shares: landmarks, header and footer.
import type { Child } from 'hono/jsx';
import { Document } from './document.tsx';
import { Mark } from './icons.tsx';

interface LayoutProps {
  title: string;
  /** The name of the site, in the header. The heading of the page is in `children`. */
  home?: string;
  /** `reference` is the widest, `narrow` fits one short form. */
  width?: 'reference' | 'narrow';
  /** At the end of the header: who is signed in. */
  account?: Child;
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
  script,
  continueAt,
  children,
}: LayoutProps) => (
  <Document title={title} scripts={script ? [script] : []} continueAt={continueAt}>
    <div class={width ? `page ${width}` : 'page'}>
      <header class="top">
        <Mark />
        <p>
          <a href="/">{home}</a>
        </p>
        {account}
      </header>
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
  </Document>
);
