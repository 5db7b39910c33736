// Owns writing letters of any script in Latin. Its tables take longer to load than the rest of the Worker, and only names with
// other letters need them. Does not make ids: derived-id.ts does.

let transliterate: ((text: string) => string) | undefined;

/** Whether {@link latin} needs the tables for a text, or for a name in a JSON document. */
const needsTables = (text: string): boolean => /[^\0-\x7f]|\\u/.test(text);

/** To be awaited before {@link latin} gets a name of this text. Loads nothing for a text in ASCII. */
export async function loadLatin(text: string): Promise<void> {
  if (transliterate === undefined && needsTables(text)) ({ transliterate } = await import('transliteration'));
}

export function latin(text: string): string {
  if (!/[^\0-\x7f]/.test(text)) return text;
  if (transliterate === undefined) throw new Error('the tables of latin() are not loaded: await loadLatin()');
  return transliterate(text);
}
