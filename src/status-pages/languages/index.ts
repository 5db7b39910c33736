// Owns the languages of status pages, and which of them a reader gets. A new language is one file and one line here.
import { de } from './de.ts';
import { en } from './en.ts';
import type { Texts } from './texts.ts';

/** English is first: readers whose languages are not here get it. */
export const LANGUAGES: readonly Texts[] = [en, de];

export const LANGUAGE_TAGS: readonly string[] = LANGUAGES.map(({ tag }) => tag);

/**
 * The texts of a page: of its setting, or for `auto` the first language of the header `Accept-Language` that exists here
 * (RFC 9110, 12.5.4; the lookup of RFC 4647, 3.4: `de-AT` gets `de`).
 */
export function textsFor(setting: string, acceptLanguage: string | null | undefined): Texts {
  if (setting !== 'auto') return find(setting) ?? en;
  for (const tag of wantedTags(acceptLanguage ?? '')) {
    const found = find(tag);
    if (found) return found;
  }
  return en;
}

const find = (tag: string): Texts | undefined =>
  LANGUAGES.find((one) => one.tag === tag.toLowerCase()) ??
  LANGUAGES.find((one) => one.tag === tag.toLowerCase().split('-')[0]);

/** A header is longer only by mistake. */
const MAX_TAGS = 20;

/** Tags in the order of their weight. A weight of 0 means: not this language. */
function wantedTags(header: string): string[] {
  return header
    .split(',', MAX_TAGS)
    .map((part) => {
      const [tag = '', ...parameters] = part.split(';').map((piece) => piece.trim());
      const weight = parameters.find((one) => one.startsWith('q='));
      return { tag, weight: weight === undefined ? 1 : Number(weight.slice(2)) };
    })
    .filter(({ tag, weight }) => tag !== '' && weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
}
