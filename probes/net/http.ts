// Owns one HTTP/1.1 exchange on an open connection, through Node's own parser (llhttp), with caps on everything that a
// hostile server could send without end. Does not follow redirects or check the response.
import type http from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Duplex, Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import zlib from 'node:zlib';
import { type HttpRequest, type HttpResponse, WireError } from '../checks/check.ts';
import { toFailure } from './errors.ts';
import type { Session } from './session.ts';

/** An import would evaluate every export, Node's WebSocket client included: 9 MB and 25 ms of a cold start. */
const nodeHttp = process.getBuiltinModule('node:http');

const MAX_HEADER_BYTES = 16_384;
/** Headers and interim responses (1xx). */
const MAX_OVERHEAD_BYTES = 131_072;
/** Bytes on the wire per byte of the body: a chunk of one byte takes six (RFC 9112, section 7.1). */
const MAX_WIRE_BYTES_PER_BYTE = 8;

/** Fails with `unexpected_reply` if the reply is not HTTP, and with `reset` or `timeout` like any conversation. */
export async function httpExchange(
  session: Session,
  stream: Duplex,
  peer: string,
  request: HttpRequest,
): Promise<HttpResponse> {
  session.phase = 'reply';
  session.trace(`${request.method} ${request.path}`);
  for (const [name, value] of Object.entries(request.headers)) session.trace(`> ${name}: ${value}`);
  const requestedAt = performance.now();
  const { timeoutMs } = session.deadline;
  let response: http.IncomingMessage | undefined;
  const timeoutError = (): Error =>
    response
      ? new WireError(
          'timeout',
          `${peer} answered ${response.statusCode} and did not finish its body within ${timeoutMs} ms`,
        )
      : new WireError(
          'timeout',
          `${peer} is connected and did not answer the request within ${timeoutMs} ms`,
        );
  try {
    return await session.deadline.wait<HttpResponse>((resolve, reject) => {
      const clientRequest = nodeHttp.request({
        method: request.method,
        path: request.path,
        headers: request.headers,
        setDefaultHeaders: false,
        maxHeaderSize: MAX_HEADER_BYTES,
        // Clients accept bare line feeds, folded headers and odd characters. Nothing is forwarded, so nothing
        // can be smuggled.
        insecureHTTPParser: true,
        // Node uses this only without an agent: `agent: false` makes one, which connects to port 80 of this machine.
        createConnection: () => stream,
      });
      let received = 0;
      clientRequest.once('socket', (socket) => {
        socket.prependListener('data', (chunk: Uint8Array) => {
          if (received === 0) session.addTiming('firstByteMs', performance.now() - requestedAt);
          received += chunk.length;
          const bodyBytes = response ? request.maxBodyBytes * MAX_WIRE_BYTES_PER_BYTE : 0;
          if (received > bodyBytes + MAX_OVERHEAD_BYTES)
            reject(
              new WireError(
                'unexpected_reply',
                `${peer} sent more than ${received - chunk.length} bytes for one response`,
              ),
            );
        });
      });
      clientRequest.on('error', (error: NodeJS.ErrnoException) => {
        // Bytes after a complete response do not count (RFC 9112, section 6.3).
        if (!response?.complete) reject(exchangeFailure(stream.errored ?? error, peer));
      });
      clientRequest.once('upgrade', () =>
        reject(new WireError('unexpected_reply', `${peer} changed the protocol without a request to do so`)),
      );
      clientRequest.once('response', (incoming) => {
        response = incoming;
        traceResponse(session, incoming);
        const violation = protocolViolation(incoming);
        if (violation !== null) return reject(new WireError('unexpected_reply', `${peer} ${violation}`));
        readBody(incoming, request).then(
          (body) => {
            if (body.body !== '') session.trace(body.body);
            resolve({ status: incoming.statusCode ?? 0, headers: headersOf(incoming), ...body });
          },
          (error: NodeJS.ErrnoException) => reject(bodyFailure(error, peer, incoming)),
        );
      });
      clientRequest.end(request.body);
    }, timeoutError);
  } finally {
    stream.destroy();
  }
}

