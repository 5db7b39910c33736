// Owns the CPU time of a Worker's start, and of its first request: a fresh workerd loads the modules, compiles and evaluates those of
// the start before it listens, and the others when a request needs them. Of all its threads. Linux only, because the kernel counts it
// in nanoseconds there.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { LAZY_MODULES } from '../../scripts/build-worker.ts';
import { WRANGLER } from '../../scripts/start/wrangler.ts';

/** The binary that wrangler runs: the real one is a dependency of its own. */
const WORKERD = (createRequire(WRANGLER)('workerd') as { default: string }).default;
const READY_WITHIN_MS = 60_000;

/** `data` is for bytes that are not code. */
export interface StartModule {
  readonly name: string;
  readonly kind: 'esModule' | 'data';
}

const config = (modules: readonly StartModule[]): string => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${modules.map(({ name, kind }) => `(name = "${name}", ${kind} = embed "${name}")`).join(', ')}],
  compatibilityDate = "2026-11-09",
  compatibilityFlags = ["${LAZY_MODULES}"],
);
`;

/** Returns what starts the modules of a folder. The first is the Worker. */
export function prepareStart(folder: string, name: string, modules: readonly StartModule[]): string {
  const path = join(folder, `${name}.capnp`);
  writeFileSync(path, config(modules));
  return path;
}

interface Cpu {
  readonly startMs: number;
  /** The first request, less the one after it: what loads later. */
  readonly firstRequestMs: number;
}

/** One start, and two requests of `asked`, of a Worker without bindings. Throws with the output of workerd if it does not start. */
export async function measureStart(path: string, asked: string): Promise<Cpu> {
  const child = spawn(WORKERD, ['serve', path, '--control-fd=3'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  try {
    const port = await portOf(child);
    const startMs = cpuMsOf(child.pid!);
    const url = `http://127.0.0.1:${port}${asked}`;
    const [first, second] = [await askCpuMs(child.pid!, url), await askCpuMs(child.pid!, url)];
    return { startMs, firstRequestMs: first - second };
  } finally {
    child.kill('SIGKILL');
  }
}

/** Its first message names the port on which it listens. */
function portOf(child: ChildProcess): Promise<number> {
  let output = '';
  child.stderr?.on('data', (part: Buffer) => {
    output += part.toString('utf8');
  });
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`workerd did not start: ${output}`)), READY_WITHIN_MS);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`workerd ended: ${output}`)));
    child.stdio[3]?.once('data', (message: Buffer) => {
      clearTimeout(late);
      resolve((JSON.parse(message.toString('utf8')) as { readonly port: number }).port);
    });
  });
}

async function askCpuMs(pid: number, url: string): Promise<number> {
  const before = cpuMsOf(pid);
  await (await fetch(url)).arrayBuffer();
  return cpuMsOf(pid) - before;
}

function cpuMsOf(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const ns = tasks.map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  return ns.reduce((sum, one) => sum + one, 0) / 1e6;
}
