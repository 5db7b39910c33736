// Owns running a real server in a process namespace of its own: its forks end with it, and it ends with the process of the
// tests, even if that is killed. Does not know what the server does.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Namespace } from '../namespace.ts';

export interface LabServer {
  readonly port: number;
  /** Stops every process of the server (SIGSTOP). Its kernel still accepts connections. */
  hang(): void;
  /** Continues them (SIGCONT). */
  resume(): void;
  close(): Promise<void>;
}

interface Starting {
  readonly command: readonly string[];
  readonly port: number;
  /** The network namespace of the server, if not that of the tests. */
  readonly inside?: Namespace | undefined;
}

const READY_WITHIN_MS = 10_000;

/** pdeathsig survives the exec of unshare(1), which ends its whole namespace. */
const TIED = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--pid', '--fork', '--kill-child=KILL'];

/** Resolves once the server listens on its TCP port. */
export async function startServer({ command, port, inside }: Starting): Promise<LabServer> {
  const [program = '', ...args] = [...(inside?.enter ?? []), ...TIED, ...command];
  // Detached, so that signals reach the whole process group.
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => output.push(bytes));
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined && isRunning(child)) process.kill(-child.pid, name);
  };
  const close = async (): Promise<void> => {
    if (!isRunning(child)) return;
    const gone = once(child, 'exit');
    signal('SIGKILL');
    await gone;
  };
  await once(child, 'spawn');
  const endsAt = Date.now() + READY_WITHIN_MS;
  while (!isListening(port, inside)) {
    if (!isRunning(child) || Date.now() > endsAt) {
      await close();
      throw new Error(`${command[0]} does not listen on port ${port}:\n${Buffer.concat(output)}`);
    }
    await sleep(20);
  }
  return { port, hang: () => signal('SIGSTOP'), resume: () => signal('SIGCONT'), close };
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** From the kernel's list (proc_pid_net(5)), because a connection would reach the server. */
function isListening(port: number, inside: Namespace | undefined): boolean {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const table = readFileSync(`/proc/${inside?.pid ?? 'self'}/net/tcp`, 'utf8');
  return new RegExp(`^ *\\d+: [0-9A-F]{8}:${hexPort} [0-9A-F:]+ 0A `, 'm').test(table);
}

export async function freePort(): Promise<number> {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
