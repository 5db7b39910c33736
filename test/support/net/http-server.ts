// Real HTTP and TLS servers on loopback, correct and broken. Each closes all its sockets.
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';

export interface WebTarget {
  readonly port: number;
  /** The number of connections so far. */
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

/** Calls `act` for each connection; resumes sockets that nothing reads. */
export const rawTarget = (act: (socket: net.Socket) => void): Promise<WebTarget> =>
  listen(
    net.createServer((socket) => {
      socket.on('error', () => {});
      act(socket);
      if (socket.listenerCount('data') === 0) socket.resume();
    }),
  );

/** Sends the same bytes after the first bytes of each client, then ends unless it `stays`. */
export const cannedTarget = (bytes: string | Uint8Array, stays = false): Promise<WebTarget> =>
  rawTarget((socket) => {
    socket.once('data', () => {
      socket.write(bytes);
      if (!stays) socket.end();
    });
  });

/** A proxy to another port that inverts every bit after the first `good` bytes of the answers. */
export const corruptingTarget = (port: number, good: number): Promise<WebTarget> =>
  rawTarget((socket) => {
    const upstream = net.connect(port, '127.0.0.1');
    upstream.on('error', () => {});
    socket.once('close', () => upstream.destroy());
    socket.pipe(upstream);
    let passed = 0;
    upstream.on('data', (chunk) => {
      socket.write(chunk.map((byte, at) => (passed + at < good ? byte : byte ^ 0xff)));
      passed += chunk.length;
    });
    upstream.once('end', () => socket.end());
  });
