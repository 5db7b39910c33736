import { describe, expect, test } from 'vitest';
import { decodeText } from '../../../probes/net/http-text.ts';
import { words } from '../../support/net/ask-probe.ts';
import { answering, run } from '../../support/net/http-run.ts';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const page = (head: string, text = 'Gr\xf6\xdfe'): Buffer =>
  latin(`<html><head>${head}</head><p>${text}</p>`);
const UTF8_BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const MIB = 1_048_576;

/** `Größe`, in every way that a server can send it. */
const SIZE: readonly (readonly [name: string, type: string | undefined, bytes: Buffer])[] = [
  ['UTF-8 that nothing declares', 'text/html', Buffer.from('Größe')],
  ['UTF-8 without a type', undefined, Buffer.from('Größe')],
  ['the charset of the header', 'text/html; charset=iso-8859-1', latin('Gr\xf6\xdfe')],
  ['the charset of the header in quotes', `text/html;Charset="ISO-8859-1"`, latin('Gr\xf6\xdfe')],
  ['the charset of the header in apostrophes', `text/html; charset='latin1'`, latin('Gr\xf6\xdfe')],
  [
    'the charset of the header between parameters',
    'text/html; a=b; charset=latin1; c=d',
    latin('Gr\xf6\xdfe'),
  ],
  ['<meta charset>', 'text/html', page('<meta charset=iso-8859-1>')],
  ['<META CHARSET> in capitals and quotes', 'text/html', page('<META  CHARSET = "Windows-1252" >')],
  ['<meta charset> without a type', undefined, page(`<meta charset='iso-8859-15'>`)],
  [
    '<meta http-equiv>',
    'text/html',
    page('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">'),
  ],
  [
    '<meta http-equiv> with its parts reversed',
    'text/html',
    page('<meta content="text/html;charset=latin1" http-equiv=content-type />'),
  ],
  [
    '<meta> after a comment with another',
    'text/html',
    page('<!-- <meta charset=koi8-r> --><meta charset=latin1>'),
  ],
  ['<meta> after an unknown charset', 'text/html; charset=klingon', page('<meta charset=latin1>')],
  ['the first of two <meta>', 'text/html', page('<meta charset=latin1><meta charset=koi8-r>')],
  ['the header before <meta>', 'text/html; charset=latin1', page('<meta charset=utf-8>')],
  [
    'the header before a wrong <meta>, in UTF-8',
    'text/html; charset=utf-8',
    Buffer.from('<meta charset=latin1>Größe'),
  ],
  [
    'a byte order mark before the header',
    'text/html; charset=latin1',
    Buffer.concat([UTF8_BOM, Buffer.from('Größe')]),
  ],
  [
    'a byte order mark before <meta>',
    'text/html',
    Buffer.concat([UTF8_BOM, Buffer.from('<meta charset=latin1>Größe')]),
  ],
  ['UTF-16LE with its mark', 'text/html; charset=utf-8', Buffer.from('\ufeffGröße', 'utf16le')],
  ['UTF-16BE with its mark', 'text/plain', utf16be('\ufeffGröße')],
  ['UTF-16 by the header', 'text/html; charset=utf-16', Buffer.from('Größe', 'utf16le')],
  ['<meta charset=utf-16> of a page that is not', 'text/html', Buffer.from('<meta charset="utf-16">Größe')],
  [
    'the XML declaration',
    'application/xml',
    latin('<?xml version="1.0" encoding="ISO-8859-1"?><a>Gr\xf6\xdfe</a>'),
  ],
  [
    'the XML declaration of a feed',
    'application/rss+xml',
    latin(`<?xml version='1.0' encoding='latin1'?><a>Gr\xf6\xdfe</a>`),
  ],
  ['XML that declares nothing', 'text/xml', Buffer.from('<a>Größe</a>')],
  ['UTF-8 with a broken byte elsewhere', 'text/html', Buffer.concat([Buffer.from('Größe '), latin('\xe9')])],
  ['Latin text that nothing declares', 'text/html', latin('Gr\xf6\xdfe')],
  ['Latin text of type text/plain', 'text/plain', latin('Gr\xf6\xdfe')],
  ['JSON with a byte order mark', 'application/json', Buffer.concat([UTF8_BOM, Buffer.from('"Größe"')])],
];

