// Owns what the pages around a status page share: access, not found. They show nothing of a status page, and link to nothing
// else of this Worker.
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { FAVICON_PATH } from '../ui/icons.tsx';
import { STYLE_PATH } from '../ui/style.ts';

export const PlainPage = ({ title, children }: { title: string; children?: Child }) => (
  <>
    {raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{title}</title>
        <link rel="icon" href={FAVICON_PATH} type="image/svg+xml" />
        <link rel="stylesheet" href={STYLE_PATH} />
      </head>
      <body>
        <div class="page narrow">
          <main id="content">
            <h1>{title}</h1>
            {children}
          </main>
        </div>
      </body>
    </html>
  </>
);
