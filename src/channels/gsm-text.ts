// Owns the conversion of typographic characters to those of the GSM 7-bit alphabet (3GPP TS 23.038), so that one of them does
// not double the segments of a message. Pure. Other scripts stay as they are.

const REPLACEMENTS: Readonly<Record<string, string>> = {
  '…': '...',
  '‹': '(',
  '›': ')',
  '“': '"',
  '”': '"',
  '„': '"',
  '«': '"',
  '»': '"',
  '‘': "'",
  '’': "'",
  '‚': "'",
  '–': '-',
  '—': '-',
  '−': '-',
  '•': '-',
  '·': '.',
  '`': "'",
  '´': "'",
  '\u00A0': ' ',
  '\u202F': ' ',
};

const REPLACED = new RegExp(`[${Object.keys(REPLACEMENTS).join('')}]`, 'gu');

export const toGsm = (text: string): string =>
  text.replace(REPLACED, (character) => REPLACEMENTS[character] ?? character);
