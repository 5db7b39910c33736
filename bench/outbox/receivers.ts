// Owns the receivers of the storm: one that responds at once, one that never does, and one that takes 14 seconds.
// They count accepted messages and do not verify them.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CountingReceiver {
  readonly url: string;
  /** Arrivals of accepted messages, ms since the epoch, by `webhook-id`. */
  readonly acceptedAt: Map<string, number>;
  stop(): void;
}

/** `delayMs` null: never responds. */
export async function startCountingReceiver(delayMs: number | null): Promise<CountingReceiver> {
  const acceptedAt = new Map<string, number>();
  const server = createServer((request, response) => {
    request.resume();
    if (delayMs === null) return;
    setTimeout(() => {
      const id = String(request.headers['webhook-id']);
      if (!response.destroyed && !acceptedAt.has(id)) acceptedAt.set(id, Date.now());
      response.writeHead(204).end();
    }, delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    acceptedAt,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
