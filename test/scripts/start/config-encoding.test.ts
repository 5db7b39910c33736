// The bytes of a configuration file: what is not the text that the operator wrote is refused, never guessed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readConfigFile } from '../../../scripts/start/config-file.ts';

const dir = mkdtempSync(join(tmpdir(), 'probemesh-encoding-'));
afterAll(() => rmSync(dir, { recursive: true }));

function read(bytes: string | Uint8Array) {
  const file = join(dir, 'mesh.yaml');
  writeFileSync(file, bytes);
  return readConfigFile(file, 'mesh.yaml', {});
}
// biome-ignore lint/suspicious/noExplicitAny: the file is not typed.
const configuration = (bytes: string | Uint8Array): any => read(bytes).configuration;

/** The lines that a rejected file prints, without the first. */
function lines(bytes: string | Uint8Array): string[] {
  try {
    read(bytes);
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

const MESH = `monitors:
  - name: Shop
    intervalSeconds: 60
    check: { type: tcp, host: shop.test, port: 443 }
`;

describe('encodings', () => {
  const NAMED = MESH.replace('Shop', '"Bäckerei ☕"');
  const latin1 = (text: string) => Uint8Array.from(text, (one) => one.charCodeAt(0));
  const utf16 = (text: string, order: 'le' | 'be') => {
    const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
    return order === 'le' ? bytes : bytes.swap16();
  };
  test.each([
    ['UTF-8', NAMED],
    ['UTF-8 with a byte order mark', `\ufeff${NAMED}`],
    ['UTF-16LE with a byte order mark', utf16(NAMED, 'le')],
    ['UTF-16BE with a byte order mark', utf16(NAMED, 'be')],
    ['UTF-8 with Windows line ends', NAMED.replaceAll('\n', '\r\n')],
  ])('%s is read as it was written', (_, bytes) => {
    expect(configuration(bytes).monitors[0].name).toBe('Bäckerei ☕');
  });

  test('a replacement character that the operator wrote stays', () => {
    expect(configuration(MESH.replace('Shop', '"a\ufffdb"')).monitors[0].name).toBe('a\ufffdb');
  });

  test.each([
    [
      'ISO-8859-1',
      latin1(MESH.replace('Shop', '"B\u00e4ckerei"')),
      /^mesh\.yaml:2:13 .*not valid UTF-8: byte 22 is 0xE4\. It may be ISO-8859-1 or Windows-1252, in which that byte is "ä"\./,
    ],
    [
      'Windows-1252',
      latin1(MESH.replace('Shop', '"\u0080 x"')),
      /^mesh\.yaml:2:12 .*byte 21 is 0x80\. It may be Windows-1252, in which that byte is "€"\./,
    ],
    ['a text that is cut', Buffer.from(`${MESH}# ä`).subarray(0, -1), /^mesh\.yaml:5:3 .*is 0xC3\./],
    ['an overlong form', latin1(`${MESH}# \u00c0\u00af`), /^mesh\.yaml:5:3 .*is 0xC0\./],
    ['half of a surrogate pair', latin1(`${MESH}# \u00ed\u00a0\u0080`), /^mesh\.yaml:5:3 .*is 0xED\./],
    ['a bad byte after a mark', latin1(`\u00ef\u00bb\u00bf# a\u00ff`), /^mesh\.yaml:1:4 .*byte 6 is 0xFF\./],
    [
      'UTF-16 without a mark',
      Buffer.from(MESH, 'utf16le'),
      /^mesh\.yaml:1:1 .*UTF-16 without a byte order mark/,
    ],
    [
      'UTF-16 that is cut',
      utf16(MESH, 'le').subarray(0, -1),
      /^mesh\.yaml:1:1 .*UTF-16LE, but it is damaged/,
    ],
    ['UTF-32', latin1('\u00ff\u00fe\u0000\u0000a\u0000\u0000\u0000'), /^mesh\.yaml:1:1 .*UTF-32/],
    ['a zero byte', `${MESH}# \0`, /^mesh\.yaml:5:3 Byte \d+ is 0x00/],
  ])('%s is refused with the place of the first bad byte', (_, bytes, line) => {
    expect(lines(bytes)).toEqual([expect.stringMatching(line)]);
  });
});
