// Owns what surrounds a copy: head, header, footer. The copy loads nothing and runs nothing: its style is in it, and its links lead
// to the page itself, or to the same copy in another language.
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { copyFile } from '../../status-pages/copy/copy-address.ts';
import type { Slots } from '../../status-pages/copy/template.ts';
import type { Texts } from '../../status-pages/languages/texts.ts';
import { type Rendering, titleOf } from '../status-page/rendering.tsx';
import { FAVICON, Mark } from '../ui/icons.tsx';

/** What every part of a copy needs. */
export interface CopyContext {
  readonly of: Rendering;
  readonly slots: Slots;
  /** Absolute address of the page, without a trailing slash. */
  readonly url: string;
  /** Of all documents of the copy, the first one first. */
  readonly languages: readonly Texts[];
  /** The coordinator does not answer. */
  readonly silent: boolean;
}

const ICON = `data:image/svg+xml,${encodeURIComponent(FAVICON)}`;

export const CopyFrame = ({
  context,
  title,
  children,
}: {
  context: CopyContext;
  title: string;
  children?: Child;
}) => {
  const { of, slots, url, languages } = context;
  const { texts, page, formats } = of;
  const { theme } = page.config;
  const attributes = {
    ...(texts.direction === 'rtl' ? { dir: 'rtl' as const } : {}),
    ...(theme === 'auto' ? {} : { class: theme }),
  };
  const others = languages.filter(({ tag }) => tag !== texts.tag);
  return (
    <>
      {raw('<!doctype html>')}
      <html lang={texts.tag} {...attributes}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content={theme === 'auto' ? 'light dark' : theme} />
          <meta name="robots" content="noindex" />
          <meta name="referrer" content="no-referrer" />
          <title>{`${title} – ${titleOf(of)}`}</title>
          <link rel="canonical" href={`${url}/`} />
          <link rel="icon" href={ICON} type="image/svg+xml" />
          {raw(`<style>${slots.style}</style>`)}
        </head>
        <body>
          <a class="skip" href="#content">
            {texts.frame.skip}
          </a>
          <div class="page">
            <header class="top">
              <Mark />
              <p>
                <a href={`${url}/`}>{titleOf(of)}</a>
              </p>
              {others.length === 0 ? null : (
                <nav aria-label={texts.subscribers.page.language}>
                  {others.map(({ tag, copy }) => (
                    <a href={copyFile(languages, tag)} lang={tag} hreflang={tag}>
                      {copy.languageName}
                    </a>
                  ))}
                </nav>
              )}
            </header>
            <main id="content" tabindex={-1}>
              {children}
            </main>
            <footer>
              <p>{texts.frame.timesIn(formats.zone)}</p>
              <p>
                {texts.copy.livePage}: <a href={`${url}/`}>{url}</a> · {texts.frame.poweredBy('probemesh')}
              </p>
            </footer>
          </div>
        </body>
      </html>
    </>
  );
};

/** A time that the watchdog fills in. */
export const SlotTime = ({
  name,
  context: { slots },
  tag,
}: {
  name: 'taken' | 'confirmed' | 'since';
  context: Pick<CopyContext, 'slots'>;
  tag: string;
}) => <time datetime={slots.iso(name)}>{slots.time(name, tag)}</time>;
