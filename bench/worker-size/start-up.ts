// Owns the CPU time of a Worker's start: a fresh workerd loads the bundle, compiles it and evaluates its modules before it
// listens. Of all its threads, less that of an empty Worker. Linux only, because the kernel counts it in nanoseconds there.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { WRANGLER } from '../../scripts/start/wrangler.ts';

/** The binary that wrangler runs: the real one is a dependency of its own. */
const WORKERD = (createRequire(WRANGLER)('workerd') as { default: string }).default;
const READY_WITHIN_MS = 60_000;

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-11-09",
);
`;

/** Writes the bundle and what starts it into a folder of its own. */
export function prepareStart(folder: string, code: string): string {
  writeFileSync(join(folder, 'worker.js'), code);
  writeFileSync(join(folder, 'config.capnp'), CONFIG);
  return join(folder, 'config.capnp');
}

/** CPU time of one start, in ms. Throws with the output of workerd if it does not start. */
export function startCpuMs(config: string): Promise<number> {
  const child = spawn(WORKERD, ['serve', config, '--control-fd=3'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stderr?.on('data', (part: Buffer) => {
    output += part.toString('utf8');
  });
  return new Promise<number>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`workerd did not start: ${output}`)), READY_WITHIN_MS);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`workerd ended: ${output}`)));
    // Its first message names the port on which it listens.
    child.stdio[3]?.once('data', () => {
      clearTimeout(late);
      resolve(cpuMsOf(child.pid!));
    });
  }).finally(() => child.kill('SIGKILL'));
}

function cpuMsOf(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const ns = tasks.map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  return ns.reduce((sum, one) => sum + one, 0) / 1e6;
}
