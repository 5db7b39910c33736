// Owns the webhook inbox of `npm start`, on loopback: it verifies signatures with the reference library and keeps
// messages in memory. It fails on request, so that demos and tests can watch the retries. Does not render (page.ts).
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { z } from 'zod';
import { errorMessage } from '../../probes/contract/error-message.ts';
import { webhookBodySchema } from '../../src/channels/notification.ts';
import { ACCEPTING, type Behaviour, behaviourSchema } from './behaviour.ts';
import { type Message, summaryOf } from './message.ts';
import { renderPage, STYLE } from './page.ts';

const MAX_MESSAGES = 200;
const MAX_BODY_BYTES = 1024 * 1024;

export interface Inbox {
  /** Send webhooks to `${url}/hook`. */
  readonly url: string;
  stop(): Promise<void>;
}

interface InboxState {
  readonly verifier: Webhook;
  readonly log: (line: string) => void;
  /** Newest first. */
  messages: Message[];
  behaviour: Behaviour;
}

/**
 * `secret` is the channel's `whsec_…`. Port 0 means any free port. Rejects if the port is in use.
 * POST /hook · GET / · GET and DELETE /messages · GET and PUT /behaviour.
 */
export async function startInbox(options: {
  readonly port: number;
  readonly secret: string;
  readonly log: (line: string) => void;
}): Promise<Inbox> {
  const { secret, log } = options;
  const state: InboxState = { verifier: new Webhook(secret), log, messages: [], behaviour: ACCEPTING };
  const server = createServer((request, response) => {
    respond(state, request, response).catch((error: unknown) => {
      log(`inbox: ${errorMessage(error)}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
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

async function respond(state: InboxState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const route = `${request.method} ${new URL(request.url ?? '/', 'http://inbox').pathname}`;
  switch (route) {
    case 'POST /hook':
      return receive(state, request, response);
    case 'GET /':
      return respondWith(
        response,
        200,
        'text/html; charset=utf-8',
        renderPage(state.messages, state.behaviour),
      );
    case 'GET /style.css':
      return respondWith(response, 200, 'text/css', STYLE);
    case 'GET /messages':
      return respondJson(response, 200, { messages: state.messages });
    case 'DELETE /messages':
      state.messages = [];
      return respondWith(response, 204);
    case 'GET /behaviour':
      return respondJson(response, 200, state.behaviour);
    case 'PUT /behaviour':
      return setBehaviour(state, request, response);
    default:
      return respondJson(response, 404, { error: `${route} does not exist.` });
  }
}

async function receive(state: InboxState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const raw = await readBody(request);
  if (raw === null)
    return respondJson(response, 413, { error: `The body must not exceed ${MAX_BODY_BYTES} bytes.` });
  const message = verify(state, request.headers, raw);
  const { behaviour } = state;
  if ('hang' in behaviour) return state.log(`inbox: ${summaryOf(message)}, no response as configured`);
  const accepted = behaviour.status < 300;
  if (!message.verified || accepted) state.messages = [message, ...state.messages].slice(0, MAX_MESSAGES);
  if (!message.verified) {
    state.log(`inbox: ${summaryOf(message)}`);
    return respondJson(response, 401, { error: message.error });
  }
  state.log(`inbox: ${summaryOf(message)}${accepted ? '' : `, responded ${behaviour.status} as configured`}`);
  respondWith(response, behaviour.status);
}

function verify(state: InboxState, headers: IncomingMessage['headers'], raw: string): Message {
  const id = String(headers['webhook-id'] ?? '');
  const common = { id, receivedAt: new Date().toISOString() };
  try {
    const body = webhookBodySchema.parse(state.verifier.verify(raw, headers as Record<string, string>));
    const again = state.messages.some((message) => message.verified && message.id === id);
    return { ...common, verified: true, again, type: body.type, timestamp: body.timestamp, body };
  } catch (error) {
    // A wrong signature, invalid JSON or an invalid body is what the inbox exists to show.
    return { ...common, verified: false, type: null, timestamp: null, body: null, error: describe(error) };
  }
}

function describe(error: unknown): string {
  if (error instanceof z.ZodError) return `not a notification: ${z.prettifyError(error)}`;
  if (error instanceof WebhookVerificationError) return `signature rejected: ${error.message}`;
  return errorMessage(error);
}

async function setBehaviour(
  state: InboxState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parsed = behaviourSchema.safeParse(parseJson((await readBody(request)) ?? ''));
  if (!parsed.success) {
    return respondJson(response, 400, {
      error: 'Invalid behaviour. Send {"status": 200…599} or {"hang": true}.',
    });
  }
  state.behaviour = parsed.data;
  state.log(`inbox: behaviour set to ${JSON.stringify(parsed.data)}`);
  respondJson(response, 200, parsed.data);
}

/** Undefined for invalid JSON, which every schema rejects. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Null if the body is too long. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size <= MAX_BODY_BYTES) parts.push(part);
  }
  return size > MAX_BODY_BYTES ? null : Buffer.concat(parts).toString('utf8');
}

function respondWith(response: ServerResponse, status: number, type?: string, body?: string): void {
  response.writeHead(status, {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'",
    'x-content-type-options': 'nosniff',
    ...(type === undefined ? {} : { 'content-type': type }),
  });
  response.end(body);
}

const respondJson = (response: ServerResponse, status: number, body: unknown): void =>
  respondWith(response, status, 'application/json', JSON.stringify(body));
