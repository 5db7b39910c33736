import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_RETURN_PATH, ownPath, safeReturnPath } from '../../../src/http/access/return-path.ts';

const SITE = 'https://status.test';

/** Parts that lead browsers astray, in any order. */
const nasty = fc
  .array(
    fc.constantFrom(
      ...[
        '/',
        '\\',
        '//',
        '.',
        '..',
        '/.',
        ':',
        '@',
        '?',
        '#',
        '%2f',
        '%5c',
        '%09',
        '\t',
        '\n',
        '\r',
        '\0',
        ' ',
      ],
      ...[
        'https:',
        'javascript:',
        'data:',
        'evil.test',
        'a',
        '／',
        '。',
        '\u2028',
        '\ud800',
        'x'.repeat(400),
      ],
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('the page after a sign-in', () => {
  test.each([
    ...[
      null,
      undefined,
      '',
      'dashboard',
      'https://evil.test/',
      '//evil.test',
      '/\\evil.test',
      '\\/evil.test',
    ],
    ...[
      '/\t/evil.test',
      '/\n/evil.test',
      '/.//evil.test',
      '/a/..//evil.test',
      '/%2e//evil.test',
      ' //evil.test',
    ],
    ...['javascript:alert(1)', '/sign-in', '/sign-in/oidc/x', '/sign-out', '/signed-out', '/setup?token=a'],
    `/${'a'.repeat(1000)}`,
  ])('with the wish %j, a browser goes to the default page', (wish) => {
    expect(safeReturnPath(wish)).toBe(DEFAULT_RETURN_PATH);
  });

  test.each([
    '/',
    '/dashboard/keys',
    '/dashboard/audit?actor=a&q=b%20c',
    '/sign-in-help',
    '/a#b',
    '/@evil.test',
  ])('with the wish %j, a browser goes there', (wish) => {
    expect(safeReturnPath(wish)).toBe(wish);
  });

  test('no wish leads a browser to another site, and a safe path stays as it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          nasty,
          nasty.map((text) => `/${text}`),
          fc.string(),
          fc.webUrl(),
        ),
        (wish) => {
          const path = safeReturnPath(wish);
          expect(path).toMatch(/^\/(?![/\\])/);
          expect(new URL(path, `${SITE}/sign-in/oidc/x/callback`).origin).toBe(SITE);
          // Headers take no line breaks, and a second reading must not find another target.
          expect(path).not.toMatch(/[\0-\x20\x7f]/);
          expect(safeReturnPath(path)).toBe(path);
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('the page after a form', () => {
  test.each([
    ['/dashboard/incidents?q=\r\nset-cookie: a=b', '/dashboard/incidents?q=set-cookie:%20a=b'],
    ['/dashboard/incidents?q=ä\u2028', '/dashboard/incidents?q=%C3%A4%E2%80%A8'],
    ['/dashboard/channels/a?kind=email#b', '/dashboard/channels/a?kind=email#b'],
    [`/dashboard/monitors?${'tag=a&'.repeat(300)}`, `/dashboard/monitors?${'tag=a&'.repeat(300)}`],
  ])('%j is a path that a header takes, however long', (wish, path) => {
    expect(ownPath(wish)).toBe(path);
  });

  test.each([
    '//evil.test/',
    '/\\evil.test',
    '/\t/evil.test',
    'https://evil.test/',
    'javascript:alert(1)',
    '',
  ])('%j is none', (wish) => {
    expect(ownPath(wish)).toBeNull();
  });
});
