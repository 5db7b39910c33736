// The folder of `npm start`: who may take it, and what is rejected.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LAYOUT, openDataDir } from '../../../scripts/start/data-dir.ts';
import { readOptions, StartError } from '../../../scripts/start/options.ts';

const freshCommand = 'npm start -- --fresh';
let parent: string;
let dir: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'probemesh-data-'));
  dir = join(parent, '.probemesh');
});
afterEach(() => rmSync(parent, { recursive: true }));

const open = (fresh = false) => openDataDir(dir, { fresh, freshCommand });
const markOf = (): string => readFileSync(join(dir, '.probemesh-data'), 'utf8');

/** As a start of that layout leaves it, with a database and the name of its migrations. */
function makeFolder(mark: string): void {
  mkdirSync(join(dir, 'state'), { recursive: true });
  writeFileSync(join(dir, '.probemesh-data'), mark);
  writeFileSync(join(dir, 'state', 'db.sqlite'), 'rows');
  writeFileSync(join(dir, 'migrated'), 'hash of migrations');
}

/** What the start before layout numbers wrote. */
const FIRST_MARK = 'Made by `npm start`; --fresh empties this folder.\n';

describe('a data folder of another version', () => {
  test.each([
    ['an earlier version, whose mark lacks a number', FIRST_MARK, 'an earlier version'],
    ['layout 1', `${FIRST_MARK}layout 1\n`, 'an earlier version'],
    ['an empty mark', '', 'an earlier version'],
    ['a later version', `${FIRST_MARK}layout ${LAYOUT + 1}\n`, 'a later version'],
  ])('a data folder of %s is rejected in one line, and nothing in it changes', (_whose, mark, age) => {
    makeFolder(mark);
    expect(() => open()).toThrow(
      new StartError(`${dir} was made by ${age} of probemesh: run npm start -- --fresh to empty it.`),
    );
    expect(markOf()).toBe(mark);
    expect(readFileSync(join(dir, 'state', 'db.sqlite'), 'utf8')).toBe('rows');
    expect(existsSync(join(dir, 'lock'))).toBe(false);
  });

  test('--fresh empties a data folder of an earlier version, and the next start takes it without --fresh', () => {
    makeFolder(FIRST_MARK);
    const data = open(true);
    expect([existsSync(data.state), existsSync(data.migrated)]).toEqual([false, false]);
    expect(markOf()).toContain(`layout ${LAYOUT}\n`);
    data.release();
    open().release();
  });

  test('the command that empties the folder names a folder that --data chose', () => {
    const command = (...args: string[]) => readOptions(args, parent)?.freshCommand;
    expect(command()).toBe('npm start -- --fresh');
    expect(command('--data', 'mesh')).toBe('npm start -- --data mesh --fresh');
  });
});

test('a folder with files of another program is rejected, even with --fresh', () => {
  mkdirSync(dir);
  writeFileSync(join(dir, 'thesis.txt'), 'years of work');
  for (const fresh of [false, true]) expect(() => open(fresh)).toThrow("files that are not probemesh's");
  expect(readFileSync(join(dir, 'thesis.txt'), 'utf8')).toBe('years of work');
});

test('a data folder that a living process holds is rejected, even with --fresh', () => {
  const data = open();
  writeFileSync(data.migrated, 'hash of migrations');
  for (const fresh of [false, true]) expect(() => open(fresh)).toThrow(`process ${process.pid}`);
  expect(existsSync(data.migrated)).toBe(true);
  data.release();
});

test('a data folder whose holder was killed is free again, with everything in it', () => {
  const data = open();
  writeFileSync(data.migrated, 'hash of migrations');
  writeFileSync(join(dir, 'lock'), JSON.stringify({ pid: process.pid, born: 'another start' }));
  open().release();
  writeFileSync(join(dir, 'lock'), '{"pid":');
  open().release();
  expect(readFileSync(data.migrated, 'utf8')).toBe('hash of migrations');
});
