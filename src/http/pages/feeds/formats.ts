// Owns the formats of a feed: RSS 2.0, Atom and JSON Feed. Pure. Written by hand: the package `feed` puts texts into CDATA and
// escapes only the first end of it, so that a text of people could close it (docs/adr/0068).
import { type Feed, type FeedEntry, xmlText } from './entries.ts';

const DECLARATION = '<?xml version="1.0" encoding="utf-8"?>';

const element = (name: string, text: string, attributes = ''): string =>
  `<${name}${attributes}>${xmlText(text)}</${name}>`;

/** RFC 822 with a year of four digits: https://www.rssboard.org/rss-specification */
const rssDate = (at: number): string => new Date(at).toUTCString();
const isoDate = (at: number): string => new Date(at).toISOString();

/** https://www.rssboard.org/rss-specification, and `atom:link` of https://www.rssboard.org/rss-profile#namespace-elements-atom-link */
export const rss = ({ title, language, url, updatedAt, entries }: Feed): string =>
  [
    DECLARATION,
    '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>',
    ...[element('title', title), element('link', url), element('description', title)],
    ...[element('language', language), element('lastBuildDate', rssDate(updatedAt)), '<ttl>5</ttl>'],
    `<atom:link href="${xmlText(`${url}/feed.rss`)}" rel="self" type="application/rss+xml"/>`,
    ...entries.map(rssItem),
    '</channel></rss>\n',
  ].join('');

const rssItem = ({ id, url, title, at, html }: FeedEntry): string =>
  [
    '<item>',
    ...[element('title', title), element('link', url), element('guid', id, ' isPermaLink="false"')],
    ...[element('pubDate', rssDate(at)), element('description', html), '</item>'],
  ].join('');

/** RFC 4287. */
export const atom = ({ title, language, url, updatedAt, entries }: Feed): string =>
  [
    DECLARATION,
    `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${xmlText(language)}">`,
    ...[element('id', `${url}/feed.atom`), element('title', title), element('updated', isoDate(updatedAt))],
    `<author>${element('name', title)}</author>`,
    `<link rel="self" type="application/atom+xml" href="${xmlText(`${url}/feed.atom`)}"/>`,
    `<link rel="alternate" type="text/html" href="${xmlText(url)}"/>`,
    ...entries.map(atomEntry),
    '</feed>\n',
  ].join('');

const atomEntry = ({ id, url, title, at, html }: FeedEntry): string =>
  [
    '<entry>',
    ...[element('id', id), element('title', title), element('updated', isoDate(at))],
    ...[element('published', isoDate(at)), `<link rel="alternate" type="text/html" href="${xmlText(url)}"/>`],
    ...[element('content', html, ' type="html"'), '</entry>'],
  ].join('');

/** https://www.jsonfeed.org/version/1.1/ */
export const jsonFeed = ({ title, language, url, entries }: Feed): string =>
  JSON.stringify({
    version: 'https://jsonfeed.org/version/1.1',
    ...{ title, language, home_page_url: url, feed_url: `${url}/feed.json` },
    authors: [{ name: title }],
    items: entries.map((entry) => ({
      ...{ id: entry.id, url: entry.url, title: entry.title, content_html: entry.html },
      date_published: isoDate(entry.at),
    })),
  });
