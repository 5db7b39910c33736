// Real targets on loopback, one for each way in which a port can behave.
import { type ChildProcess, fork } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

export interface Target {
  readonly port: number;
  /** How each connection ended, as the server saw it. */
  readonly endings: ('fin' | 'reset')[];
  /** Where each connection came from. */
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

/** Says something before it is asked, as mail and ssh servers do. */
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

/** A process of its own, so that it does not wait for the probe's event loop; it says its port once it listens. */
async function serveElsewhere(
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

/** Accepts and resets, at once or a moment later: a proxy whose service is gone. */
export async function resettingTarget(afterMs = 0): Promise<ProcessTarget> {
  const { child, port } = await serveElsewhere('./resets.mjs', [String(afterMs)]);
  return { port, close: () => kill(child) };
}

/** A process that hangs: the kernel takes connections for it, and nobody ever ends them. */
export async function stoppedTarget(): Promise<ProcessTarget> {
  const { child, port } = await serveElsewhere('./never-accepts.mjs');
  child.kill('SIGSTOP');
  return { port, close: () => kill(child) };
}

/** The same with its queue full, so that the kernel drops every further SYN. */
export async function hangingTarget(): Promise<ProcessTarget> {
  const stopped = await stoppedTarget();
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
