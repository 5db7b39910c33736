// Owns the document around every page: head, skip link, language. Does not load anything from other origins.
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { FAVICON_PATH } from './icons.tsx';
import { STYLE_PATH } from './style.ts';

interface DocumentProps {
  readonly title: string;
  /** Paths of stylesheets beside that of all pages. */
  readonly styles?: readonly string[];
  /** Paths of modules. */
  readonly scripts?: readonly string[];
  /** Where the page goes on at once. */
  readonly continueAt?: string | undefined;
  /** Attributes of the body that scripts read. */
  readonly data?: Readonly<Record<`data-${string}`, string>>;
  readonly children?: Child;
}

export const Document = ({
  title,
  styles = [],
  scripts = [],
  continueAt,
  data = {},
  children,
}: DocumentProps) => (
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
        {[STYLE_PATH, ...styles].map((path) => (
          <link rel="stylesheet" href={path} />
        ))}
        {scripts.map((path) => (
          <script type="module" src={path} />
        ))}
      </head>
      <body {...data}>
        <a class="skip" href="#content">
          Skip to content
        </a>
        {children}
      </body>
    </html>
  </>
);
