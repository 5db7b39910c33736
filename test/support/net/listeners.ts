// Listeners at a chosen address and port of loopback, so that the addresses of one name can differ.
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

export interface Listener {
  readonly port: number;
  /** The number of connections so far. */
  readonly accepted: () => number;
  close(): Promise<void>;
}

/** Accepts and reads. */
export const listenOn = (host: string, port: number): Promise<Listener> => listen(host, port, () => {});

/** Accepts and resets at once, as a proxy whose service is down. */
export const resetOn = (host: string, port: number): Promise<Listener> =>
  listen(host, port, (socket) => void socket.resetAndDestroy());

async function listen(
  host: string,
  port: number,
  onConnection: (socket: net.Socket) => void,
): Promise<Listener> {
  const sockets = new Set<net.Socket>();
  let accepted = 0;
  const server = net.createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {}).resume();
    onConnection(socket);
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
