// One HTTP/1.1 exchange on an open connection, through Node's own parser (llhttp), with caps on everything that a
// hostile server could send without end.
import type http from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Duplex, Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import zlib from 'node:zlib';
import { type HttpRequest, type HttpResponse, WireError } from '../checks/check.ts';
import { toFailure } from './errors.ts';
import type { NetworkWire } from './wire.ts';

/** An import would evaluate every export of it, Node's WebSocket client among them: 9 MB, and 25 ms of a cold start. */
const nodeHttp = process.getBuiltinModule('node:http');

const MOST_HEADER_BYTES = 16_384;
/** Headers and interim answers (1xx). */
const MOST_OVERHEAD_BYTES = 131_072;
/** Of a body's own bytes as many may come over the wire: a chunk of one byte takes six (RFC 9112, section 7.1). */
const MOST_WIRE_BYTES_A_BYTE = 8;

/** Fails with `unexpected_reply` where what comes back is no HTTP, and with `reset` or `timeout` like any conversation. */
export async function httpExchange(
  wire: NetworkWire,
  stream: Duplex,
  peer: string,
  request: HttpRequest,
): Promise<HttpResponse> {
  wire.phase = 'reply';
  wire.trace(`${request.method} ${request.path}`);
  for (const [name, value] of Object.entries(request.headers)) wire.trace(`> ${name}: ${value}`);
  const askedAt = performance.now();
  const { timeoutMs } = wire.patience;
  let answer: http.IncomingMessage | undefined;
  const late = (): Error =>
    answer
      ? new WireError(
          'timeout',
          `${peer} answered ${answer.statusCode} and did not finish its body within ${timeoutMs} ms`,
        )
      : new WireError(
          'timeout',
          `${peer} is connected and did not answer the request within ${timeoutMs} ms`,
        );
  try {
    return await wire.patience.wait<HttpResponse>((resolve, reject) => {
      const asked = nodeHttp.request({
        method: request.method,
        path: request.path,
        headers: request.headers,
        setDefaultHeaders: false,
        maxHeaderSize: MOST_HEADER_BYTES,
        // What clients put up with is no failure: bare line feeds, folded headers, odd characters. Nothing is
        // passed on, so there is nothing to smuggle.
        insecureHTTPParser: true,
        // Heeded only without any agent: `agent: false` would make one, which connects to port 80 of this very machine.
        createConnection: () => stream,
      });
      let received = 0;
      asked.once('socket', (socket) => {
        socket.prependListener('data', (chunk: Uint8Array) => {
          if (received === 0) wire.addTiming('firstByteMs', performance.now() - askedAt);
          received += chunk.length;
          const bodyBytes = answer ? request.maxBodyBytes * MOST_WIRE_BYTES_A_BYTE : 0;
          if (received > bodyBytes + MOST_OVERHEAD_BYTES)
            reject(
              new WireError(
                'unexpected_reply',
                `${peer} sent more than ${received - chunk.length} bytes for one answer`,
              ),
            );
        });
      });
      asked.on('error', (error: NodeJS.ErrnoException) => {
        // What comes after a whole answer is none of our business (RFC 9112, section 6.3).
        if (!answer?.complete) reject(exchangeFailure(stream.errored ?? error, peer));
      });
      asked.once('upgrade', () =>
        reject(new WireError('unexpected_reply', `${peer} changed the protocol unasked`)),
      );
      asked.once('response', (response) => {
        answer = response;
        traceResponse(wire, response);
        const wrong = protocolViolation(response);
        if (wrong !== null) return reject(new WireError('unexpected_reply', `${peer} ${wrong}`));
        readBody(response, request).then(
          (body) => {
            // Far more than a note keeps, so that no secret is cut before it is blotted out.
            if (body.body !== '') wire.trace(body.body.slice(0, 32_768));
            resolve({ status: response.statusCode ?? 0, headers: headersOf(response), ...body });
          },
          (error: NodeJS.ErrnoException) => reject(bodyFailure(error, peer, response)),
        );
      });
      asked.end(request.body);
    }, late);
  } finally {
    stream.destroy();
  }
}

/** What the lenient parser lets pass and no client should. */
function protocolViolation({ statusCode = 0, headers }: http.IncomingMessage): string | null {
  if (statusCode < 100) return `answered with the status ${statusCode}, which is none`;
  // An error of the server's, says RFC 9112, section 6.3.
  return headers['transfer-encoding'] !== undefined && headers['content-length'] !== undefined
    ? `answered ${statusCode} with a content-length and a transfer-encoding, which contradict each other`
    : null;
}

function traceResponse(wire: NetworkWire, response: http.IncomingMessage): void {
  wire.trace(`HTTP/${response.httpVersion} ${response.statusCode} ${response.statusMessage ?? ''}`.trim());
  for (const [name, value] of Object.entries(headersOf(response))) wire.trace(`< ${name}: ${value}`);
}

const headersOf = ({ headersDistinct }: http.IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(', ')]));

/** Decompresses what is compressed, so that a small answer that grows without end is cut like a long one. */
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
    // A body that says it is compressed and is not there at all: the answer to HEAD, or an empty one.
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
  // A body that is cut off has to end the reading of it.
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
    // A charset that nobody knows: the ASCII part of the text is right all the same.
    return new TextDecoder();
  }
}

const IS_PARSE_ERROR = /^HPE_/;
const IS_CODING_ERROR = /^(Z_|ERR__?ZLIB|ERR_BROTLI|ERR__ERROR)/;

function exchangeFailure(error: NodeJS.ErrnoException, peer: string): Error {
  const { code = '' } = error;
  if (code === 'HPE_HEADER_OVERFLOW')
    return new WireError('unexpected_reply', `${peer} sent more than ${MOST_HEADER_BYTES} bytes of headers`);
  if (IS_PARSE_ERROR.test(code))
    return new WireError('unexpected_reply', `${peer} did not answer in HTTP (${error.message})`);
  if (error.message === 'socket hang up')
    return new WireError('unexpected_reply', `${peer} ended the connection without an answer`);
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
