// One open TCP connection: reading, writing, TLS in place, one HTTP exchange, and its end. Opens nothing itself.
import { Buffer } from 'node:buffer';
import type net from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import {
  type Connection,
  type HttpRequest,
  type HttpResponse,
  type TlsFacts,
  type TlsOptions,
  WireError,
} from '../checks/check.ts';
import { ByteReader, type More } from './byte-reader.ts';
import { toFailure } from './errors.ts';
import { formatEndpoint } from './format.ts';
import { httpExchange } from './http.ts';
import { setTimeoutAfterPoll } from './timers.ts';
import { handshake } from './tls.ts';
import type { NetworkWire } from './wire.ts';

/** A reset counts as "at once" within this time and one and a half round trips, and never after the longest wait. */
const CONFIRM_MS = 50;
const LONGEST_CONFIRM_MS = 500;

/** A peer that goes on like that after our FIN has no end of its own to wait for. */
const MOST_UNWANTED_BYTES = 262_144;

export class TcpConnection implements Connection {
  readonly address: string;
  readonly connectMs: number;
  readonly #wire: NetworkWire;
  readonly #socket: net.Socket;
  readonly #peer: string;
  /** The socket, or TLS over it. */
  #stream: Duplex;
  #reader: ByteReader | null = null;
  /** When something was sent that has not been answered yet; null when nothing was. */
  #askedAt: number | null = null;
  #wasHeard = false;

  constructor(wire: NetworkWire, socket: net.Socket, address: string, connectMs: number) {
    this.#wire = wire;
    this.#socket = socket;
    this.#stream = socket;
    this.address = address;
    this.connectMs = connectMs;
    this.#peer = formatEndpoint(address, socket.remotePort ?? 0);
  }

  /** The handshake stands when the time is up meanwhile. */
  async confirm(): Promise<void> {
    const socket = this.#socket;
    const waitMs = Math.min(CONFIRM_MS + 1.5 * this.connectMs, LONGEST_CONFIRM_MS);
    let timer: NodeJS.Timeout | undefined;
    const ears: [event: string, hear: (error: NodeJS.ErrnoException) => void][] = [];
    await this.#wire
      .recordOutcome(() =>
        this.#wire.patience.waitWithoutTiming((resolve, reject) => {
          timer = setTimeoutAfterPoll(resolve, waitMs);
          ears.push(['error', (error) => reject(toFailure(error, this.#peer))]);
          for (const event of ['end', 'readable']) ears.push([event, () => resolve()]);
          for (const [event, hear] of ears) socket.once(event, hear);
        }),
      )
      .finally(() => {
        clearTimeout(timer);
        for (const [event, hear] of ears) socket.off(event, hear);
      });
  }

  write(data: string | Uint8Array): void {
    const bytes = Buffer.from(data as Uint8Array);
    this.#wire.phase = 'reply';
    this.#wire.trace(`sent ${this.#wire.shown(bytes)}`);
    this.#askedAt ??= performance.now();
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

  async startTls(options: TlsOptions): Promise<TlsFacts> {
    if (this.#reader !== null && this.#reader.left > 0) {
      // What was said before TLS began would pass for encrypted: CVE-2011-0411.
      throw new WireError('unexpected_reply', `${this.#peer} went on talking where TLS had to begin`);
    }
    this.#reader?.detach();
    this.#reader = null;
    const { stream, facts } = await this.#wire.recordOutcome(() =>
      handshake(this.#wire, this.#socket, this.#peer, options),
    );
    this.#stream = stream;
    return facts;
  }

  async request(request: HttpRequest): Promise<HttpResponse> {
    this.#reader?.detach();
    return this.#wire.recordOutcome(() => httpExchange(this.#wire, this.#stream, this.#peer, request));
  }

  end(): void {
    // Whatever still comes is not wanted, and must not keep the peer's FIN from being seen.
    this.#reader?.detach();
    this.#wire.end(this.#socket);
    let unwanted = 0;
    this.#stream.on('data', (chunk: Uint8Array) => {
      unwanted += chunk.length;
      if (unwanted > MOST_UNWANTED_BYTES) this.#socket.destroy();
    });
    this.#stream.resume().end();
  }

  async close(): Promise<void> {
    this.end();
    await this.#wire.closed(this.#socket);
  }

  #read<T extends string | Uint8Array>(
    what: string,
    take: (reader: ByteReader, more: More) => Promise<T | null>,
  ): Promise<T | null> {
    const { patience } = this.#wire;
    this.#wire.phase = 'reply';
    this.#reader ??= new ByteReader(this.#stream, this.#peer, (error) => toFailure(error, this.#peer));
    const reader = this.#reader;
    this.#askedAt ??= performance.now();
    const askedAt = this.#askedAt;
    const late = (): Error =>
      new WireError(
        'timeout',
        `${this.#peer} is connected and did not send ${what} within ${patience.timeoutMs} ms`,
      );
    const more: More = (start) =>
      patience
        .wait<void>((resolve, reject) => start(() => resolve(), reject), late)
        .then(() => this.#heard(askedAt));
    return this.#wire.recordOutcome(async () => {
      const taken = await take(reader, more);
      this.#wire.trace(taken === null ? 'the peer has ended' : `received ${this.#wire.shown(taken)}`);
      this.#askedAt = null;
      return taken;
    });
  }

  #heard(askedAt: number): void {
    if (!this.#wasHeard) this.#wire.addTiming('firstByteMs', performance.now() - askedAt);
    this.#wasHeard = true;
  }
}
