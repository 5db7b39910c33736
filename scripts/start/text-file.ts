// Owns reading a text that a person saved: UTF-8, or UTF-16 with a byte order mark. Refuses any other bytes, because a
// replacement character in a name or a keyword changes what is monitored. Does not know what the text means.
import { decodeUtf8, firstBadByte, hexOf } from '../../src/http/utf8.ts';

/** Why bytes are not a text: a sentence with the fix, and the place of the first bad byte. */
export interface BadBytes {
  readonly message: string;
  /** From 1, as editors count. */
  readonly line: number;
  readonly column: number;
}

export type DecodedText = { readonly text: string } | BadBytes;

const SAVE = 'Save the file as UTF-8.';

export function decodeText(bytes: Uint8Array): DecodedText {
  const [first, second, third, fourth] = bytes;
  if (first === 0xff && second === 0xfe) {
    if (third === 0 && fourth === 0)
      return refuse(`The file is UTF-32 (byte order mark FF FE 00 00). ${SAVE}`);
    return decodeUtf16(bytes, 'utf-16le');
  }
  if (first === 0xfe && second === 0xff) return decodeUtf16(bytes, 'utf-16be');
  if (first === 0 && second === 0 && third === 0xfe && fourth === 0xff)
    return refuse(`The file is UTF-32 (byte order mark 00 00 FE FF). ${SAVE}`);
  const nul = bytes.indexOf(0);
  if (nul !== -1) return refuseNul(bytes, nul);
  const text = decodeUtf8(bytes);
  return text === null ? refuseByte(bytes) : { text: text.replace(/^\ufeff/, '') };
}

function decodeUtf16(bytes: Uint8Array, encoding: 'utf-16le' | 'utf-16be'): DecodedText {
  try {
    return { text: new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes) };
  } catch {
    const name = encoding === 'utf-16le' ? 'UTF-16LE' : 'UTF-16BE';
    return refuse(`The file begins as ${name}, but it is damaged or cut off. ${SAVE}`);
  }
}

const refuse = (message: string, line = 1, column = 1): BadBytes => ({ message, line, column });

/** Text in UTF-16 has a zero in every second byte of Latin letters. */
function refuseNul(bytes: Uint8Array, at: number): BadBytes {
  const zeros = bytes.slice(0, 1_000).filter((byte) => byte === 0).length;
  const isUtf16 = zeros > Math.min(bytes.length, 1_000) / 4;
  const message = isUtf16
    ? `The file seems to be UTF-16 without a byte order mark: byte ${at} is 0x00. ${SAVE}`
    : `Byte ${at} is 0x00, which a text does not contain. The file is not a text, or it is damaged. ${SAVE}`;
  return isUtf16 ? refuse(message) : atOffset(bytes, at, message);
}

function refuseByte(bytes: Uint8Array): BadBytes {
  const at = firstBadByte(bytes);
  const byte = bytes[at] ?? 0;
  // ISO-8859-1 has no printable characters from 0x80 to 0x9F, Windows-1252 has most of them.
  const guess = bytes.some((one) => one >= 0x80 && one <= 0x9f)
    ? 'Windows-1252'
    : 'ISO-8859-1 or Windows-1252';
  const character = new TextDecoder('windows-1252').decode(Uint8Array.of(byte));
  return atOffset(
    bytes,
    at,
    `The file is not valid UTF-8: byte ${at} is ${hexOf(byte)}. It may be ${guess}, in which that byte is "${character}". ${SAVE}`,
  );
}

function atOffset(bytes: Uint8Array, at: number, message: string): BadBytes {
  const lines = new TextDecoder().decode(bytes.subarray(0, at)).split(/\r\n|[\r\n]/);
  return refuse(message, lines.length, (lines.at(-1)?.length ?? 0) + 1);
}
