// Owns running a program that starts processes of its own (wrangler starts workerd), so that none of them is left behind.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SUPERVISOR = fileURLToPath(new URL('./supervisor.ts', import.meta.url));
const GRACE_MS = 4_000;
const MAX_LINES = 30;

export interface SupervisedProcess {
  /** Of the supervisor; the group of everything below it has the same number. */
  readonly pid: number;
  /** Resolves when the program has ended, for whatever reason, and nothing of it is left. */
  readonly ended: Promise<void>;
  /** The newest lines it wrote, for a report of its end. */
  lastLines(): readonly string[];
  /** Asks it to end, then kills it. */
  stop(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): void;
}

export function spawnSupervised(
  command: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; onLine(line: string): void },
): SupervisedProcess {
  const child = spawn(process.execPath, [SUPERVISOR, ...command], {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      last.push(line);
      if (last.length > MAX_LINES) last.shift();
      options.onLine(line);
    });
  }
  const kill = (): void => killGroup(child.pid);
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => {
      kill();
      resolve();
    });
  });
  return {
    pid: child.pid ?? 0,
    ended,
    lastLines: () => last,
    kill,
    async stop() {
      if (child.connected) child.send('stop');
      const late = setTimeout(kill, GRACE_MS);
      await ended;
      clearTimeout(late);
    },
  };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
