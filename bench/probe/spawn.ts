// Owns the processes of the benchmark: it starts them on a core, in a network namespace or under a CPU quota, and ends them.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CpuGroup, openCpuGroup } from './cpu-group.ts';

export interface Placement {
  /** `measured` has the first core to itself if the machine allows it. `around` is everything else. */
  readonly side: 'measured' | 'around';
  /** Name of a network namespace. */
  readonly namespace?: string | undefined;
  /** The group from the first instruction on. Default: the group of the side, which has no quota. */
  readonly group?: CpuGroup | undefined;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

const programs = new Map<string, string | null>();

/** The path of a program in PATH or the administrator's folders. Null if it is not installed. */
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

const groups = new Map<Placement['side'], CpuGroup | string>();

/** The control group of a side, with the highest weight. Returns a reason if this machine does not allow it. */
export function groupOfSide(side: Placement['side']): CpuGroup | string {
  const group = groups.get(side) ?? openCpuGroup(side);
  groups.set(side, group);
  return group;
}

function wrapped(command: readonly string[], { side, namespace, ...rest }: Placement): string[] {
  const group = rest.group ?? groupOfSide(side);
  const core = side === 'measured' ? '0' : `1-${availableParallelism() - 1}`;
  return [
    ...(typeof group === 'object' ? ['sh', '-c', 'echo $$ > "$0" && exec "$@"', group.procs] : []),
    ...(canPin ? ['taskset', '-c', core] : []),
    ...(namespace ? ['nsenter', `--net=/run/netns/${namespace}`] : []),
    ...command,
  ];
}

/** Starts a program. It ends with this process at the latest. */
export function spawnProgram(
  command: readonly string[],
  placement: Placement,
  options: SpawnOptions = {},
): ChildProcess {
  const [program, ...rest] = wrapped(command, placement);
  const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Starts a program of this folder and waits for its `ready`. */
export async function spawnOwn(
  file: string,
  args: readonly string[],
  placement: Placement,
  env: NodeJS.ProcessEnv = {},
): Promise<ChildProcess> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawnProgram([process.execPath, path, ...args], placement, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
  await nextMessage(child, file);
  return child;
}

/** The next message of a child. Rejects if the child ends first. */
export async function nextMessage<T>(child: ChildProcess, name: string): Promise<T> {
  const cleanup = new AbortController();
  const gone = once(child, 'exit', { signal: cleanup.signal }).then(([code, signal]) => {
    throw new Error(`${name} ended before it sent a message (${signal ?? `exit code ${code}`})`);
  });
  try {
    const message = once(child, 'message', { signal: cleanup.signal });
    const [content] = (await Promise.race([message, gone])) as [T];
    return content;
  } finally {
    cleanup.abort();
    gone.catch(() => {});
  }
}

/** Ends a child and waits for its exit. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}
