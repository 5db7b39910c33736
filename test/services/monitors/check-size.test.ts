// How large a check may be: secrets count wherever they are used, and the error names the field that is large.
import { describe, expect, test } from 'vitest';
import { checkSizeError, MAX_CHECK_BYTES } from '../../../src/services/monitors/check-size.ts';

const SECRET = 's'.repeat(4_096);
const check = (more: object) => ({ type: 'http', url: 'https://a.example/', timeoutMs: 5_000, ...more });
const pathOf = (more: object) => {
  const error = checkSizeError(check(more));
  return error && 'path' in error ? error.path : undefined;
};

test('the largest body that the schema allows is no error, whatever its characters', () => {
  expect(checkSizeError(check({ body: '\u0001'.repeat(65_536) }))).toBeNull();
});

test('a secret counts wherever it is used', () => {
  const body = '{{a}}'.repeat(300);
  expect(checkSizeError(check({ body: '{{a}}'.repeat(200), secrets: { a: SECRET } }))).toBeNull();
  const error = checkSizeError(check({ body, secrets: { a: SECRET } }));
  expect(error).toMatchObject({ kind: 'invalid', path: ['check', 'body'] });
  expect(error!.message).toMatch(
    /at most 1000000 bytes, but this one takes 12\d{5} with its secrets inserted/,
  );
});

test('bytes are those of UTF-8 and JSON', () => {
  expect(pathOf({ body: 'x'.repeat(MAX_CHECK_BYTES - 200) })).toBeUndefined();
  expect(pathOf({ body: '語'.repeat(MAX_CHECK_BYTES / 2) })).toEqual(['check', 'body']);
  expect(pathOf({ body: '"'.repeat(MAX_CHECK_BYTES / 2) })).toEqual(['check', 'body']);
});

describe('the path', () => {
  test('a single large field is named, at any depth', () => {
    const large = 'x'.repeat(MAX_CHECK_BYTES);
    expect(pathOf({ headers: { accept: 'text/html', 'x-large': large } })).toEqual([
      'check',
      'headers',
      'x-large',
    ]);
    expect(pathOf({ steps: [{ send: 'a' }, { send: large }] })).toEqual(['check', 'steps', 1, 'send']);
  });

  test('many fields that are large together are named by their parent', () => {
    const steps = Array.from({ length: 50 }, () => ({ send: '{{a}}'.repeat(10) }));
    expect(pathOf({ steps, secrets: { a: SECRET } })).toEqual(['check', 'steps']);
  });
});
