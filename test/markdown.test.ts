// What people write is shown as they mean it, and runs, loads and breaks nothing.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { markdownToHtml, markdownToText } from '../src/markdown.ts';
import { XSS_VECTORS } from './support/xss-vectors.ts';

/** Every tag that may be in the HTML, exactly as it is written. */
const ALLOWED =
  /<\/?(?:p|em|strong|code|pre|blockquote|ul|ol|li|h4|h5|h6|a)>|<(?:br|hr)>|<ol start="\d{1,9}">|<a href="(?:https?:\/\/[^/"<>][^"<>]*|mailto:[^/"<>][^"<>]*)" rel="nofollow noopener">/gi;

/** What is left beside the allowed tags has no tag, and no entity but those of escaped characters and addresses. */
const isSafe = (html: string): boolean => !/[<>]/.test(html.replaceAll(ALLOWED, ''));

/** Every opened tag is closed in its order, so a text cannot leave the element around it. */
function isBalanced(html: string): boolean {
  const open: string[] = [];
  for (const [, end, name] of html.matchAll(/<(\/?)([a-z0-9]+)[^>]*>/g)) {
    if (name === 'br' || name === 'hr') continue;
    if (end === '') open.push(name!);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0;
}

test('the corpus has at least 100 vectors, each once', () => {
  expect(new Set(XSS_VECTORS).size).toBe(XSS_VECTORS.length);
  expect(XSS_VECTORS.length).toBeGreaterThanOrEqual(100);
});

test.each(XSS_VECTORS.map((vector) => [vector]))('%j has only tags of the list, whole', (vector) => {
  const html = markdownToHtml(vector);
  expect([html, isSafe(html), isBalanced(html)]).toEqual([html, true, true]);
});

test('random texts of the marks of Markdown and HTML have only tags of the list', () => {
  const marks = [
    '<',
    '>',
    '"',
    "'",
    '&',
    '[',
    ']',
    '(',
    ')',
    '!',
    '`',
    '*',
    '_',
    '#',
    '\n',
    '\\',
    ':',
    '/',
    ' ',
    '-',
  ];
  const words = [
    'a',
    'javascript:',
    'https://a.test',
    'img src=x onerror=',
    '&lt;',
    '&#60;',
    'script',
    '1.',
    '\t',
  ];
  const text = fc
    .array(fc.constantFrom(...marks, ...words), { maxLength: 40 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (markdown) => {
      const html = markdownToHtml(markdown);
      return isSafe(html) && isBalanced(html);
    }),
    { numRuns: 2_000 },
  );
});

describe('HTML', () => {
  test.each([
    ['# Cause\n\nA **full** disk.', '<h4>Cause</h4>\n<p>A <strong>full</strong> disk.</p>'],
    ['###### Small', '<h6>Small</h6>'],
    [
      '[docs](https://a.test/?x=1&y=2)',
      '<p><a href="https://a.test/?x=1&amp;y=2" rel="nofollow noopener">docs</a></p>',
    ],
    ['<help@a.test>', '<p><a href="mailto:help@a.test" rel="nofollow noopener">help@a.test</a></p>'],
    ['[other page](/incidents/x) and [next](y)', '<p>other page and next</p>'],
    [
      '![graph](https://a.test/g.png)',
      '<p><a href="https://a.test/g.png" rel="nofollow noopener">graph</a></p>',
    ],
    [
      '[![graph](https://a.test/g.png)](https://b.test)',
      '<p><a href="https://b.test" rel="nofollow noopener">graph</a></p>',
    ],
    ['3. a\n4. b', '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'],
    ['a < b & <b>c</b>', '<p>a &lt; b &amp; &lt;b&gt;c&lt;/b&gt;</p>'],
    ['a  \nb', '<p>a<br>\nb</p>'],
  ])('%j is %j', (markdown, html) => {
    expect(markdownToHtml(markdown)).toBe(html);
  });
});

describe('plain text', () => {
  test.each([
    [
      '# Cause\n\nA **full** disk, see [docs](https://a.test).',
      'Cause\n\nA full disk, see docs (https://a.test).',
    ],
    ['- a\n- b\n  1. c\n  2. d', '- a\n- b\n  1. c\n  2. d'],
    ['<https://a.test> <help@a.test>', 'https://a.test help@a.test'],
    ['a < b & <i>c</i> &amp; &quot;', 'a < b & <i>c</i> & "'],
    ['> quoted\n\n```\ncode\n```', 'quoted\n\ncode'],
  ])('%j is %j', (markdown, text) => {
    expect(markdownToText(markdown)).toBe(text);
  });
});

/** A hundredth of this would do, but the machine may be busy. Without the limit, the first two take seconds. */
test.each([
  ['emphasis', '*a_'.repeat(1_666)],
  ['quotes', '>'.repeat(5_000)],
  ['brackets', '['.repeat(5_000)],
  ['links', '[a]('.repeat(1_250)],
  ['references', '[a][b]'.repeat(833)],
  ['ticks', '`a``b'.repeat(1_000)],
  ['entities', '&a'.repeat(2_500)],
])('a text of nothing but %s is shown in less than a second', (_, markdown) => {
  const before = performance.now();
  markdownToHtml(markdown);
  expect(performance.now() - before).toBeLessThan(1_000);
});
