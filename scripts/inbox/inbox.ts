// Owns the inbox of `npm start`, on loopback: it imitates the receivers of the demo's channels, verifies signatures of
// webhooks with the reference library and keeps messages in memory. It fails on request, so that demos and tests can watch the retries. Does not render (page.ts).
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { z } from 'zod';
import { errorMessage } from '../../probes/contract/error-message.ts';
import { webhookBodySchema } from '../../src/channels/notification.ts';
import { ACCEPTING, type Behaviour, behaviourSchema } from './behaviour.ts';
import { type Message, summaryOf } from './message.ts';
import { type InboxEntry, renderPage, STYLE } from './page.ts';
import { type Callbacks, type Press, pressOf } from './press.ts';
import type { VendorEntry } from './vendor-message.ts';
import { vendorOf } from './vendors/catalogue.ts';
import type { Vendor, VendorRequest } from './vendors/vendor.ts';

const MAX_MESSAGES = 200;
const MAX_BODY_BYTES = 1024 * 1024;

export interface Inbox {
  /** Send webhooks to `${url}/hook`, and messages to vendors to `${url}/slack/…`. */
  readonly url: string;
  /** Where buttons of the vendors' tools lead. Without it, they do nothing. */
  setCallbacks(callbacks: Callbacks): void;
  stop(): Promise<void>;
}

interface InboxState {
  readonly verifier: Webhook;
  readonly log: (line: string) => void;
  /** Newest first. */
  entries: InboxEntry[];
  received: number;
  behaviour: Behaviour;
  callbacks: Callbacks | null;
}

/**
 * `secret` is the channel's `whsec_…`. Port 0 means any free port. Rejects if the port is in use.
 * POST /hook, /slack/… · GET / · GET and DELETE /messages · GET /vendor-messages · GET and PUT /behaviour.
 */
export async function startInbox(options: {
  readonly port: number;
  readonly secret: string;
  readonly log: (line: string) => void;
}): Promise<Inbox> {
  const { secret, log } = options;
  const state: InboxState = {
    verifier: new Webhook(secret),
    log,
    ...{ entries: [], received: 0, behaviour: ACCEPTING, callbacks: null },
  };
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
    setCallbacks: (callbacks) => {
      state.callbacks = callbacks;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(state: InboxState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://inbox');
  const route = `${request.method} ${path}`;
  const vendor = request.method === 'GET' ? undefined : vendorOf(path);
  if (vendor) return receiveForVendor(state, vendor, request, response);
  if (request.method === 'POST' && path.startsWith('/press/'))
    return press(state, Number(path.slice('/press/'.length)), request, response);
  switch (route) {
    case 'POST /hook':
      return receive(state, request, response);
    case 'GET /':
      return respondWith(
        response,
        200,
        'text/html; charset=utf-8',
        renderPage(state.entries, state.behaviour, searchParams.has('noRefresh')),
      );
    case 'GET /style.css':
      return respondWith(response, 200, 'text/css', STYLE);
    case 'GET /messages':
      return respondJson(response, 200, { messages: state.entries.filter(isWebhook) });
    case 'GET /vendor-messages':
      return respondJson(response, 200, { messages: state.entries.filter((entry) => !isWebhook(entry)) });
    case 'DELETE /messages':
      state.entries = [];
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
  if (!message.verified || accepted) keep(state, message);
  if (!message.verified) {
    state.log(`inbox: ${summaryOf(message)}`);
    return respondJson(response, 401, { error: message.error });
  }
  state.log(`inbox: ${summaryOf(message)}${accepted ? '' : `, responded ${behaviour.status} as configured`}`);
  respondWith(response, behaviour.status);
}

const isWebhook = (entry: InboxEntry): entry is Message => !('vendor' in entry);

function keep(state: InboxState, entry: InboxEntry): void {
  state.entries = [entry, ...state.entries].slice(0, MAX_MESSAGES);
}

async function receiveForVendor(
  state: InboxState,
  vendor: Vendor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (body === null)
    return respondJson(response, 413, { error: `The body must not exceed ${MAX_BODY_BYTES} bytes.` });
  const { behaviour } = state;
  if ('hang' in behaviour) return state.log(`inbox: ${vendor.name} message, no response as configured`);
  if (behaviour.status >= 300) {
    state.log(`inbox: ${vendor.name} message, responded ${behaviour.status} as configured`);
    return respondWith(response, behaviour.status);
  }
  const sent: VendorRequest = {
    method: request.method ?? 'POST',
    path: (request.url ?? '').slice(vendor.id.length + 1),
    headers: request.headers as Readonly<Record<string, string | undefined>>,
    body,
  };
  state.received += 1;
  const common = { number: state.received, vendor: vendor.id, vendorName: vendor.name, pressed: null };
  const receivedAt = new Date().toISOString();
  try {
    const message = vendor.read(sent);
    keep(state, { ...common, receivedAt, message, error: null });
    state.log(`inbox: ${vendor.name} message`);
    const { status, type, body: text } = vendor.accept(sent, state.received);
    respondWith(response, status, type, text);
  } catch (error) {
    keep(state, { ...common, receivedAt, message: null, error: errorMessage(error) });
    state.log(`inbox: ${vendor.name} rejected a message: ${errorMessage(error)}`);
    const { status, type, body: text } = vendor.reject(errorMessage(error));
    respondWith(response, status, type, text);
  }
}

/** A person pressed the button: the inbox sends what the vendor would send. */
async function press(
  state: InboxState,
  number: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Only the inbox's own page has the button.
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return respondWith(response, 403);
  const entry = state.entries.find((one): one is VendorEntry => 'vendor' in one && one.number === number);
  if (!entry?.message) return respondJson(response, 404, { error: `The message ${number} does not exist.` });
  const wanted = state.callbacks && pressOf(entry.vendor, entry.message, state.callbacks, Date.now());
  const pressed = wanted ? await sendPress(wanted) : 'The demo does not know where to send this.';
  state.log(`inbox: ${entry.vendorName} button: ${pressed}`);
  state.entries = state.entries.map((one) => (one === entry ? { ...entry, pressed } : one));
  response.writeHead(303, { location: '/' });
  response.end();
}

async function sendPress({ url, headers, body }: Press): Promise<string> {
  try {
    const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(5_000) });
    return answer.ok ? 'You pressed the button.' : `The coordinator responded ${answer.status}.`;
  } catch (error) {
    return `The coordinator could not be reached: ${errorMessage(error)}`;
  }
}

function verify(state: InboxState, headers: IncomingMessage['headers'], raw: string): Message {
  const id = String(headers['webhook-id'] ?? '');
  const common = { id, receivedAt: new Date().toISOString() };
  try {
    const body = webhookBodySchema.parse(state.verifier.verify(raw, headers as Record<string, string>));
    const again = state.entries.some((entry) => isWebhook(entry) && entry.verified && entry.id === id);
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
    'content-security-policy': "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'",
    'x-content-type-options': 'nosniff',
    ...(type === undefined ? {} : { 'content-type': type }),
  });
  response.end(body);
}

const respondJson = (response: ServerResponse, status: number, body: unknown): void =>
  respondWith(response, status, 'application/json', JSON.stringify(body));
