// Owns the status of a page in a frame of another site: one line of state, the open incidents, one link. Has no form, no
// script and no cookie, so the site around it gains nothing by it.
import { raw } from 'hono/html';
import { headlineOf } from '../status-page/headline.ts';
import { titleOfIncident, unknownSinceIn } from '../status-page/incident-card.tsx';
import type { PageView } from '../status-page/page-view.ts';
import { type Rendering, titleOf } from '../status-page/rendering.tsx';
import { EMBED_STYLE_PATH } from './embed-style.ts';

/** A site may be open for hours, and an old state would be wrong. `?noRefresh` turns it off. */
const REFRESH_SECONDS = 60;
const MAX_INCIDENTS = 3;

export type EmbedTheme = 'auto' | 'light' | 'dark';

export const EmbedPage = ({ view, of, theme }: { view: PageView; of: Rendering; theme: EmbedTheme }) => {
  const { texts } = of;
  const { words, detail, tone } = headlineOf(view, texts);
  const open = view.incidents.filter(({ resolvedAt }) => resolvedAt === null).slice(0, MAX_INCIDENTS);
  const titles = open.map((one) => titleOfIncident(one, unknownSinceIn(view), of));
  const name = titleOf(of);
  return (
    <>
      {raw('<!doctype html>')}
      <html lang={texts.tag} {...(theme === 'auto' ? {} : { class: theme })}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          {of.noRefresh ? null : <meta http-equiv="refresh" content={String(REFRESH_SECONDS)} />}
          <title>{`${words} – ${name}`}</title>
          <link rel="stylesheet" href={EMBED_STYLE_PATH} />
        </head>
        <body>
          <main>
            <a class={tone} href={`${view.url}/`} target="_blank" rel="noopener">
              <i />
              <span>
                <h1>{words}</h1>
                {titles.length === 0 ? (
                  <small>{detail}</small>
                ) : (
                  titles.map((title) => <small>{title}</small>)
                )}
                <small>{name}</small>
              </span>
            </a>
          </main>
        </body>
      </html>
    </>
  );
};
