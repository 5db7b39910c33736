// A webhook inbox on loopback for `npm start`: verifies signatures with the reference library, shows what came,
// and can be told to fail, so that demos and tests can watch the retries. Keeps everything in memory.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { z } from 'zod';
import { webhookBodySchema } from '../../src/channels/notification.ts';
import { type Message, summaryOf } from './message.ts';
import { renderPage, STYLE } from './page.ts';

const MAX_MESSAGES = 200;
const MAX_BODY_BYTES = 1024 * 1024;

/** What the inbox does with the next webhooks: answers with a status (2xx keeps them), or never answers. */
const behaviourSchema = z.union([
  z.strictObject({ status: z.int().min(200).max(599) }),
  z.strictObject({ hang: z.literal(true) }),
]);
export type Behaviour = z.output<typeof behaviourSchema>;

const OBEDIENT: Behaviour = { status: 204 };

export interface Inbox {
  /** Where webhooks go: `${url}/hook`. */
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
 * `secret` is the channel's `whsec_…`; `port` 0 takes a free one. Rejects when the port is taken.
 * POST /hook · GET / · GET and DELETE /messages · GET and PUT /behaviour.
 */
export async function startInbox(options: {
  readonly port: number;
  readonly secret: string;
  readonly log: (line: string) => void;
}): Promise<Inbox> {
  const { secret, log } = options;
  const state: InboxState = { verifier: new Webhook(secret), log, messages: [], behaviour: OBEDIENT };
  const server = createServer((request, response) => {
    respond(state, request, response).catch((error: unknown) => {
      log(`inbox: ${error instanceof Error ? error.message : String(error)}`);
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
      return answer(response, 200, 'text/html; charset=utf-8', renderPage(state.messages, state.behaviour));
    case 'GET /style.css':
      return answer(response, 200, 'text/css', STYLE);
    case 'GET /messages':
      return answerJson(response, 200, { messages: state.messages });
    case 'DELETE /messages':
      state.messages = [];
      return answer(response, 204);
    case 'GET /behaviour':
      return answerJson(response, 200, state.behaviour);
    case 'PUT /behaviour':
      return behave(state, request, response);
    default:
      return answerJson(response, 404, { error: `There is no ${route} here.` });
  }
}

async function receive(state: InboxState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const raw = await readBody(request);
  if (raw === null)
    return answerJson(response, 413, { error: `A webhook is at most ${MAX_BODY_BYTES} bytes.` });
  const message = verify(state, request.headers, raw);
  const { behaviour } = state;
  if ('hang' in behaviour) return state.log(`inbox: ${summaryOf(message)}, left hanging as told`);
  const accepted = behaviour.status < 300;
  if (!message.verified || accepted) state.messages = [message, ...state.messages].slice(0, MAX_MESSAGES);
  if (!message.verified) {
    state.log(`inbox: ${summaryOf(message)}`);
    return answerJson(response, 401, { error: message.error });
  }
  state.log(`inbox: ${summaryOf(message)}${accepted ? '' : `, answered ${behaviour.status} as told`}`);
  answer(response, behaviour.status);
}

function verify(state: InboxState, headers: IncomingMessage['headers'], raw: string): Message {
  const id = String(headers['webhook-id'] ?? '');
  const common = { id, receivedAt: new Date().toISOString() };
  try {
    const body = webhookBodySchema.parse(state.verifier.verify(raw, headers as Record<string, string>));
    const again = state.messages.some((message) => message.verified && message.id === id);
    return { ...common, verified: true, again, type: body.type, timestamp: body.timestamp, body };
  } catch (error) {
    // A wrong signature, no JSON, or a notification of another shape: what an inbox is there to notification.
    const reason =
      error instanceof z.ZodError ? `not a notification: ${z.prettifyError(error)}` : describe(error);
    return { ...common, verified: false, type: null, timestamp: null, body: null, error: reason };
  }
}

function describe(error: unknown): string {
  if (error instanceof WebhookVerificationError) return `signature refused: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

async function behave(state: InboxState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parsed = behaviourSchema.safeParse(parseJson((await readBody(request)) ?? ''));
  if (!parsed.success) {
    return answerJson(response, 400, { error: 'Write {"status": 200…599} or {"hang": true}.' });
  }
  state.behaviour = parsed.data;
  state.log(`inbox: from now on ${JSON.stringify(parsed.data)}`);
  answerJson(response, 200, parsed.data);
}

/** Undefined for what is no JSON: no schema takes that. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Null when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size <= MAX_BODY_BYTES) parts.push(part);
  }
  return size > MAX_BODY_BYTES ? null : Buffer.concat(parts).toString('utf8');
}

function answer(response: ServerResponse, status: number, type?: string, body?: string): void {
  response.writeHead(status, {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'",
    'x-content-type-options': 'nosniff',
    ...(type === undefined ? {} : { 'content-type': type }),
  });
  response.end(body);
}

const answerJson = (response: ServerResponse, status: number, body: unknown): void =>
  answer(response, status, 'application/json', JSON.stringify(body));
