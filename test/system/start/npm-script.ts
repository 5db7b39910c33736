// Owns running `npm start` and `npm run dev` as a person does: a child process, its output, its end, and every process below it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { until } from '../../support/mesh/live-mesh.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface Started {
  readonly child: ChildProcess;
  /** Everything it wrote, in order. */
  readonly lines: readonly string[];
  /** Its exit code. */
  readonly ended: Promise<number>;
  /** Resolves with the address of its `ready` line. Throws with its output if it ends before. */
  ready(withinMs: number): Promise<string>;
  /** The ids of the process and of all below it that run now. */
  processes(): number[];
}

const running = new Set<ChildProcess>();

/** `root` is the project, or a copy of it. */
export function runScript(
  name: 'start' | 'dev',
  args: readonly string[],
  env: Record<string, string> = {},
  root = ROOT,
): Started {
  const child = spawn(process.execPath, [join(root, 'scripts', 'bootstrap.mjs'), name, ...args], {
    cwd: root,
    env: { ...process.env, INIT_CWD: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => lines.push(line));
  }
  let code: number | undefined;
  const ended = new Promise<number>((resolve) => {
    child.once('close', (exitCode) => {
      running.delete(child);
      code = exitCode ?? -1;
      resolve(code);
    });
  });
  return {
    child,
    lines,
    ended,
    ready: (withinMs) =>
      until('the ready line', withinMs, () => {
        const url = lines.map((line) => /^ready (http:\/\/127\.0\.0\.1:\d+)$/.exec(line)?.[1]).find(Boolean);
        if (url === undefined && code !== undefined) {
          throw new Error(`npm run ${name} ended with ${code}:\n${lines.join('\n')}`);
        }
        return url;
      }),
    processes: () => family(child.pid ?? -1),
  };
}

/** Ends what a failed test left running. */
export async function endAll(): Promise<void> {
  for (const child of running) {
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    await gone;
  }
}

function family(root: number): number[] {
  const rows = processTable();
  const found = [root];
  for (const parent of found) for (const [pid, ppid] of rows) if (ppid === parent) found.push(pid);
  return found.filter((pid) => rows.some(([alive]) => alive === pid));
}

export function alive(pids: readonly number[]): number[] {
  const rows = processTable();
  return pids.filter((pid) => rows.some(([candidate]) => candidate === pid));
}

/** [pid, ppid] of every running process. A process that has ended and waits for its parent (Z) does not count. */
function processTable(): [number, number][] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,state='], { encoding: 'utf8' });
  return text
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , state]) => !state?.startsWith('Z'))
    .map(([pid, ppid]) => [Number(pid), Number(ppid)]);
}
