// Owns a webhook receiver for live meshes: it verifies every message with the reference library, and hangs or closes on request.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { type WebhookBody, webhookBodySchema } from '../../../src/channels/notification.ts';

/** One attempt that reached the receiver. */
export interface Received {
  readonly id: string;
  readonly body: WebhookBody;
  /** Arrival, ms since the epoch. */
  readonly at: number;
  /** False while it hangs, because the sender gets no response. */
  readonly accepted: boolean;
}

export interface Receiver {
  readonly url: string;
  /** Of the channel that sends to it. */
  readonly secret: string;
  readonly received: Received[];
  /** Errors of requests that are not valid notifications: a wrong signature, another shape. */
  readonly refused: string[];
  /** `gone` closes the port. */
  behave(how: 'accepts' | 'hangs' | 'gone'): Promise<void>;
  stop(): Promise<void>;
}

export async function startReceiver(secret: string): Promise<Receiver> {
  const verifier = new Webhook(secret);
  const received: Received[] = [];
  const refused: string[] = [];
  let hangs = false;
  const server = createServer((request, response) => {
    readBody(request)
      .then((raw) => {
        const body = webhookBodySchema.parse(verifier.verify(raw, request.headers as Record<string, string>));
        const id = String(request.headers['webhook-id']);
        received.push({ id, body, at: Date.now(), accepted: !hangs });
        if (!hangs) response.writeHead(204).end();
      })
      .catch((error: unknown) => {
        refused.push(String(error));
        response.writeHead(401).end();
      });
  });
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    secret,
    received,
    refused,
    async behave(how) {
      hangs = how === 'hangs';
      if (how === 'gone') await shut(server);
      else if (!server.listening) await listen(server, port);
    },
    stop: () => shut(server),
  };
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });

function shut(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}
