// Owns payloads to send and to expect, as text or as hexadecimal bytes, and how bytes are shown to people. Pure.
import { z } from 'zod';

const MAX_SEND = 4_096;
const MAX_EXPECT = 512;

/** The wire sends text unchanged, in UTF-8: it adds nothing, and text has no escapes of its own. */
export const sendTextSchema = z
  .string()
  .min(1, { error: 'The text to send is empty. Enter a text, or remove the field.' })
  .max(MAX_SEND, { error: `A text to send must have at most ${MAX_SEND} characters.` })
  .refine((text) => !/\\[rn]$/.test(text), {
    error:
      'This ends in a backslash and a letter, not in a line break. In JSON, end a line with "\\r\\n", each with one backslash.',
  });

export const expectTextSchema = z
  .string()
  .min(1, { error: 'The expected text is empty. Enter a text, or remove the field.' })
  .max(MAX_EXPECT, { error: `An expected text must have at most ${MAX_EXPECT} characters.` });

const BYTE = /^[0-9a-f]{2}$/i;

export const sendHexSchema = z.string().superRefine((text, context) => {
  const bytes = pairsOf(text);
  if (bytes.length === 0 || bytes.length > MAX_SEND || !bytes.every((byte) => BYTE.test(byte)))
    context.addIssue({
      code: 'custom',
      message: `\`sendHex\` must hold 1 to ${MAX_SEND} bytes of two hexadecimal digits each, such as "00 00 00 08".`,
    });
});

export const expectHexSchema = z.string().superRefine((text, context) => {
  const bytes = pairsOf(text);
  if (
    bytes.length > 0 &&
    bytes.length <= MAX_EXPECT &&
    bytes.every((byte) => byte === '??' || BYTE.test(byte))
  )
    return;
  context.addIssue({
    code: 'custom',
    message: `\`expectHex\` must hold 1 to ${MAX_EXPECT} bytes of two hexadecimal digits each, or ?? for any byte, such as "?? ?? ?? 00 0a".`,
  });
});

/** Spaces between the digits are optional. */
const pairsOf = (text: string): string[] => text.replace(/\s+/g, '').match(/..?/gs) ?? [];

export const bytesOfHex = (text: string): Uint8Array =>
  Uint8Array.from(pairsOf(text), (pair) => Number.parseInt(pair, 16));

export const lengthOfHex = (text: string): number => pairsOf(text).length;

/** Whether the bytes begin with these; `??` is any byte. */
export const beginsWithHex = (bytes: Uint8Array, text: string): boolean =>
  pairsOf(text).every((pair, at) =>
    pair === '??' ? at < bytes.length : bytes[at] === Number.parseInt(pair, 16),
  );

/** Readable UTF-8 as text, all else as hexadecimal. Not truncated: redaction cannot find half of a secret. */
export function printable(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters make a text unreadable.
  if (!/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/.test(text)) return text;
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
