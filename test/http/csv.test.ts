import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvLine } from '../../src/http/csv.ts';
import { streamTexts } from '../../src/http/stream.ts';

/** One record, as RFC 4180 reads it. */
function parse(line: string): string[] {
  const cells = [''];
  let isQuoted = false;
  const text = line.slice(0, -2);
  for (let at = 0; at < text.length; at += 1) {
    const [char, next] = [text[at]!, text[at + 1]];
    if (isQuoted && char === '"' && next === '"') {
      cells[cells.length - 1] += '"';
      at += 1;
    } else if (char === '"') isQuoted = !isQuoted;
    else if (char === ',' && !isQuoted) cells.push('');
    else cells[cells.length - 1] += char;
  }
  return cells;
}

test.each(['=1+1', '+49', '-2', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠A1'])(
  'no spreadsheet runs %j as a formula',
  (text) => {
    expect(parse(csvLine([text]))).toEqual([`'${text}`]);
    expect(parse(csvLine(['a', text]))[1]).toBe(`'${text}`);
  },
);

test('numbers stay numbers, also negative ones, and nothing is an empty cell', () => {
  expect(csvLine([-2.5, 0, true, null, undefined, 'x'])).toBe('-2.5,0,true,,,x\r\n');
});

test('any text is one cell, and is read as it was written', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((one) => !/^[=+\-@\t\r\n＝＋－＠]/.test(one));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (cells) => {
      expect(parse(csvLine(cells))).toEqual(cells);
    }),
  );
  expect(parse(csvLine(['a"b', 'c,d', 'e\r\nf', ' g ']))).toEqual(['a"b', 'c,d', 'e\r\nf', ' g ']);
});

test('a stream reads no further than its reader, and stops reading when the reader leaves', async () => {
  let [made, left] = [0, false];
  async function* texts() {
    try {
      for (;;) {
        made += 1;
        yield `${made}\n`.padEnd(1_000);
      }
    } finally {
      left = true;
    }
  }
  const reader = streamTexts(texts()).getReader();
  await reader.read();
  await reader.read();
  expect(made).toBeLessThan(150);
  await reader.cancel();
  expect(left).toBe(true);
});

test('a stream that fails is an error for its reader, and not a short file', async () => {
  async function* texts() {
    yield 'a'.repeat(40_000);
    throw new Error('D1 failed');
  }
  const reader = streamTexts(texts()).getReader();
  await reader.read();
  await expect(reader.read()).rejects.toThrow('D1 failed');
});
