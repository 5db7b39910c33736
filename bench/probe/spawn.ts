// Starts the bench's processes where they have to run: on a core, in a network namespace, under a CPU quota; and ends them.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CpuGroup, openCpuGroup } from './cpu-group.ts';

export interface Where {
  /** `measured` has the first core for itself, as far as the machine lets it; `around` is everything else. */
  readonly side: 'measured' | 'around';
  /** Name of a network namespace. */
  readonly namespace?: string | undefined;
  /** The process is in it from its first instruction; else in its side's own, which has no quota. */
  readonly group?: CpuGroup | undefined;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

const programs = new Map<string, string | null>();

/** Where a program is, among the folders of PATH and those of the administrator; null where it is not installed. */
export function findProgram(name: string): string | null {
  const known = programs.get(name);
  if (known !== undefined) return known;
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/lib/nagios/plugins'];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
  programs.set(name, found);
  return found;
}

export const isRoot = process.getuid?.() === 0;
export const canPin = availableParallelism() > 1 && findProgram('taskset') !== null;

const groups = new Map<Where['side'], CpuGroup | string>();

/** The control group of a side, in which everything has the highest weight; or why there is none. */
export function groupOf(side: Where['side']): CpuGroup | string {
  const group = groups.get(side) ?? openCpuGroup(side);
  groups.set(side, group);
  return group;
}

function wrapped(command: readonly string[], { side, namespace, ...rest }: Where): string[] {
  const group = rest.group ?? groupOf(side);
  const core = side === 'measured' ? '0' : `1-${availableParallelism() - 1}`;
  return [
    ...(typeof group === 'object' ? ['sh', '-c', 'echo $$ > "$0" && exec "$@"', group.procs] : []),
    ...(canPin ? ['taskset', '-c', core] : []),
    ...(namespace ? ['nsenter', `--net=/run/netns/${namespace}`] : []),
    ...command,
  ];
}

/** Starts any program. It ends with this process at the latest. */
export function launch(command: readonly string[], where: Where, options: SpawnOptions = {}): ChildProcess {
  const [program, ...rest] = wrapped(command, where);
  const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** One of this folder's own programs, which says `ready` when it is. */
export async function launchOwn(
  file: string,
  args: readonly string[],
  where: Where,
  env: NodeJS.ProcessEnv = {},
): Promise<ChildProcess> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = launch([process.execPath, path, ...args], where, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
  await answerOf(child, file);
  return child;
}

/** The next message of a child; rejects when it ends instead. */
export async function answerOf<T>(child: ChildProcess, name: string): Promise<T> {
  const over = new AbortController();
  const gone = once(child, 'exit', { signal: over.signal }).then(([code, signal]) => {
    throw new Error(`${name} ended before it answered (${signal ?? `exit code ${code}`})`);
  });
  try {
    const message = once(child, 'message', { signal: over.signal });
    const [answer] = (await Promise.race([message, gone])) as [T];
    return answer;
  } finally {
    over.abort();
    gone.catch(() => {});
  }
}

/** Ends a child, and waits until it has ended. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}
