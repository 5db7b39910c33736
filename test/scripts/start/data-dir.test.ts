// The folder of `npm start`: who may take it, and what is rejected.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LAYOUT, openDataDir } from '../../../scripts/start/data-dir.ts';
import { readOptions, StartError } from '../../../scripts/start/options.ts';
import { because } from '../../support/missing-program.ts';

const DATA_DIR = new URL('../../../scripts/start/data-dir.ts', import.meta.url).href;
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
    expect(existsSync(join(dir, 'lock.db'))).toBe(false);
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

/** A process that takes the folder and prints `taken`, or the error of {@link openDataDir}, and then waits. */
function holder(...prefix: string[]): { child: ChildProcess; line: Promise<string> } {
  const source = `import { openDataDir } from ${JSON.stringify(DATA_DIR)};
    try { openDataDir(${JSON.stringify(dir)}, { fresh: false, freshCommand: '' }); console.log('taken'); }
    catch (error) { console.log(error.message); }
    setInterval(() => {}, 1000);`;
  const [program = process.execPath, ...args] = [...prefix, process.execPath];
  const child = spawn(program, [...args, '--input-type=module-typescript', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = new Promise<string>((resolve) =>
    child.stdout?.once('data', (text: Buffer) => resolve(text.toString().trim())),
  );
  return { child, line };
}

const killed = (child: ChildProcess): Promise<unknown> => {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  return ended;
};

test('a data folder whose holder was killed is free again, with everything in it', async () => {
  const data = open();
  writeFileSync(data.migrated, 'hash of migrations');
  data.release();
  const { child, line } = holder();
  expect(await line).toBe('taken');
  expect(() => open()).toThrow(`(process ${child.pid})`);
  await killed(child);
  open().release();
  expect(readFileSync(data.migrated, 'utf8')).toBe('hash of migrations');
});

test('of ten processes that take a data folder at once, exactly one gets it', async () => {
  mkdirSync(dir);
  writeFileSync(join(dir, '.probemesh-data'), `${FIRST_MARK}layout ${LAYOUT}\n`);
  const rivals = Array.from({ length: 10 }, () => holder());
  const lines = await Promise.all(rivals.map(({ line }) => line));
  await Promise.all(rivals.map(({ child }) => killed(child)));
  expect(lines.filter((line) => line === 'taken')).toHaveLength(1);
  expect(lines.filter((line) => line.includes('is in use by another probemesh'))).toHaveLength(9);
});

const NAMESPACE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
const hasNamespaces = spawnSync(NAMESPACE[0] ?? '', [...NAMESPACE.slice(1), 'true']).status === 0;

test.skipIf(!hasNamespaces)(
  `a process in another PID namespace does not get a data folder that is held${because(hasNamespaces ? null : 'unshare needs root')}`,
  async () => {
    const data = open();
    const refused = holder(...NAMESPACE);
    expect(await refused.line).toContain('is in use by another probemesh');
    await killed(refused.child);
    data.release();
    const taker = holder(...NAMESPACE);
    expect(await taker.line).toBe('taken');
    // Its process id means nothing here.
    expect(() => open()).toThrow('is in use by another probemesh');
    await killed(taker.child);
  },
);
