// What a person writes to be sent and expected, as text or as bytes in hexadecimal; and bytes as a person reads them. Pure.
import { z } from 'zod';

const MOST_SENT = 4_096;
const MOST_EXPECTED = 512;

/** Text goes out as it is written, in UTF-8: nothing is added to it, and it has no escapes of its own. */
export const sendTextSchema = z
  .string()
  .min(1, { error: 'Write what to send.' })
  .max(MOST_SENT, { error: `Write at most ${MOST_SENT} characters.` })
  .refine((text) => !/\\[rn]$/.test(text), {
    error:
      'This ends in a backslash and a letter, not in a line break: in JSON, a line ends with "\\r\\n", each with one backslash.',
  });

export const expectTextSchema = z
  .string()
  .min(1, { error: 'Write what has to be there.' })
  .max(MOST_EXPECTED, { error: `Write at most ${MOST_EXPECTED} characters.` });

const BYTE = /^[0-9a-f]{2}$/i;

export const sendHexSchema = z.string().superRefine((text, context) => {
  const bytes = pairsOf(text);
  if (bytes.length === 0 || bytes.length > MOST_SENT || !bytes.every((byte) => BYTE.test(byte)))
    context.addIssue({
      code: 'custom',
      message: `Write 1 to ${MOST_SENT} bytes as two hexadecimal digits each, such as "00 00 00 08".`,
    });
});

export const expectHexSchema = z.string().superRefine((text, context) => {
  const bytes = pairsOf(text);
  if (
    bytes.length > 0 &&
    bytes.length <= MOST_EXPECTED &&
    bytes.every((byte) => byte === '??' || BYTE.test(byte))
  )
    return;
  context.addIssue({
    code: 'custom',
    message: `Write 1 to ${MOST_EXPECTED} bytes as two hexadecimal digits each, or ?? for any byte, such as "?? ?? ?? 00 0a".`,
  });
});

/** Spaces are the writer's own. */
const pairsOf = (text: string): string[] => text.replace(/\s+/g, '').match(/..?/gs) ?? [];

export const bytesOfHex = (text: string): Uint8Array =>
  Uint8Array.from(pairsOf(text), (pair) => Number.parseInt(pair, 16));

export const lengthOfHex = (text: string): number => pairsOf(text).length;

/** Whether these are the first of the bytes; `??` is any. */
export const beginsWithHex = (bytes: Uint8Array, text: string): boolean =>
  pairsOf(text).every((pair, at) =>
    pair === '??' ? at < bytes.length : bytes[at] === Number.parseInt(pair, 16),
  );

/** Text where it is readable UTF-8, else hexadecimal. Not cut: a secret that was cut in two would not be found in it. */
export function printable(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what makes a text unreadable.
  if (!/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/.test(text)) return text;
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
