// Owns what every page of a status page shares: head, header with logo and links, footer. Does not load anything from other
// origins but the logo that the page is configured with.
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { FAVICON_PATH, Mark } from '../ui/icons.tsx';
import { pageStylePath } from './accent.ts';
import { feedPathOf, pathOf, type Rendering, titleOf } from './rendering.tsx';

/** An open page shows a new outage at most this late. The reader can turn it off (WCAG 2.2, 2.2.1). */
const REFRESH_SECONDS = 30;

interface PageLayoutProps {
  of: Rendering;
  title: string;
  refreshes?: boolean;
  children?: Child;
}

export const PageLayout = ({ of, title, refreshes = false, children }: PageLayoutProps) => {
  const { page, texts, noRefresh } = of;
  const { config } = page;
  const attributes = {
    ...(texts.direction === 'rtl' ? { dir: 'rtl' as const } : {}),
    ...(config.theme === 'auto' ? {} : { class: config.theme }),
  };
  return (
    <>
      {raw('<!doctype html>')}
      <html lang={texts.tag} {...attributes}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content={config.theme === 'auto' ? 'light dark' : config.theme} />
          {config.noindex || page.access.type !== 'public' ? <meta name="robots" content="noindex" /> : null}
          {refreshes && !noRefresh ? <meta http-equiv="refresh" content={String(REFRESH_SECONDS)} /> : null}
          <title>{`${title} – ${titleOf(of)}`}</title>
          {config.description ? <meta name="description" content={config.description} /> : null}
          <link rel="icon" href={FAVICON_PATH} type="image/svg+xml" />
          <link rel="stylesheet" href={pageStylePath(config.accentColor)} />
          <link rel="alternate" type="application/rss+xml" href={feedPathOf(of, '/feed.rss')} />
        </head>
        <body>
          <a class="skip" href="#content">
            {texts.frame.skip}
          </a>
          <div class="page">
            <Header of={of} />
            <main id="content" tabindex={-1}>
              {children}
            </main>
            <Footer of={of} refreshes={refreshes} />
          </div>
        </body>
      </html>
    </>
  );
};

const Header = ({ of }: { of: Rendering }) => {
  const { config } = of.page;
  return (
    <header class="top">
      {config.logoUrl === null ? <Mark /> : <img class="logo" src={config.logoUrl} alt="" />}
      <p>
        <a href={pathOf(of, '/')}>{titleOf(of)}</a>
      </p>
      {config.links.length === 0 ? null : (
        <nav aria-label={of.texts.frame.moreLinks}>
          {config.links.map(({ text, url }) => (
            <a href={url} rel="noopener">
              {text}
            </a>
          ))}
        </nav>
      )}
    </header>
  );
};

const Footer = ({ of, refreshes }: { of: Rendering; refreshes: boolean }) => {
  const { texts, page, base, formats, noRefresh, copyUrl } = of;
  const { frame } = texts;
  const links: [path: string, text: string][] = [
    [pathOf(of, '/'), frame.status],
    [pathOf(of, '/history'), frame.history],
    [feedPathOf(of, '/feed.rss'), frame.feed],
    [feedPathOf(of, '/maintenance.ics'), frame.calendar],
    ...(page.config.subscriptions
      ? ([[pathOf(of, '/subscribe'), frame.subscribe]] as [string, string][])
      : []),
  ];
  return (
    <footer>
      <p>
        {frame.timesIn(formats.zone)}{' '}
        {!refreshes ? null : noRefresh ? (
          <>
            {frame.refreshOff} <a href="?">{frame.turnOn}</a>
          </>
        ) : (
          <>
            {frame.refreshes(REFRESH_SECONDS)} <a href="?noRefresh">{frame.turnOff}</a>
          </>
        )}
      </p>
      {copyUrl === null ? null : (
        <p>
          {texts.copy.ifNoAnswer}: <a href={copyUrl}>{copyUrl.replace(/^https?:\/\//, '')}</a>
        </p>
      )}
      <p>
        {links.map(([path, text]) => (
          <>
            <a href={path}>{text}</a> ·{' '}
          </>
        ))}
        {/* The host of a page serves no API. */}
        {base === '' && page.host === null ? (
          <>
            <a href="/api/v1/status">{frame.statusAsJson}</a> ·{' '}
            <a href="/api/v1/docs">{frame.apiReference}</a> ·{' '}
          </>
        ) : null}
        {frame.poweredBy('probemesh')}
      </p>
    </footer>
  );
};
