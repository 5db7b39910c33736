// What a page of docs/checks promises: every option is explained, and its command is the example, as a shell reads it.
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { checkSchema, checkTypes, findCheck } from '../../../probes/checks/catalogue.ts';
import { readOptions } from '../../../scripts/check-target/options.ts';
import { checkPage } from '../../../scripts/docs/check-page.ts';

describe.each(checkTypes)('the page of the %s check', (type) => {
  const check = findCheck(type)!;
  const page = checkPage(check);

  test('the page of a check explains every option', () => {
    const [, table = ''] = /## Options\n\n(.*?)\n\n/s.exec(page) ?? [];
    const rows = table.split('\n').slice(2);
    const meanings = rows.map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()));
    expect(meanings.length).toBeGreaterThan(3);
    expect(meanings.filter((cells) => cells[4] === '' || cells.length !== 6)).toEqual([]);
    expect(meanings.map(([, name]) => name)).toContain('`timeoutMs`');
  });

  test('the examples of a page are valid checks', () => {
    const blocks = [...page.matchAll(/```json\n(.*?)\n```/gs)].map(([, block = '']) => block);
    // Several stand in one block, each from a line of its own on.
    const written = blocks.flatMap((block) => block.split(/\n(?=\{)/)).map((text) => JSON.parse(text));
    expect(written.length).toBeGreaterThan(0);
    for (const one of written) expect(checkSchema.safeParse(one.check ?? one).error?.issues).toBeUndefined();
  });

  test('the command of a page runs its example', () => {
    const [, command = ''] = /```sh\n(.*?)\n```/s.exec(page) ?? [];
    const [, line = ''] = /^npm run -s check-target -- (.*)$/s.exec(command) ?? [];
    const words = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
    const secrets = (check.docs.example.secrets ?? {}) as Record<string, string>;
    const env = Object.fromEntries(
      Object.entries(secrets).map(([name, value]) => [name.toUpperCase(), value]),
    );
    const read = readOptions(words.split('\0').slice(0, -1), env);
    expect(checkSchema.parse(read?.check)).toEqual(checkSchema.parse(check.docs.example));
  });
});