test.each(SIZE)('a body is decoded as browsers do: %s', (_, type, bytes) => {
  const text = decodeText(bytes, type);
  expect(text).toContain('Größe');
  expect(text).not.toMatch(/\ufeff/);
});

test.each([
  ['windows-1251', [0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2], 'Привет'],
  ['koi8-r', [0xf0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4], 'Привет'],
  ['shift_jis', [0x93, 0xfa, 0x96, 0x7b], '日本'],
  ['euc-jp', [0xc6, 0xfc, 0xcb, 0xdc], '日本'],
  ['gb2312', [0xd6, 0xd0, 0xb9, 0xfa], '中国'],
  ['big5', [0xa4, 0xa4, 0xb0, 0xea], '中國'],
  ['euc-kr', [0xc7, 0xd1, 0xb1, 0xb9], '한국'],
  ['iso-8859-2', [0xa3, 0xf3, 0x64, 0xbc], 'Łódź'],
  ['windows-1252', [0x80, 0x20, 0x93], '€ “'],
])('a page that names %s in <meta> is decoded by it', (charset, bytes, text) => {
  expect(
    decodeText(Buffer.concat([latin(`<meta charset=${charset}>`), Buffer.from(bytes)]), 'text/html'),
  ).toContain(text);
});

describe('what decoding leaves alone', () => {
  test.each([
    ['JSON is UTF-8 even if it is broken', 'application/json', latin('"\xe9"'), '"\ufffd"'],
    [
      'a <meta> beyond the first 1024 bytes',
      'text/html',
      Buffer.concat([Buffer.alloc(1_100, ' '), Buffer.from('<meta charset=koi8-r>é')]),
      'é',
    ],
    ['a <meta> in plain text', 'text/plain', Buffer.from('<meta charset=koi8-r>é'), 'é'],
    ['an encoding that Node does not have', 'text/html; charset=iso-2022-kr', Buffer.from('plain'), 'plain'],
    ['a real replacement character', 'text/html', Buffer.from('a \ufffd'), 'a \ufffd'],
    ['an empty body', 'text/html', Buffer.alloc(0), ''],
  ])('%s', (_, type, bytes, text) => expect(decodeText(bytes, type).trim().endsWith(text)).toBe(true));

  test('a character that is cut at the end of a part is not a broken one', () => {
    const part = Buffer.from('aé').subarray(0, 2);
    expect(decodeText(part, 'text/html', false)).toBe('a');
    expect(decodeText(part, 'text/plain', true)).toBe('aÃ');
  });
});

describe('assertions on a body that is not UTF-8', () => {
  const sending = (bytes: Buffer, type: string) =>
    answering((_, response) => response.writeHead(200, { 'content-type': type }).end(bytes));

  test('a page in ISO-8859-1 by its <meta> meets contains and matches, and fails notContains', async () => {
    const { port } = await sending(page('<meta charset=iso-8859-1>', 'St\xf6rung'), 'text/html');
    expect(words(await run(port, { contains: 'Störung', matches: 'St.rung' }))).toBe('ok');
    expect(words(await run(port, { notContains: 'Störung' }))).toBe('failed unexpected_reply');
  });

  test('a page in UTF-16 with its mark fails notContains', async () => {
    const { port } = await sending(Buffer.from('\ufeffFehler: Störung', 'utf16le'), 'text/html');
    expect(words(await run(port, { notContains: 'Störung' }))).toBe('failed unexpected_reply');
    expect(words(await run(port, { contains: 'Störung', matches: '^Fehler' }))).toBe('ok');
  });

  test.each([
    ['UTF-8', Buffer.concat([UTF8_BOM, Buffer.from('{"state":"größer"}')])],
    ['UTF-16LE', Buffer.from('\ufeff{"state":"größer"}', 'utf16le')],
    ['UTF-16BE', utf16be('\ufeff{"state":"größer"}')],
  ])('JSON with the byte order mark of %s is parsed', async (_, bytes) => {
    const { port } = await sending(bytes, 'application/json');
    expect(words(await run(port, { jsonPath: [{ path: '$.state', equals: 'größer' }] }))).toBe('ok');
  });

  test('a long page is cut between characters', async () => {
    const { port } = await sending(Buffer.from('é'.repeat(MIB)), 'text/html');
    expect(words(await run(port, { contains: 'é', notContains: '\ufffd' }))).toBe('ok');
  });
});
