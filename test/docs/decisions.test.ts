// The index of the decision records: every record is in it, once, in order, under its own title.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDER = new URL('../../docs/adr/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8');

test('the index lists every decision once, sorted, with its title and date', () => {
  const rows = readdirSync(FOLDER)
    .filter((name) => name !== 'README.md')
    .sort()
    .map((name) => {
      const [, number, title] = /^# (\d+)\. (.+)$/m.exec(read(name)) ?? [];
      const date = /^Date: (\d{4}-\d\d-\d\d)/m.exec(read(name))?.[1];
      expect(name.startsWith(`${number?.padStart(4, '0')}-`)).toBe(true);
      return `| ${number} | [${title}](${name}) | ${date} |`;
    });
  const index = read('README.md').split('\n');
  expect(index.filter((line) => /^\| \d/.test(line))).toEqual(rows);
});
