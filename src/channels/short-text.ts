// Owns texts that fit the limits of receivers which show plain text: cut at whole characters, by UTF-16 units or by bytes of
// UTF-8. Pure.
import type { Message, Rendered } from './message.ts';

const encoder = new TextEncoder();

export const bytesOf = (text: string): number => encoder.encode(text).length;

/** At most `limit` bytes of UTF-8, without half a character at the end. */
export function shortenedBytes(text: string, limit: number): string {
  if (bytesOf(text) <= limit) return text;
  const ellipsis = '…';
  let size = bytesOf(ellipsis);
  let kept = '';
  for (const character of text) {
    size += bytesOf(character);
    if (size > limit) break;
    kept += character;
  }
  return `${kept.trimEnd()}${ellipsis}`;
}

/** No client makes a link of it that its text does not show, even if it reads Markdown. */
const withoutLinks = (text: string): string => text.replaceAll('](', '] (');

/** One line of a list for a notification that is gathered with others. */
export const itemLine = ({ title }: Rendered): string => `• ${withoutLinks(title)}`;

/** How many lines fit, each with its line break, at least 1. `sizeOf` counts as the vendor does. */
export function linesThatFit(
  lines: readonly string[],
  limit: number,
  sizeOf: (text: string) => number,
): number {
  let size = 0;
  let count = 0;
  for (const line of lines) {
    size += sizeOf(line) + 1;
    if (size > limit) break;
    count += 1;
  }
  return Math.max(1, count);
}

/** The link that a button shows first: people acknowledge there, and read about the incident. */
export const firstLink = ({ links }: Rendered): Rendered['links'][number] | undefined =>
  links.find(({ kind }) => kind === 'acknowledge') ?? links[0];

export const titleOf = ({ templated, title }: Message): string => withoutLinks(templated.title ?? title);

/** The template's text, or the summary. Of a gathered message, the summary is above the list. */
export const bodyOf = ({ templated, summary }: Message): string => withoutLinks(templated.body ?? summary);
