// What a receiver echoes of its address and of the key, and what stays readable.
import { expect, test } from 'vitest';
import { createReceiverRedactor } from '../../src/delivery/redact-receiver.ts';

const PARTS = ['T0Kenpart', 's3cr3t-value', 'C2FVsBQIhrscChlQIMV+b5sSYspob7oD'];
const URL_1 = `https://hooks.example.com/v1/${PARTS[0]}%2Bmore?key=${PARTS[1]}`;
const redact = createReceiverRedactor(URL_1, [`whsec_${PARTS[2]}`]);
const leaks = (text: string): string[] =>
  PARTS.filter((part) => redact(text).toLowerCase().includes(part.toLowerCase().slice(0, 6)));

const { pathname, search } = new URL(URL_1);
test.each([
  ['the address', URL_1],
  ['the address in capitals', URL_1.toUpperCase()],
  ['the path in lower case', pathname.toLowerCase()],
  ['the decoded path', decodeURIComponent(pathname)],
  ['the query', search],
  ['JSON with escaped slashes', JSON.stringify({ path: pathname + search }).replaceAll('/', '\\/')],
  ['a query parameter', encodeURIComponent(URL_1)],
  ['base64', btoa(URL_1)],
  ['HTML', `<a href="${URL_1.replaceAll('&', '&amp;')}">`],
  ['the key', `whsec_${PARTS[2]}`],
  ['the key without its prefix', PARTS[2]!],
  ['parts', PARTS.join(' ')],
])('%s is redacted', (_, text) => {
  expect(leaks(`before ${text} after`)).toEqual([]);
  expect(redact(`before ${text} after`)).toMatch(/^before .* after$/);
});

test('a text that is cut off in the middle of a secret ends before it', () => {
  for (let length = 4; length <= PARTS[0]!.length; length += 1)
    expect(redact(`${' '.repeat(100)}no: ${PARTS[0]!.slice(0, length)}`).trim()).toMatch(/^no: ?(•••)?$/);
  expect(redact(`no: ${URL_1.slice(0, 40)}`)).toBe('no: ');
});

test('the host and ordinary words stay', () => {
  const text = 'hooks.example.com responded 404: v1 not found';
  expect(redact(text)).toBe(text);
  expect(createReceiverRedactor('https://hooks.example.com/', [])(text)).toBe(text);
});
