// Owns an HTTP server in the place of the coordinator and of receivers: its answer is a function, and it keeps what it received.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface StubServer {
  readonly url: string;
  readonly received: readonly Received[];
  answer(answer: (request: Received, response: ServerResponse) => void): void;
  stop(): Promise<void>;
}

export async function startStub(): Promise<StubServer> {
  let answer = (_: Received, response: ServerResponse): void => void response.writeHead(204).end();
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, path: url, headers, body: Buffer.concat(parts).toString('utf8') };
      received.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: (next) => {
      answer = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const respondJson = (response: ServerResponse, status: number, body: unknown): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

export const healthz = (more: object = {}): object => ({
  ...{ status: 'ok', reasons: [], version: '0.1.0', lastMeasuredAt: null, ageSeconds: 5, tickAgeSeconds: 20 },
  ...more,
});
