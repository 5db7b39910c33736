// Owns the picture of a badge: two texts, one colour, in the style that README files are used to. Pure. Loads nothing, runs
// nothing: a picture of another site has no font, no style and no link.
import { textWidth } from './text-width.ts';

/** Colours of shields.io by name, as its endpoint badge takes them. White text on each has a contrast of 4.5 or more. */
export const BADGE_COLORS = {
  brightgreen: '#2b7a0b',
  yellow: '#8a6d00',
  orange: '#b34b0c',
  red: '#c0341d',
  blue: '#0068a8',
  lightgrey: '#6a6a6a',
} as const;
export type BadgeColor = keyof typeof BADGE_COLORS;

export interface Badge {
  readonly label: string;
  readonly message: string;
  readonly color: BadgeColor;
}

const PADDING = 6;
const HEIGHT = 20;

/** Entities of XML 1.0, 2.4. A control character is not allowed in XML 1.0 at all. */
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ENTITIES[sign]!).replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '');

export function badgeSvg({ label, message, color }: Badge): string {
  const [left, right] = [sizeOf(label), sizeOf(message)];
  const width = left.box + right.box;
  const title = escaped(`${label}: ${message}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    `<clipPath id="r"><rect width="${width}" height="${HEIGHT}" rx="3"/></clipPath>`,
    `<g clip-path="url(#r)"><rect width="${left.box}" height="${HEIGHT}" fill="#444"/>`,
    `<rect x="${left.box}" width="${right.box}" height="${HEIGHT}" fill="${BADGE_COLORS[color]}"/></g>`,
    '<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">',
    text(label, left.box / 2, left.text),
    text(message, left.box + right.box / 2, right.text),
    '</g></svg>',
  ].join('');
}

function sizeOf(words: string): { text: number; box: number } {
  const width = Math.ceil(textWidth(words));
  return { text: width, box: width + 2 * PADDING };
}

/** `textLength` keeps the text in its box, whichever font a reader has (SVG 2, 11.4.4). */
const text = (words: string, x: number, width: number): string =>
  words === '' ? '' : `<text x="${x}" y="14" textLength="${width}">${escaped(words)}</text>`;
