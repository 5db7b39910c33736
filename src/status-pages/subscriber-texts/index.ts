// Owns the list of languages for subscribers, and which of them a page or a reader gets. Pure.
import { de } from './de.ts';
import { en, type SubscriberTexts } from './en.ts';

export type { SubscriberTexts } from './en.ts';

/** Another language is one file and one line here. */
export const SUBSCRIBER_LANGUAGES: Readonly<Record<string, { readonly name: string; readonly texts: SubscriberTexts }>> = {
  en: { name: 'English', texts: en },
  de: { name: 'Deutsch', texts: de },
};

const DEFAULT_LANGUAGE = 'en';

export const subscriberTexts = (language: string): SubscriberTexts =>
  SUBSCRIBER_LANGUAGES[knownLanguage(language)]!.texts;

/** `de-AT` is `de`. English if there is none. */
export function knownLanguage(language: string): string {
  const base = language.toLowerCase().split('-', 1)[0]!;
  return Object.hasOwn(SUBSCRIBER_LANGUAGES, base) ? base : DEFAULT_LANGUAGE;
}

/** The language of the page, or what the browser asks for first: RFC 9110, 12.5.4. */
export function readerLanguage(pageLanguage: string, acceptLanguage: string | undefined): string {
  if (pageLanguage !== 'auto') return knownLanguage(pageLanguage);
  const asked = (acceptLanguage ?? '')
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag = '', quality = ''] = part.trim().split(/\s*;\s*q=/);
      return { base: tag.toLowerCase().split('-', 1)[0]!, quality: quality === '' ? 1 : Number(quality) };
    })
    .filter(({ base, quality }) => quality > 0 && Object.hasOwn(SUBSCRIBER_LANGUAGES, base))
    .sort((a, b) => b.quality - a.quality);
  return asked[0]?.base ?? DEFAULT_LANGUAGE;
}
