// Owns finding free ports on loopback.
import { createServer } from 'node:net';
import { StartError } from './options.ts';

const HOST = '127.0.0.1';

/** A free port; `wanted` itself if it is free. */
export async function freePort(wanted = 0): Promise<number> {
  return (await listenOnce(wanted)) ?? (await listenOnce(0)) ?? wanted;
}

/** Throws {@link StartError} if another process still listens on `port` after `timeoutMs`. */
export async function requireFreePort(port: number, timeoutMs: number): Promise<void> {
  const until = Date.now() + timeoutMs;
  while ((await listenOnce(port)) === undefined) {
    if (Date.now() >= until) {
      throw new StartError(
        `Port ${port} on ${HOST} is in use: stop the program that listens there, or give --port another number.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else if (error.code === 'EACCES') {
        reject(
          new StartError(`Port ${port} needs more rights than you have: give --port a number above 1023.`),
        );
      } else reject(error);
    });
    server.listen(port, HOST, () => {
      const address = server.address();
      const taken = typeof address === 'object' && address ? address.port : port;
      server.close(() => resolve(taken));
    });
  });
}
