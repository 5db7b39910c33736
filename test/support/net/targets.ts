// Real targets on loopback, one for each behaviour of a port.
import { type ChildProcess, fork } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

export interface Target {
  readonly port: number;
  /** How each connection ended, on the server's side. */
  readonly endings: ('fin' | 'reset')[];
  /** The source address of each connection. */
  readonly peers: string[];
  close(): Promise<void>;
}

const listen = async (server: net.Server, host: string): Promise<number> => {
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

async function serve(host: string, onConnection: (socket: net.Socket) => void): Promise<Target> {
  const endings: Target['endings'] = [];
  const peers: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    peers.push(socket.remoteAddress ?? '');
    socket.once('end', () => endings.push('fin'));
    socket.once('error', () => endings.push('reset'));
    socket.once('close', () => sockets.delete(socket));
    socket.resume();
    onConnection(socket);
  });
  const port = await listen(server, host);
  return {
    port,
    endings,
    peers,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const openTarget = (host = '127.0.0.1'): Promise<Target> => serve(host, () => {});

/** Sends bytes before the client does, as mail and SSH servers do. */
export const bannerTarget = (): Promise<Target> =>
  serve('127.0.0.1', (socket) => void socket.write('220 mail.example.com ESMTP\r\n'));

export async function closedPort(host = '127.0.0.1'): Promise<number> {
  const server = net.createServer();
  const port = await listen(server, host);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function closedUdpPort(): Promise<number> {
  const socket = dgram.createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

interface ProcessTarget {
  readonly port: number;
  close(): Promise<void>;
}

/** A separate process, so that it does not wait for the probe's event loop. It sends its port when it listens. */
async function forkServer(
  file: string,
  args: readonly string[] = [],
): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [port] = (await once(child, 'message')) as [number];
  return { child, port };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Accepts and then resets: a proxy whose service is down. */
export async function resettingTarget(afterMs = 0): Promise<ProcessTarget> {
  const { child, port } = await forkServer('./resets.mjs', [String(afterMs)]);
  return { port, close: () => kill(child) };
}

/** A process that hangs: the kernel accepts connections, and the process never ends them. */
export async function stoppedTarget(host = '127.0.0.1'): Promise<ProcessTarget> {
  const { child, port } = await forkServer('./never-accepts.mjs', [host]);
  child.kill('SIGSTOP');
  return { port, close: () => kill(child) };
}

/** A process that hangs and has a full queue, so that the kernel drops every further SYN. `0.0.0.0` hangs at every address. */
export async function hangingTarget(host = '127.0.0.1'): Promise<ProcessTarget> {
  const stopped = await stoppedTarget(host);
  const fillers: net.Socket[] = [];
  let full = false;
  while (!full) {
    const filler = net.connect({ host: '127.0.0.1', port: stopped.port });
    filler.on('error', () => {});
    fillers.push(filler);
    const connected = once(filler, 'connect').then(() => false);
    full = await Promise.race([connected, new Promise<true>((resolve) => setTimeout(resolve, 300, true))]);
  }
  return {
    port: stopped.port,
    async close() {
      for (const filler of fillers) filler.destroy();
      await stopped.close();
    },
  };
}
