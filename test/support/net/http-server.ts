// Real servers on loopback that speak HTTP or TLS, well and badly. Each remembers its sockets and closes them all.
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';

export interface WebTarget {
  readonly port: number;
  /** How many connections there have been. */
  connections: number;
  close(): Promise<void>;
}

async function listen(server: net.Server): Promise<WebTarget> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    target.connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const target: WebTarget = {
    port: (server.address() as AddressInfo).port,
    connections: 0,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return target;
}

export const httpTarget = (answer: http.RequestListener): Promise<WebTarget> =>
  listen(http.createServer(answer));

export const httpsTarget = (
  options: https.ServerOptions,
  answer: http.RequestListener,
): Promise<WebTarget> => {
  const server = https.createServer(options, answer);
  server.on('tlsClientError', () => {});
  return listen(server);
};

export const tlsTarget = (options: tls.TlsOptions): Promise<WebTarget> => {
  const server = tls.createServer(options, (socket) => {
    socket.on('error', () => {});
    socket.resume();
  });
  server.on('tlsClientError', () => {});
  return listen(server);
};

/** Whatever a socket may do; `socket.resume()` is called for those that do not read. */
export const rawTarget = (act: (socket: net.Socket) => void): Promise<WebTarget> =>
  listen(
    net.createServer((socket) => {
      socket.on('error', () => {});
      act(socket);
      if (socket.listenerCount('data') === 0) socket.resume();
    }),
  );

/** Says the same bytes to everyone once something was asked, and ends unless it `stays`. */
export const sayingTarget = (bytes: string | Uint8Array, stays = false): Promise<WebTarget> =>
  rawTarget((socket) => {
    socket.once('data', () => {
      socket.write(bytes);
      if (!stays) socket.end();
    });
  });

/** In front of another port: everything after the first `good` bytes of its answers has its bits turned round. */
export const spoilingTarget = (port: number, good: number): Promise<WebTarget> =>
  rawTarget((socket) => {
    const behind = net.connect(port, '127.0.0.1');
    behind.on('error', () => {});
    socket.once('close', () => behind.destroy());
    socket.pipe(behind);
    let passed = 0;
    behind.on('data', (chunk) => {
      socket.write(chunk.map((byte, at) => (passed + at < good ? byte : byte ^ 0xff)));
      passed += chunk.length;
    });
    behind.once('end', () => socket.end());
  });
