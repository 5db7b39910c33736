// Owns one HTTP/1.1 exchange on an open connection: sends the request and decides when the response has ended, with caps on
// everything that a hostile server could send without end. Does not follow redirects or check the response.
import type { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import { type HttpRequest, type HttpResponse, type Progress, WireError } from '../checks/check.ts';
import { toFailure } from './errors.ts';
import { ReceivedBody } from './http-body.ts';
import { codingsToUndo, type Framing, type Head, HttpViolation } from './http-head.ts';
import { ResponseReader } from './http-reader.ts';
import { decodeText } from './http-text.ts';
import type { Session } from './session.ts';

/** Headers and interim responses (1xx). */
const MAX_OVERHEAD_BYTES = 131_072;
/** Bytes on the wire per byte of the body: a chunk of one byte takes six (RFC 9112, section 7.1). */
const MAX_WIRE_BYTES_PER_BYTE = 8;
/**
 * After an early end, a body that breaks off at once still fails the check: a server that crashes in the middle of a page
 * does so within this time.
 */
const GRACE_MS = 200;
/** A longer body is not judged for every packet, since each judgement decodes and searches all of it. */
const CHEAP_BYTES = 4_096;
const JUDGE_EVERY_MS = 20;
/** Adds a millisecond to that for each of so many bytes. */
const JUDGE_BYTES_PER_MS = 10_000;

/** Fails with `unexpected_reply` if the reply is not HTTP, and with `reset` or `timeout` like any conversation. */
export async function httpExchange(
  session: Session,
  stream: Duplex,
  peer: string,
  request: HttpRequest,
): Promise<HttpResponse> {
  session.phase = 'reply';
  session.trace(`${request.method} ${request.path}`);
  for (const [name, value] of Object.entries(request.headers))
    session.trace(`> ${name}: ${withoutCookies(name, value)}`);
  const exchange = new Exchange(session, stream, peer, request);
  try {
    return await exchange.run();
  } finally {
    exchange.close();
    stream.destroy();
  }
}

/** A marker: the time is up, and what arrived decides the check. */
const TIME_IS_UP = new Error('time is up');

interface Settle {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

class Exchange {
  readonly #session: Session;
  readonly #stream: Duplex;
  readonly #peer: string;
  readonly #request: HttpRequest;
  readonly #reader: ResponseReader;
  readonly #requestedAt = performance.now();
  #head: Head | null = null;
  #body: ReceivedBody | null = null;
  /** Only a body whose length is not given may end early. */
  #mayEndEarly = false;
  #received = 0;
  #isDone = false;
  #failure: Error | null = null;
  #settle: Settle = { resolve() {}, reject() {} };
  /** When all that was expected had arrived, save that a text must not come. */
  #metAt: number | null = null;
  #judgedAt = 0;
  #judgedBytes = -1;
  #judgeTimer: NodeJS.Timeout | undefined;

  constructor(session: Session, stream: Duplex, peer: string, request: HttpRequest) {
    this.#session = session;
    this.#stream = stream;
    this.#peer = peer;
    this.#request = request;
    this.#reader = new ResponseReader(
      { method: request.method, upgrade: request.headers.upgrade !== undefined },
      {
        onHead: (head, framing) => this.#onHead(head, framing),
        onBody: (bytes) => this.#onBody(bytes),
      },
    );
  }

  async run(): Promise<HttpResponse> {
    const { deadline } = this.#session;
    const idleMs = await deadline
      .wait<void>(
        (resolve, reject) => {
          this.#settle = { resolve, reject };
          this.#start();
        },
        () => (this.#judge(true) === 'undecided' ? this.#timeoutError() : TIME_IS_UP),
      )
      .then(
        () => (this.#isDone ? 0 : this.#waitForBreak()),
        (error) => {
          if (error !== TIME_IS_UP) throw error;
          return this.#idleSinceMet();
        },
      );
    const response = { ...this.#response(), idleMs };
    if (response.body !== '') this.#session.trace(response.body);
    return response;
  }

  close(): void {
    clearTimeout(this.#judgeTimer);
    this.#body?.destroy();
    for (const oddity of this.#reader.oddities) this.#session.trace(`tolerated: ${oddity}`);
  }

  #start(): void {
    const stream = this.#stream;
    stream.on('data', (chunk: Buffer) => this.#guarded(() => this.#onData(chunk)));
    stream.on('end', () => this.#guarded(() => this.#onEnd()));
    stream.on('close', () => this.#guarded(() => this.#onEnd()));
    stream.on('error', (error) => {
      // What happens after a complete response does not count.
      if (!this.#reader.isComplete) this.#fail(toFailure(stream.errored ?? error, this.#peer));
    });
    if (stream.errored) this.#fail(toFailure(stream.errored, this.#peer));
    else if (stream.destroyed || stream.readableEnded) this.#guarded(() => this.#onEnd());
    else this.#send();
  }

  #send(): void {
    const { method, path, headers, body = '' } = this.#request;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#stream.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  }

  #onData(chunk: Buffer): void {
    if (this.#isDone || this.#failure !== null) return;
    if (this.#received === 0) this.#session.addTiming('firstByteMs', performance.now() - this.#requestedAt);
    this.#received += chunk.length;
    this.#reader.push(chunk);
    const bodyBytes = this.#head === null ? 0 : this.#request.maxBodyBytes * MAX_WIRE_BYTES_PER_BYTE;
    if (this.#received > bodyBytes + MAX_OVERHEAD_BYTES)
      throw new HttpViolation(`sent more than ${this.#received - chunk.length} bytes for one response`);
    if (this.#reader.isComplete) this.#body?.end();
    else this.#judgeSoon();
  }

  #onEnd(): void {
    if (this.#isDone || this.#failure !== null || this.#reader.isComplete) return;
    this.#reader.end();
    this.#body?.end();
  }

  #onHead(head: Head, { kind }: Framing): void {
    this.#head = head;
    this.#mayEndEarly = kind === 'chunked' || kind === 'close';
    this.#session.trace(`HTTP/${head.version} ${head.status} ${head.reason}`.trim());
    for (const [name, value] of head.lines) this.#session.trace(`< ${name}: ${withoutCookies(name, value)}`);
    const { maxBodyBytes, keptBodyBytes = maxBodyBytes } = this.#request;
    this.#body = new ReceivedBody(
      codingsToUndo(head),
      { maxBytes: maxBodyBytes, keptBytes: keptBodyBytes },
      {
        onMore: () => this.#judgeSoon(),
        onDone: () => this.#finish(),
        onFailure: (error) => this.#guarded(() => fail(error)),
      },
    );
  }

  #onBody(bytes: Buffer): void {
    const goesOn = this.#body?.write(bytes, () => this.#stream.resume()) ?? true;
    if (!goesOn) this.#stream.pause();
  }

  /** Judges now if that is cheap, and otherwise a little later. */
  #judgeSoon(): void {
    if (!this.#mayEndEarly || this.#request.judge === undefined || this.#body === null) return;
    if (this.#judgeTimer !== undefined) return;
    const { length } = this.#body;
    const pauseMs = length <= CHEAP_BYTES ? 0 : JUDGE_EVERY_MS + length / JUDGE_BYTES_PER_MS;
    const leftMs = this.#judgedAt + pauseMs - performance.now();
    if (leftMs <= 0) {
      this.#judgeNow();
      return;
    }
    this.#judgeTimer = setTimeout(() => {
      this.#judgeTimer = undefined;
      if (!this.#isDone && this.#failure === null) this.#guarded(() => this.#judgeNow());
    }, leftMs);
  }

  #judgeNow(): void {
    const length = this.#body?.length ?? 0;
    if (length === this.#judgedBytes) return;
    this.#judgedBytes = length;
    const progress = this.#judge(false);
    this.#judgedAt = performance.now();
    if (progress === 'undecided') return;
    this.#metAt ??= this.#judgedAt;
    if (progress === 'decided') this.#settle.resolve();
  }

  #judge(isLast: boolean): Progress {
    if (!this.#mayEndEarly || this.#request.judge === undefined) return 'undecided';
    return this.#request.judge(this.#response(), isLast);
  }

  /** Fails if the body breaks off at once. Returns the ms since everything expected has arrived. */
  async #waitForBreak(): Promise<number> {
    const metAt = performance.now();
    let timer: NodeJS.Timeout | undefined;
    await this.#session.deadline
      .waitWithoutTiming((resolve, reject) => {
        this.#settle = { resolve, reject };
        if (this.#failure !== null) reject(this.#failure);
        timer = setTimeout(resolve, GRACE_MS);
      })
      .finally(() => clearTimeout(timer));
    if (!this.#isDone) this.#session.trace('the body has not ended: what arrived decides the check');
    return performance.now() - metAt;
  }

  /** The wait until the deadline is not the target's time. */
  #idleSinceMet(): number {
    const { deadline } = this.#session;
    this.#session.trace('the body did not end in time: what arrived decides the check');
    if (this.#metAt === null) return 0;
    const idleMs = performance.now() - this.#metAt;
    deadline.elapsedMs = this.#metAt - deadline.startedAt;
    return idleMs;
  }

  #response(): Omit<HttpResponse, 'idleMs'> {
    const { status = 0, headers = {}, lines = [] } = this.#head ?? {};
    const body = this.#body;
    const isWhole = this.#isDone && body !== null && !body.isTruncated;
    return {
      status,
      headers,
      setCookies: lines.flatMap(([name, value]) => (name === 'set-cookie' ? [value] : [])),
      oddities: this.#reader.oddities,
      body: body === null ? '' : decodeText(body.bytes(), headers['content-type'], isWhole),
      truncated: body?.isTruncated ?? false,
    };
  }

  #finish(): void {
    this.#isDone = true;
    this.#settle.resolve();
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#fail(
        error instanceof HttpViolation
          ? new WireError('unexpected_reply', `${this.#peer} ${error.message}`)
          : (error as Error),
      );
    }
  }

  #fail(error: Error): void {
    if (this.#isDone) return;
    this.#failure ??= error;
    this.#settle.reject(this.#failure);
  }

  #timeoutError(): Error {
    const { timeoutMs } = this.#session.deadline;
    return new WireError(
      'timeout',
      this.#head === null
        ? `${this.#peer} is connected and did not answer the request within ${timeoutMs} ms`
        : `${this.#peer} answered ${this.#head.status} and did not finish its body within ${timeoutMs} ms`,
    );
  }
}

const fail = (error: Error): never => {
  throw error;
};

/** A cookie may be the key to a session, so a trace shows its name only. */
function withoutCookies(name: string, value: string): string {
  const hide = (pair: string): string => pair.replace(/^([^=]*=)?.*$/s, '$1•••');
  if (name === 'cookie') return value.split('; ').map(hide).join('; ');
  if (name !== 'set-cookie') return value;
  const [pair = '', ...attributes] = value.split(';');
  return [hide(pair), ...attributes].join(';');
}
