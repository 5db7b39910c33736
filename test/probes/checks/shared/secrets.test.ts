import { describe, expect, test } from 'vitest';
import { validateSecretUse } from '../../../../probes/checks/shared/secret-rules.ts';
import {
  createRedactor,
  placeholdersIn,
  REDACTED,
  withSecrets,
} from '../../../../probes/checks/shared/secrets.ts';

const SECRET = 'p4ss/w"rd <&> é';

describe('a secret is redacted', () => {
  test.each([
    ['as it is', SECRET],
    ['in capitals', SECRET.toUpperCase()],
    ['in a query', encodeURIComponent(SECRET)],
    ['in a query, in lower case', encodeURIComponent(SECRET).toLowerCase()],
    ['in a URL', encodeURI(SECRET)],
    ['in JSON', JSON.stringify(SECRET)],
  ])('a secret is redacted in the form: %s', (_, form) => {
    const redacted = createRedactor({ it: SECRET })(`before ${form} after`);
    expect(redacted).toContain(REDACTED);
    expect(redacted).toMatch(/^before "?•••"? after$/);
  });

  const TOKEN = `a/b+c"d'<e>&é`;
  test.each([
    ['in JSON of PHP', String.raw`a\/b+c\"d'<e>&\u00e9`],
    ['in JSON of Python', String.raw`a/b+c\"d'<e>&\u00e9`],
    ['in JSON of Go', String.raw`a/b+c\"d'\u003ce\u003e\u0026é`],
    ['in HTML', 'a/b+c&quot;d&#39;&lt;e&gt;&amp;é'],
    ['in HTML of Python', 'a/b+c&quot;d&#x27;&lt;e&gt;&amp;é'],
    ['in HTML of PHP', 'a/b+c&quot;d&#039;&lt;e&gt;&amp;é'],
    ['in a form', new URLSearchParams({ x: TOKEN }).toString().slice(2)],
    ['in base64 of URLs', Buffer.from(TOKEN).toString('base64url')],
  ])('a secret is redacted as %s', (_, form) => {
    expect(createRedactor({ it: TOKEN })(`before ${form} after`)).toMatch(/^before •••.? after$/);
  });

  test('a secret of several lines is redacted line by line', () => {
    expect(createRedactor({ key: 'first line\r\nsecond line\n' })('> first line <')).toBe('> ••• <');
  });

  test('a secret of the maximum length is redacted in its longest encoding', () => {
    const secret = '中'.repeat(4_096);
    const redact = createRedactor({ it: secret });
    expect(redact(`a ${secret} b`)).toBe('a ••• b');
    expect(redact(`a ${encodeURIComponent(secret)} b`)).toMatch(/^a •+ b$/);
  });

  test.each(['', 'a:', 'me:', 'user:'])('a secret is redacted in a Basic header after %j', (user) => {
    const header = btoa(`${user}plain-secret`);
    const redacted = createRedactor({ it: 'plain-secret' })(`Basic ${header} end`);
    expect(redacted).toContain(REDACTED);
    expect(atob(/Basic (\w*)/.exec(redacted)?.[1] ?? '')).not.toContain('plain');
  });

  test('several secrets are redacted, the longest first, whatever characters they contain', () => {
    const redact = createRedactor({ short: 'abcd', long: 'abcdefgh', odd: '.*+?^$()|[]{}\\' });
    expect(redact('abcdefgh abcd .*+?^$()|[]{}\\ abc')).toBe('••• ••• ••• abc');
    expect(createRedactor({})('nothing')).toBe('nothing');
  });
});

test('placeholders with a secret are replaced, and others stay unchanged', () => {
  expect(placeholdersIn('{{a}} {{ b }} {{c-d}} {{}}')).toEqual(['a', 'b']);
  expect(withSecrets('{{a}} {{ b }} {{toString}}', { a: '1{{b}}' })).toBe('1{{b}} {{ b }} {{toString}}');
});

test('a placeholder without a secret and an unused secret are reported by path', () => {
  const refused: string[] = [];
  const texts = [
    { path: ['steps', 0], text: 'a {{one}} {{gone}}' },
    { path: ['body'], text: '{{__proto__}}' },
  ];
  validateSecretUse(texts, { one: 'aaaa', two: 'bbbb' }, (path, message) =>
    refused.push(`${path.join('.')}: ${message}`),
  );
  expect(refused).toEqual([
    'steps.0: The secret "gone" does not exist. Add it to `secrets`, or remove {{gone}}.',
    'secrets.two: The check does not use this secret. Insert {{two}} where it belongs, or remove the secret.',
  ]);
});
