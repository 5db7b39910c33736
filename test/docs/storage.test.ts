// The page about storage lists every table with the budget of its rows.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROW_BUDGETS } from '../../src/store/row-budgets.ts';

const PAGE = readFileSync(new URL('../../docs/storage.md', import.meta.url), 'utf8');

test('the first table lists every table of the database, with the most bytes that a row has', () => {
  const [, table = ''] = PAGE.split('| table | one row per ');
  const rows = table.split('\n\n', 1)[0]!.matchAll(/^\| `(\w+)` \|.*\| ([\d,]+) \|$/gm);
  const listed = [...rows].map(([, name, bytes = '']) => [name, Number(bytes.replaceAll(',', ''))]);
  expect(Object.fromEntries(listed)).toEqual(ROW_BUDGETS);
});
