// Owns lists and links in the Markdown that Discord and Mattermost share. Pure. Does not escape: each channel has its rules.
import type { Rendered } from './message.ts';

/** Characters that would end the address. In an address they mean the same when they are encoded. */
const ENDS = /[()<>\s\\*_~`|[\]"']/g;

/** `label` is escaped already. */
export const markdownLink = (label: string, url: string): string =>
  `[${label}](${url.replace(ENDS, (one) => (one === '_' || one === '~' ? one : encodeURIComponent(one).replace(/[()*'~]/g, hex)))})`;

const hex = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** As many lines as fit. A last line counts the rest, which never happens within the capacity of the channel. */
export function itemsAsMarkdown(
  items: readonly Rendered[],
  budget: number,
  textOf: (item: Rendered) => string,
): string[] {
  const lines: string[] = [];
  let size = 0;
  for (const item of items) {
    const line = textOf(item);
    size += line.length + 1;
    if (size > budget) return [...lines, `… and ${items.length - lines.length} more`];
    lines.push(line);
  }
  return lines;
}
