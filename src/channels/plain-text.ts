// Owns text from people and targets as plain text of a notification: one line, no markup, no hidden characters. Pure.
// Does not redact secrets: probes and coordinator have done that before.

/** Control characters, line separators, and format characters that hide or reorder text. Joiners of emoji and scripts stay. */
const INVISIBLE =
  /[\p{Cc}\p{Zl}\p{Zp}\u00AD\u061C\u115F\u1160\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF9-\uFFFB]|[\u{E0000}-\u{E007F}]/gu;

/** Receivers put the text into HTML, Slack or a terminal. Without these two characters none of them reads a tag in it. */
const BRACKETS: Readonly<Record<string, string>> = { '<': '‹', '>': '›' };

export const plain = (text: string): string =>
  text
    .toWellFormed()
    .replace(INVISIBLE, ' ')
    .replace(/[<>]/g, (bracket) => BRACKETS[bracket]!)
    .replace(/\s+/g, ' ')
    .trim();

/** At most `length` UTF-16 units, without half a character at the end. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text
    .slice(0, Math.max(0, length - 1))
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()}…`;
}
