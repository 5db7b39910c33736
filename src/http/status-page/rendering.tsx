// Owns what every part of a page needs to show itself: texts, formats, paths, and names of locations for people.
import type { Child } from 'hono/jsx';
import { copyUrl } from '../../status-pages/copy/copy-address.ts';
import { type Formats, formatsOf } from '../../status-pages/languages/formats.ts';
import { textsFor } from '../../status-pages/languages/index.ts';
import type { Texts } from '../../status-pages/languages/texts.ts';
import type { StatusPage } from '../../status-pages/model.ts';
import { iso } from '../api/common.ts';
import type { PageHead } from './load-page.ts';

export interface Rendering {
  readonly page: StatusPage;
  /** Path before the routes of the page: empty at the root, else `/pages/<id>`. */
  readonly base: string;
  readonly now: number;
  readonly texts: Texts;
  readonly formats: Formats;
  /** The reader turned auto-refresh off. */
  readonly noRefresh: boolean;
  /** Of a reader who may read a page with a password: feed readers and calendars need it. Null: no address needs one. */
  readonly feedKey: string | null;
  /** Address of the copy of the page at another place, in the language of the reader. Null: there is none. */
  readonly copyUrl: string | null;
  /** No text counts up to now: the form is read later. */
  readonly dated: boolean;
  /** The name of a location for people. */
  place(id: string): string;
}

interface Request {
  readonly acceptLanguage: string | null | undefined;
  readonly noRefresh: boolean;
  readonly feedKey?: string | null;
  readonly pageCopyUrl?: string | null;
}

/** Of a page as it was loaded: its names of locations are for people. */
export function renderingOf(
  { page, base, now, locationNames }: Pick<PageHead, 'page' | 'base' | 'now' | 'locationNames'>,
  { acceptLanguage, noRefresh, feedKey = null, pageCopyUrl = null }: Request,
): Rendering {
  const texts = textsFor(page.config.language, acceptLanguage);
  const formats = formatsOf(texts, page.config.timeZone);
  return {
    ...{ page, base, now, noRefresh, texts, formats, feedKey, dated: false },
    copyUrl: copyUrl(pageCopyUrl, page, texts.tag),
    place: (id) => locationNames[id] ?? id,
  };
}

/** Where the default page has its title from the language. */
export const titleOf = ({ page, texts }: Pick<Rendering, 'page' | 'texts'>): string =>
  page.id === 'default' && page.title === 'Service status' ? texts.frame.defaultTitle : page.title;

/** The path of a part of the page. `/` is the page itself. */
export const pathOf = ({ base }: Pick<Rendering, 'base'>, path: string): string =>
  path === '/' ? base || '/' : `${base}${path}`;

/** The path of what a program reads: with the key of the page, if it needs it. */
export const feedPathOf = (of: Pick<Rendering, 'base' | 'feedKey'>, path: string): string =>
  of.feedKey === null ? pathOf(of, path) : `${pathOf(of, path)}?key=${encodeURIComponent(of.feedKey)}`;

/** A private-use character that stands for an element within a text. */
export const SLOT = '\uE000';

/** A text of a language, with elements in the places of its slots. */
export const Phrase = ({ text, slots }: { text: string; slots: readonly Child[] }) => (
  <>{text.split(/(\uE000)/).map((part) => (part === SLOT ? slots[0] : part))}</>
);

export const Time = ({ at, exact, of: { formats } }: { at: number; exact?: boolean; of: Rendering }) => (
  <time datetime={iso(at)}>{formats.time(at, exact)}</time>
);

/** The time since `since`, with the exact time in the title. */
export const Ago = ({ since, of: { formats, now } }: { since: number; of: Rendering }) => (
  <time datetime={iso(since)} title={formats.time(since)}>
    {formats.duration(now - since)}
  </time>
);

const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/;

/** A name within a sentence: a right-to-left name does not turn the words around it (UAX #9, 2.4: FSI and PDI). */
export const isolated = (name: string): string => (RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name);
