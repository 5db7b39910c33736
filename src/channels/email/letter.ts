// Owns the mail that is made of a message: subject, text, HTML and headers, the same for every provider. Pure.
// Does not decide how a provider gets it: the files beside this one do.
import type { Link, Message, Rendered } from '../message.ts';
import { shortened } from '../plain-text.ts';
import { htmlItem, htmlOf } from './html.ts';

export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** RFC 5322, 2.1.1, allows 998 characters in a line. Pagers and lists of mails show far fewer. */
const MAX_SUBJECT = 200;

export function letterOf(message: Message, publicUrl: string): Letter {
  const links = message.links.filter(({ url }) => isWebLink(url));
  const shown = { ...message, links, items: message.items.map(withWebLinks) };
  return {
    subject: shortened(oneLine(message.templated.title ?? message.title), MAX_SUBJECT),
    text: textOf(shown).toWellFormed(),
    html: htmlOf(shown).toWellFormed(),
    headers: headersOf(message, publicUrl),
  };
}

const withWebLinks = (item: Rendered): Rendered => ({
  ...item,
  links: item.links.filter(({ url }) => isWebLink(url)),
});

const isWebLink = (url: string): boolean => /^https?:$/.test(URL.parse(url)?.protocol ?? '');

/** No header ends early, whatever the text is. */
const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();

const linkLine = ({ label, url }: Link): string => `${label}: ${url}`;

const textItem = ({ title, summary, links }: Rendered): string =>
  [`- ${title}`, `  ${summary}`, ...links.map((link) => `  ${linkLine(link)}`)].join('\n');

/** Gmail hides what is beyond 102 kB, and an API gets both parts as JSON. */
const MAX_ITEMS_BYTES = 40_000;

/** How many items, from the first on, fit into one mail. */
export function mailCapacity(items: readonly Rendered[]): number {
  let bytes = 0;
  const fitting = items.findIndex((item) => {
    bytes += new TextEncoder().encode(JSON.stringify([textItem(item), htmlItem(item)])).length;
    return bytes > MAX_ITEMS_BYTES;
  });
  return fitting === -1 ? Math.max(1, items.length) : Math.max(1, fitting);
}

function textOf(message: Message): string {
  const { title, summary, facts, links, items, templated } = message;
  const paragraphs =
    templated.body === null
      ? [
          `${title}\n${summary}`,
          facts.map(({ label, value }) => `${label}: ${value}`).join('\n'),
          ...items.map((item) =>
            [`- ${item.title}`, `  ${item.summary}`, ...item.links.map((link) => `  ${linkLine(link)}`)].join(
              '\n',
            ),
          ),
        ]
      : [templated.body];
  return `${[...paragraphs, links.map(linkLine).join('\n')].filter((part) => part !== '').join('\n\n')}\n`;
}

/**
 * The providers set Message-ID themselves. All mails of an incident refer to one id that no mail has, which puts them into one
 * thread: RFC 5322, 3.6.4. Auto-Submitted (RFC 3834) and X-Auto-Response-Suppress keep absence notes away.
 */
function headersOf(message: Message, publicUrl: string): Record<string, string> {
  const host = hostOf(publicUrl);
  const threads = threadsOf(message, host);
  return {
    ...(threads.length > 0 ? { References: threads.join(' '), 'In-Reply-To': threads[0]! } : {}),
    'List-Id': `probemesh <probemesh.${host}>`,
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'All',
    Importance: message.severity === 'critical' && !message.isDrill ? 'high' : 'normal',
    'X-Probemesh-Id': token(message.id),
  };
}

/** Amazon SES allows 870 characters in a header. */
const MAX_REFERENCES = 800;

function threadsOf({ notifications }: Message, host: string): string[] {
  const ids = notifications.flatMap(({ body }) => (body.data.incident ? [body.data.incident.id] : []));
  const threads = [...new Set(ids)].map((id) => `<${token(id)}@${host}>`);
  let length = 0;
  return threads.filter((thread) => {
    length += thread.length + 1;
    return length <= MAX_REFERENCES;
  });
}

const token = (id: string): string => id.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 200);

/** A host name as part of an id: https://www.rfc-editor.org/rfc/rfc2919#section-2 */
function hostOf(publicUrl: string): string {
  const host = URL.parse(publicUrl)?.hostname.toLowerCase() ?? '';
  return /^[a-z0-9.-]{1,200}$/.test(host) ? host : 'probemesh.invalid';
}
