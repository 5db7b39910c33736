// Owns the accent colour of a page: shades of it that can be read on light and on dark, and the stylesheet with them.
// A page has no style in its HTML, so an accent has an address of its own. Pure.
import { contentHash } from '../ui/content-hash.ts';
import { PAGE_CSS } from './style.ts';

/** WCAG 2.2, 1.4.3: text of any size. */
const MIN_CONTRAST = 4.5;
/** The backgrounds of links, from style.ts: the one of each theme that is closer to the text. */
const LIGHT_BACKGROUND = '#f5f6f8';
const DARK_BACKGROUND = '#161b23';
const STEP = 0.02;

type Rgb = readonly [number, number, number];

const parse = (color: string): Rgb =>
  [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)) as unknown as Rgb;
const format = (rgb: Rgb): string =>
  `#${rgb.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;

/** WCAG 2.2, relative luminance. */
function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG 2.2, contrast ratio: 1 to 21. */
export function contrast(a: string, b: string): number {
  const [low, high] = [luminance(parse(a)), luminance(parse(b))].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** The colour itself if it can be read, else the nearest one towards black or white that can. */
function readable(color: string, background: string, towards: number): string {
  const rgb = parse(color);
  for (let share = 0; share < 1; share += STEP) {
    const mixed = format(rgb.map((value) => value + (towards - value) * share) as unknown as Rgb);
    if (contrast(mixed, background) >= MIN_CONTRAST) return mixed;
  }
  return towards === 0 ? '#000000' : '#ffffff';
}

export const accentShades = (color: string): { readonly light: string; readonly dark: string } => ({
  light: readable(color, LIGHT_BACKGROUND, 0),
  dark: readable(color, DARK_BACKGROUND, 255),
});

const HASH = contentHash(PAGE_CSS);

/** Of `#rrggbb`, or of the default colours. */
export const pageStylePath = (accent: string | null): string =>
  `/assets/probemesh-${HASH}${accent === null ? '' : `-${accent.slice(1).toLowerCase()}`}.css`;

/** How the router writes the paths of stylesheets with an accent. */
export const ACCENT_PATH = `/assets/:file{probemesh-${HASH}-[0-9a-f]{6}\\.css}`;

/** The stylesheet at a path of `pageStylePath`. */
export function pageStyle(path: string): string {
  const accent = /-([0-9a-f]{6})\.css$/.exec(path)?.[1];
  if (accent === undefined) return PAGE_CSS;
  const { light, dark } = accentShades(`#${accent}`);
  return `${PAGE_CSS}:root{--link:${light};--mark:${light}}
@media (prefers-color-scheme:dark){:root:not(.light){--link:${dark};--mark:${dark}}}
:root.dark{--link:${dark};--mark:${dark}}
`;
}
