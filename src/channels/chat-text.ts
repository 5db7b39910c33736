// Owns what the chat channels share: colours, texts that are escaped and cut to a limit, links, and which notifications belong
// to one thread. Pure. Does not know the markup of a vendor.
import { VERSION } from '../version.ts';
import type { HttpRequest } from './channel.ts';
import type { Colour, Link, Message, Rendered } from './message.ts';
import { endedBy } from './pairs.ts';

/** For a bar or a border beside the message. */
export const COLOURS: Readonly<Record<Colour, string>> = {
  red: '#D92D20',
  orange: '#F79009',
  green: '#12B76A',
  blue: '#2E90FA',
  grey: '#667085',
};

/** For receivers without colours. */
export const DOTS: Readonly<Record<Colour, string>> = {
  red: '🔴',
  orange: '🟠',
  green: '🟢',
  blue: '🔵',
  grey: '⚪',
};

const same = (character: string): string => character;
const lengthOf = (text: string): number => text.length;

/**
 * The escaped text, at most `limit` long as `sizeOf` counts it, in UTF-16 units unless given. `escapeCharacter` gets one character at
 * a time, so that neither a character nor its escape sequence is cut.
 */
export function escaped(
  text: string,
  limit: number,
  escapeCharacter: (character: string) => string = same,
  sizeOf: (text: string) => number = lengthOf,
): string {
  const parts = Array.from(text.toWellFormed(), escapeCharacter);
  let size = 0;
  // The first part from which on there is no room for the ellipsis.
  let kept = 0;
  const room = limit - sizeOf('…');
  for (const [index, part] of parts.entries()) {
    size += sizeOf(part);
    if (size <= room) kept = index + 1;
    if (size > limit) return `${parts.slice(0, kept).join('').trimEnd()}…`;
  }
  return parts.join('');
}

/** The template's text, or the text of the notification. */
export const titleOf = ({ templated, title }: Message): string => templated.title ?? title;

export const bodyOf = ({ templated, summary }: Message): string => templated.body ?? summary;

/** A template stands in place of the facts too: it names what its writer wants to read. */
export const factsOf = ({ templated, facts }: Message): Message['facts'] =>
  templated.body === null ? facts : [];

/** Links of http and https that the receiver has room for. The one that acknowledges comes first. */
export function linksOf({ links }: Rendered, maxLength: number): Link[] {
  const allowed = links.filter(({ url }) => url.length <= maxLength && isWeb(url));
  return allowed.toSorted((a, b) => Number(b.kind === 'acknowledge') - Number(a.kind === 'acknowledge'));
}

/** Where a person reads about an item of a list. */
export const pageOf = (item: Rendered, maxLength: number): Link | undefined => {
  const links = linksOf(item, maxLength);
  return links.find(({ kind }) => kind === 'incident') ?? links[0];
};

const isWeb = (url: string): boolean => /^https?:$/.test(URL.parse(url)?.protocol ?? '');

/** How many items fit, each of its size, at least 1. */
export function countThatFits(
  items: readonly Rendered[],
  budget: number,
  sizeOf: (item: Rendered) => number,
): number {
  let size = 0;
  const tooMuch = items.findIndex((item) => {
    size += sizeOf(item);
    return size > budget;
  });
  return tooMuch === -1 ? items.length : Math.max(1, tooMuch);
}

/** The same for everything about one incident or condition. A message that gathers several has none. */
export function threadOf({ notifications, items }: Message): string | null {
  const [first] = notifications;
  return items.length > 0 ? null : (first.body.data.incident?.id ?? endedBy(first) ?? first.id);
}

export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** As it counts inside a string of JSON. */
export const jsonBytesOf = (text: string): number => bytesOf(JSON.stringify(text)) - 2;

export const postJson = (
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpRequest => ({
  url,
  method: 'POST',
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': `probemesh/${VERSION}`,
    ...headers,
  },
  body: JSON.stringify(body),
});

/** Fields of the responses of vendors. Each uses some of them. */
interface ResponseFields {
  readonly error?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly description?: unknown;
  readonly parameters?: unknown;
  readonly retry_after?: unknown;
  readonly migrate_to_chat_id?: unknown;
}

/** The fields of an object. None if it is something else. */
export const fieldsOf = (value: unknown): ResponseFields =>
  typeof value === 'object' && value !== null ? value : {};

/** The response as an object. Null if it is not one, or was cut off. */
export function jsonOf(body: string): ResponseFields | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}
