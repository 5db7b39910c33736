// Owns texts of one line for values that have more than an input of a form keeps: control characters as escapes, and values of
// JSON that are no object. Pure.

const NAMES: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n', '\t': '\\t', '\\': '\\\\' };
const CHARACTERS = Object.fromEntries(Object.entries(NAMES).map(([character, name]) => [name, character]));

/** `PING\r\n` for a text that ends with CR LF. */
export const escaped = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what an input does not keep.
  text.replace(/[\\\u0000-\u001f\u007f]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(2, '0');
    return NAMES[character] ?? `\\x${code}`;
  });

/** What is no escape stays as it was typed: `\d`. */
export const unescaped = (text: string): string =>
  text.replace(/\\(?:x[0-9a-fA-F]{2}|[rnt\\])/g, (code) =>
    code[1] === 'x' ? String.fromCharCode(Number.parseInt(code.slice(2), 16)) : CHARACTERS[code]!,
  );

/** A number, true, false and null as JSON. Any other text is itself, and in quotes if it would be read as one of these. */
export const scalarText = (value: unknown): string =>
  typeof value === 'string' && value !== '' && readScalar(value) === value ? value : JSON.stringify(value);

export function readScalar(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    // A number of more digits than JavaScript keeps stays a text.
    if (typeof value === 'number' && text.replace(/\D/g, '').length > 15) return text;
    return typeof value === 'object' && value !== null ? text : value;
  } catch {
    return text;
  }
}
