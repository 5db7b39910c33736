// Owns breaking and repairing over HTTP, for scripts: GET / · PUT /targets/{name} {"up": false} · PUT /locations/{id} {"fault": "hang"} ·
// PUT /machinery/{name} {"up": false}.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { faultSchema } from '../local-lambda/faults.ts';
import type { FaultInjector } from './faults.ts';

export interface Control {
  readonly url: string;
  stop(): Promise<void>;
}

interface ControlResponse {
  readonly status: number;
  readonly body: unknown;
}

const upSchema = z.strictObject({ up: z.boolean() });
const KINDS = ['targets', 'locations', 'machinery'] as const;
type Kind = (typeof KINDS)[number];
const NAMES: Readonly<Record<Kind, string>> = {
  targets: 'target',
  locations: 'location',
  machinery: 'machine',
};
const isKind = (text: string): text is Kind => KINDS.some((kind) => kind === text);
const MAX_BODY_BYTES = 10_000;

/** On loopback; `port` 0 takes a free one. Rejects if the port is in use. */
export async function startControl(port: number, faults: FaultInjector): Promise<Control> {
  const server = createServer((request, response) => {
    respond(faults, request)
      .catch(
        (error: unknown): ControlResponse => ({ status: 500, body: { error: (error as Error).message } }),
      )
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
        response.end(`${JSON.stringify(body)}\n`);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(faults: FaultInjector, request: IncomingMessage): Promise<ControlResponse> {
  const path = new URL(request.url ?? '/', 'http://control').pathname;
  const [, kind = '', name = ''] = path.split('/').map(decodeURIComponent);
  if (request.method === 'GET' && path === '/') return { status: 200, body: faults.state() };
  if (request.method !== 'PUT' || !isKind(kind)) {
    const error = 'Use GET /, PUT /targets/{name}, PUT /locations/{id} or PUT /machinery/{name}.';
    return { status: 404, body: { error } };
  }
  const known = Object.keys(faults.state()[kind]);
  if (!known.includes(name)) {
    return {
      status: 404,
      body: {
        error: `Unknown ${NAMES[kind]} "${name}". Use one of: ${known.join(', ') || 'none'}.`,
      },
    };
  }
  const input = parseJson(await readBody(request));
  if (kind !== 'locations') {
    const parsed = upSchema.safeParse(input);
    if (!parsed.success)
      return { status: 400, body: { error: 'The body must be {"up": true} or {"up": false}.' } };
    const { up } = parsed.data;
    await (kind === 'targets' ? faults.setTarget(name, up) : faults.setMachine(name, up));
  } else {
    const parsed = faultSchema.safeParse(input);
    if (!parsed.success) return { status: 400, body: { error: z.prettifyError(parsed.error) } };
    faults.setLocation(name, parsed.data);
  }
  return { status: 200, body: faults.state() };
}

/** Undefined for text that is not JSON, which every schema rejects. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request as AsyncIterable<Buffer>) {
    text += part.toString('utf8');
    if (text.length > MAX_BODY_BYTES) return '';
  }
  return text;
}
