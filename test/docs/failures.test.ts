// The page of the guide about failures: every reason is in it, and every row names a test that exists.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REASON_CODES } from '../../src/services/health/reasons.ts';

const PAGE = readFileSync(new URL('../../docs/guide/failures.md', import.meta.url), 'utf8');
/** `path`: "title", as the last cell of a row. */
const PROOF = /`(test\/[^`]+)`: "([^"]+)" \|$/;

const rows = PAGE.split('\n').filter((line) => line.startsWith('|') && !/^\|[-|]+\|$/.test(line));
/** Rows of the tables whose last column is the test. */
const proved = rows.filter((line) => line.includes('`test/'));

test.each(REASON_CODES)('the page lists the reason %s', (code) => {
  expect(proved.some((line) => line.includes(`\`${code}\``))).toBe(true);
});

test('every row names a test by its file and its title', () => {
  expect(proved.length).toBeGreaterThan(20);
  expect(proved.filter((line) => !PROOF.test(line))).toEqual([]);
});

const proofs = proved.map((line) => {
  const [, path = '', title = ''] = PROOF.exec(line) ?? [];
  return { path, title };
});

test.each(proofs)('the test of a row exists: $path, $title', ({ path, title }) => {
  const source = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  expect(source).toContain(title);
});
