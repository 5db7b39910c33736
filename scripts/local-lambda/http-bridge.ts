// Owns passing requests of Node's HTTP server to a router that takes a Request and returns a Response.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** `body` is separate and in bytes, because the signature covers them. */
export type Fetch = (request: Request, body: Uint8Array) => Promise<Response | undefined>;

/** The request's signal aborts when the client disconnects. An error in the router is logged and becomes a 500. */
export async function bridge(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fetch: Fetch,
  log: (line: string) => void,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const headers = new Headers();
    for (const [name, value] of Object.entries(incoming.headersDistinct))
      headers.set(name, value?.join(', ') ?? '');
    const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
    const request = new Request(url, { method: incoming.method ?? 'GET', headers, signal: gone.signal });
    const response = (await fetch(request, Buffer.concat(chunks))) ?? new Response(null, { status: 404 });
    if (outgoing.destroyed) return;
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  } catch (error) {
    if (gone.signal.aborted) return;
    log(`local Lambda: ${error instanceof Error ? error.stack : String(error)}`);
    outgoing.writeHead(500).end();
  }
}
