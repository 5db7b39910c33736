import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { because } from '../../support/missing-program.ts';
import { makeFolder } from './folder.ts';
import { labProblem } from './packages.ts';

const problem = labProblem('ip', 'nft', 'redis', 'nsd');

interface Running {
  readonly pid: string;
  readonly parent: string;
  readonly name: string;
}

/** Every process of the machine, without zombies. */
const running = (): Running[] =>
  readdirSync('/proc').flatMap((pid) => {
    try {
      // proc_pid_stat(5): number, (name), state, parent.
      const [, name = '', state, parent = ''] =
        /\((.*)\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      return state === undefined || state === 'Z' ? [] : [{ pid, parent, name }];
    } catch {
      // Not a process, or one that has just ended.
      return [];
    }
  });

function descendants(ancestor: string, all: readonly Running[]): Running[] {
  const children = all.filter(({ parent }) => parent === ancestor);
  return [...children, ...children.flatMap(({ pid }) => descendants(pid, all))];
}

describe.skipIf(problem !== null)(`a lab that is killed${because(problem)}`, () => {
  test('a lab that is killed leaves no process and no namespace, and the next run removes its folder', async () => {
    const run = fork(fileURLToPath(new URL('./killed-run.ts', import.meta.url)), { execArgv: [] });
    const [folder] = (await once(run, 'message')) as [string];
    const started = descendants(`${run.pid}`, running());
    const names = started.map(({ name }) => name);
    for (const name of ['sleep', 'redis-server', 'nsd']) {
      expect(names).toContainEqual(expect.stringContaining(name));
    }

    const gone = once(run, 'exit');
    run.kill('SIGKILL');
    await gone;
    const pids = started.map(({ pid }) => pid);
    await expect
      .poll(() => running().filter(({ pid }) => pids.includes(pid)), { timeout: 10_000 })
      .toEqual([]);

    expect(existsSync(folder)).toBe(true);
    makeFolder().remove();
    expect(existsSync(folder)).toBe(false);
  });
});
