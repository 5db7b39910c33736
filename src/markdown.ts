// Owns the Markdown that people write for readers: as HTML that runs nothing and loads nothing, and as plain text.
// Two layers: micromark escapes all HTML and drops dangerous protocols (https://github.com/micromark/micromark#security).
// Then every tag of its output is written anew from the list below, so that a mistake there reaches no reader.
import { micromark } from 'micromark';

/** Tags without attributes that pass. Everything else is escaped, rewritten below, or dropped. */
const PLAIN_TAGS = new Set(
  ['p', 'em', 'strong', 'code', 'pre', 'blockquote', 'ul', 'li', 'br', 'hr', 'ol'].flatMap((tag) => [
    tag,
    `/${tag}`,
  ]),
);

/** The title of an incident is a heading of the third level: those of its text are below it. */
const HEADING = /^(\/?)h([1-6])$/;
const demoted = (level: number): number => Math.min(6, level + 3);

/** A relative address would mean another page in a mail, in a feed, and at a page's own host. */
const ABSOLUTE = /^(?:https?:\/\/[^/]|mailto:[^/])/i;

/** micromark escapes `<`, `>`, `"` and `&` in everything that is not a tag of its own, values of attributes included. */
const TAG = /<(\/?[a-z][a-z0-9]*)((?:"[^"]*"|[^">])*)>/gi;
const attribute = (attributes: string, name: string): string =>
  new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';

const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Links open no window, pass on no rank and, by the headers of a page, no address. Images become links: a reader loads nothing. */
export function markdownToHtml(markdown: string): string {
  let isLinked = false;
  let end = 0;
  let html = '';
  const source = micromark(markdown, { extensions: [{ disable: { null: costly(markdown) } }] });
  for (const match of source.matchAll(TAG)) {
    const [whole, name, attributes] = match as unknown as [string, string, string];
    html += withoutTags(source.slice(end, match.index));
    end = match.index + whole.length;
    const tag = name.toLowerCase();
    const heading = HEADING.exec(tag);
    if (heading) html += `<${heading[1]}h${demoted(Number(heading[2]))}>`;
    else if (tag === 'ol') html += orderedList(attribute(attributes, 'start'));
    else if (PLAIN_TAGS.has(tag)) html += `<${tag}>`;
    else if (tag === 'a') {
      const href = attribute(attributes, 'href');
      isLinked = ABSOLUTE.test(href);
      if (isLinked) html += openLink(href);
    } else if (tag === '/a') {
      if (isLinked) html += '</a>';
      isLinked = false;
    } else if (tag === 'img') html += image(attributes, isLinked);
    else html += escapeText(whole);
  }
  return html + withoutTags(source.slice(end));
}

/** micromark takes quadratic time for these. A text that people write has far fewer of them. */
const MAX_MARKS = 400;

/** Constructs that a text has so often that they stay as they are written. */
function costly(markdown: string): string[] {
  const many = (mark: RegExp): boolean => (markdown.match(mark)?.length ?? 0) > MAX_MARKS;
  return [...(many(/[*_]/g) ? ['attention'] : []), ...(many(/>/g) ? ['blockQuote'] : [])];
}

/** What is between two tags has none. */
const withoutTags = (text: string): string => text.replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const openLink = (href: string): string => `<a href="${href}" rel="nofollow noopener">`;

const orderedList = (start: string): string => (/^\d{1,9}$/.test(start) ? `<ol start="${start}">` : '<ol>');

function image(attributes: string, isLinked: boolean): string {
  const [address, text] = [attribute(attributes, 'src'), attribute(attributes, 'alt')];
  if (isLinked || !ABSOLUTE.test(address)) return text;
  return `${openLink(address)}${text === '' ? address : text}</a>`;
}

/** Without markup, for mails and messages: links keep their address, and items of lists their mark. */
export function markdownToText(markdown: string): string {
  let href = '';
  let text = '';
  let end = 0;
  let linkStart = 0;
  const lists: (number | null)[] = [];
  const html = markdownToHtml(markdown);
  for (const match of html.matchAll(TAG)) {
    const [whole, tag, attributes] = match as unknown as [string, string, string];
    text += decoded(html.slice(end, match.index));
    end = match.index + whole.length;
    if (tag === 'ol') lists.push(Number(attribute(attributes, 'start') || 1));
    else if (tag === 'ul') lists.push(null);
    else if (tag === '/ol' || tag === '/ul') lists.pop();
    if ((tag === 'ol' || tag === 'ul') && html[end] === '\n') end += 1;
    if (tag === 'li') text += itemMark(lists);
    else if (tag === 'hr') text += '\n---\n';
    else if (tag === 'a') [href, linkStart] = [decoded(attribute(attributes, 'href')), text.length];
    else if (tag === '/a' && text.slice(linkStart) !== href.replace(/^mailto:/i, '')) text += ` (${href})`;
    if (BLOCK_ENDS.has(tag)) text += '\n';
  }
  return (text + decoded(html.slice(end)))
    .replaceAll(/[ \t]+\n/g, '\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

const BLOCK_ENDS = new Set(['/p', '/pre', '/blockquote', '/h4', '/h5', '/h6']);

function itemMark(lists: (number | null)[]): string {
  const indent = '  '.repeat(Math.max(0, lists.length - 1));
  const number = lists.at(-1);
  if (number === null || number === undefined) return `${indent}- `;
  lists[lists.length - 1] = number + 1;
  return `${indent}${number}. `;
}

const decoded = (html: string): string =>
  html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