/** What the lenient parser accepts and a client must not. */
function protocolViolation({ statusCode = 0, headers }: http.IncomingMessage): string | null {
  if (statusCode < 100) return `answered with the invalid status ${statusCode}`;
  // RFC 9112, section 6.3: an error of the server.
  return headers['transfer-encoding'] !== undefined && headers['content-length'] !== undefined
    ? `answered ${statusCode} with a content-length and a transfer-encoding, which contradict each other`
    : null;
}

function traceResponse(session: Session, response: http.IncomingMessage): void {
  session.trace(`HTTP/${response.httpVersion} ${response.statusCode} ${response.statusMessage ?? ''}`.trim());
  for (const [name, value] of Object.entries(headersOf(response))) session.trace(`< ${name}: ${value}`);
}

const headersOf = ({ headersDistinct }: http.IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(', ')]));

/** Counts decompressed bytes, so that a small response that grows without end is cut like a long one. */
async function readBody(
  response: http.IncomingMessage,
  { maxBodyBytes, keptBodyBytes = maxBodyBytes }: HttpRequest,
): Promise<Pick<HttpResponse, 'body' | 'truncated'>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let truncated = false;
  let isEmpty = true;
  const source = decoded(response, () => {
    isEmpty = false;
  });
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      if (length < keptBodyBytes) chunks.push(chunk);
      length += chunk.length;
      truncated = length > maxBodyBytes;
      if (truncated) break;
    }
  } catch (error) {
    // An absent body that the headers call compressed: the response to HEAD, or an empty response.
    if (!isEmpty || !IS_CODING_ERROR.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  const bytes = Buffer.concat(chunks).subarray(0, keptBodyBytes);
  return { body: decoderOf(response.headers['content-type']).decode(bytes), truncated };
}

function decoded(response: http.IncomingMessage, onBytes: () => void): Readable {
  const make = DECODERS[(response.headers['content-encoding'] ?? '').trim().toLowerCase()];
  if (!make) return response;
  const decoder = make();
  response.once('data', onBytes);
  // An incomplete body must end the decoder.
  response.once('error', (error) => decoder.destroy(error));
  return response.pipe(decoder);
}

/** RFC 9110, section 8.4.1. */
const DECODERS: Readonly<Record<string, () => zlib.Gunzip | zlib.Inflate | zlib.BrotliDecompress>> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  deflate: () => zlib.createInflate(),
  br: () => zlib.createBrotliDecompress(),
};

function decoderOf(contentType = ''): TextDecoder {
  const charset = /charset="?([\w.:-]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset);
  } catch {
    // An unknown charset: UTF-8 still decodes the ASCII part of the text.
    return new TextDecoder();
  }
}

const IS_PARSE_ERROR = /^HPE_/;
const IS_CODING_ERROR = /^(Z_|ERR__?ZLIB|ERR_BROTLI|ERR__ERROR)/;

function exchangeFailure(error: NodeJS.ErrnoException, peer: string): Error {
  const { code = '' } = error;
  if (code === 'HPE_HEADER_OVERFLOW')
    return new WireError('unexpected_reply', `${peer} sent more than ${MAX_HEADER_BYTES} bytes of headers`);
  if (IS_PARSE_ERROR.test(code))
    return new WireError('unexpected_reply', `${peer} did not answer in HTTP (${error.message})`);
  if (error.message === 'socket hang up')
    return new WireError('unexpected_reply', `${peer} ended the connection without a response`);
  return toFailure(error, peer);
}

function bodyFailure(error: NodeJS.ErrnoException, peer: string, response: http.IncomingMessage): Error {
  const { code = '' } = error;
  if (error.message === 'aborted' || code === 'ERR_STREAM_PREMATURE_CLOSE')
    return new WireError(
      'unexpected_reply',
      `${peer} answered ${response.statusCode} and ended in the middle of the body`,
    );
  if (IS_CODING_ERROR.test(code))
    return new WireError('unexpected_reply', `${peer} sent a body that cannot be decompressed (${code})`);
  return exchangeFailure(error, peer);
}
