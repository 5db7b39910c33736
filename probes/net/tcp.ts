// Owns one open TCP connection: reading, writing, TLS in place, one HTTP exchange and its end. Does not open connections.
import { Buffer } from 'node:buffer';
import type net from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import {
  type Connection,
  type HttpRequest,
  type HttpResponse,
  type PeekedLine,
  type TlsFacts,
  type TlsOptions,
  WireError,
} from '../checks/check.ts';
import { ByteReader, type More } from './byte-reader.ts';
import { toFailure } from './errors.ts';
import { formatEndpoint } from './format.ts';
import { httpExchange } from './http.ts';
import type { Session } from './session.ts';
import { setTimeoutAfterPoll } from './timers.ts';
import { handshake } from './tls.ts';

/** A reset is immediate within this time plus one and a half round trips, and within the maximum. */
const RESET_WAIT_MS = 50;
const MAX_RESET_WAIT_MS = 500;

/** A peer that sends more than this after our FIN is cut off. */
const MAX_UNWANTED_BYTES = 262_144;

export class TcpConnection implements Connection {
  readonly address: string;
  readonly connectMs: number;
  readonly #session: Session;
  readonly #socket: net.Socket;
  readonly #peer: string;
  /** The socket, or TLS over it. */
  #stream: Duplex;
  #reader: ByteReader | null = null;
  /** When the oldest unanswered bytes were sent, or when the run began to wait; null when nothing is unanswered. */
  #waitingSince: number | null = null;
  #firstByteSeen = false;

  constructor(session: Session, socket: net.Socket, address: string, connectMs: number) {
    this.#session = session;
    this.#socket = socket;
    this.#stream = socket;
    this.address = address;
    this.connectMs = connectMs;
    this.#peer = formatEndpoint(address, socket.remotePort ?? 0);
  }

  /** The connection counts as open if the run's time is up during the wait. */
  async waitForImmediateReset(): Promise<void> {
    const socket = this.#socket;
    const session = this.#session;
    const waitMs = Math.min(RESET_WAIT_MS + 1.5 * this.connectMs, MAX_RESET_WAIT_MS);
    let timer: NodeJS.Timeout | undefined;
    const listeners: [event: string, listener: (error: NodeJS.ErrnoException) => void][] = [];
    await session
      .recordOutcome(() =>
        session.deadline.waitWithoutTiming((resolve, reject) => {
          timer = setTimeoutAfterPoll(resolve, waitMs);
          listeners.push(['error', (error) => reject(toFailure(error, this.#peer))]);
          for (const event of ['end', 'readable']) listeners.push([event, () => resolve()]);
          for (const [event, listener] of listeners) socket.once(event, listener);
        }),
      )
      .finally(() => {
        clearTimeout(timer);
        for (const [event, listener] of listeners) socket.off(event, listener);
      });
  }

  write(data: string | Uint8Array): void {
    const bytes = Buffer.from(data as Uint8Array);
    this.#session.phase = 'reply';
    this.#session.traceBytes('sent', bytes);
    this.#waitingSince ??= performance.now();
    this.#stream.write(bytes);
  }

  readLine(): Promise<string | null> {
    return this.#read('a line', (reader, more) => reader.readLine(more));
  }

  readBytes(count: number): Promise<Uint8Array | null> {
    return this.#read(`${count} bytes`, (reader, more) => reader.readBytes(count, more));
  }

  readSome(): Promise<Uint8Array | null> {
    return this.#read('a byte', (reader, more) => reader.readSome(more));
  }

  peekLine(seen: number): Promise<PeekedLine | null>;
  peekLine(seen: number, idleMs: number): Promise<PeekedLine | null | 'idle'>;
  peekLine(seen: number, idleMs?: number): Promise<PeekedLine | null | 'idle'> {
    return this.#wait('a line', (reader, more) =>
      idleMs === undefined
        ? reader.peekLine(seen, more)
        : untilIdle((m) => reader.peekLine(seen, m), more, idleMs),
    );
  }

  discardArrived(): Uint8Array {
    const discarded = this.#readerOf().takeArrived();
    if (discarded.length > 0) this.#session.traceBytes('discarded', discarded);
    return discarded;
  }

  async startTls(options: TlsOptions): Promise<TlsFacts> {
    if (this.#reader !== null && this.#reader.left > 0) {
      // Bytes sent before TLS would pass as encrypted: CVE-2011-0411.
      throw new WireError('unexpected_reply', `${this.#peer} sent more bytes where TLS had to start`);
    }
    this.#reader?.detach();
    this.#reader = null;
    const { stream, facts } = await this.#session.recordOutcome(() =>
      handshake(this.#session, this.#socket, this.#peer, options),
    );
    this.#stream = stream;
    this.#session.markReceived();
    return facts;
  }

  async request(request: HttpRequest): Promise<HttpResponse> {
    this.#reader?.detach();
    return this.#session.recordOutcome(() => httpExchange(this.#session, this.#stream, this.#peer, request));
  }

  end(): void {
    // Unread bytes must not hide the peer's FIN.
    this.#reader?.detach();
    this.#session.markEnded(this.#socket);
    let unwanted = 0;
    this.#stream.on('data', (chunk: Uint8Array) => {
      unwanted += chunk.length;
      if (unwanted > MAX_UNWANTED_BYTES) this.#socket.destroy();
    });
    this.#stream.resume().end();
  }

  async close(): Promise<void> {
    this.end();
    await this.#session.closed(this.#socket);
  }

  async #read<T extends string | Uint8Array>(
    what: string,
    take: (reader: ByteReader, more: More) => Promise<T | null>,
  ): Promise<T | null> {
    const taken = await this.#wait(what, take);
    if (taken === null) this.#session.trace('the peer ended the connection');
    else this.#session.traceBytes('received', taken);
    this.#waitingSince = null;
    return taken;
  }

  #readerOf(): ByteReader {
    this.#reader ??= new ByteReader(this.#stream, this.#peer, (error) => toFailure(error, this.#peer));
    return this.#reader;
  }

  #wait<T>(what: string, take: (reader: ByteReader, more: More) => Promise<T>): Promise<T> {
    const { deadline } = this.#session;
    this.#session.phase = 'reply';
    const reader = this.#readerOf();
    this.#waitingSince ??= performance.now();
    const since = this.#waitingSince;
    const timeoutError = (): Error =>
      new WireError(
        'timeout',
        `${this.#peer} is connected and did not send ${what} within ${deadline.timeoutMs} ms`,
      );
    const more: More = (start) =>
      deadline
        .wait<void>((resolve, reject) => start(() => resolve(), reject), timeoutError)
        .then(() => this.#recordFirstByte(since));
    return this.#session.recordOutcome(() => take(reader, more));
  }

  #recordFirstByte(since: number): void {
    if (!this.#firstByteSeen) this.#session.addTiming('firstByteMs', performance.now() - since);
    this.#firstByteSeen = true;
  }
}

class Idle extends Error {}

/** `idle` if a wait for more bytes takes longer than this. */
async function untilIdle<T>(
  take: (more: More) => Promise<T>,
  more: More,
  idleMs: number,
): Promise<T | 'idle'> {
  const moreUntilIdle: More = async (start) => {
    let timer: NodeJS.Timeout | undefined;
    await more((resolve, reject) => {
      start(resolve, reject);
      timer = setTimeout(() => reject(new Idle()), idleMs);
    }).finally(() => clearTimeout(timer));
  };
  try {
    return await take(moreUntilIdle);
  } catch (error) {
    if (error instanceof Idle) return 'idle';
    throw error;
  }
}
