// Owns one UDP socket that is connected to one peer: it receives from that peer only, and reports ICMP refusals.
// Does not send on its own.
import { Buffer } from 'node:buffer';
import dgram from 'node:dgram';
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { type Datagrams, WireError } from '../checks/check.ts';
import { toFailure } from './errors.ts';
import { formatEndpoint } from './format.ts';
import type { Session } from './session.ts';
import { setTimeoutAfterPoll } from './timers.ts';

/** Further unsolicited datagrams of a hostile peer are dropped. */
const MAX_QUEUED = 16;

/** Resolves when the socket is connected; the session closes it. */
export async function openUdp(
  session: Session,
  address: string,
  port: number,
  sourceAddress: string | undefined,
): Promise<Datagrams> {
  const bind = sourceAddress !== undefined && net.isIP(sourceAddress) === net.isIP(address);
  const socket = new UdpSocket(session, address, port);
  try {
    await socket.connect(bind ? sourceAddress : undefined);
  } catch (error) {
    socket.close();
    throw error;
  }
  session.trackOpen(socket, () => socket.close());
  return socket;
}

class UdpSocket implements Datagrams {
  readonly address: string;
  readonly #session: Session;
  readonly #port: number;
  readonly #peer: string;
  readonly #socket: dgram.Socket;
  readonly #queue: Buffer[] = [];
  #error: NodeJS.ErrnoException | null = null;
  #sentAt: number | null = null;
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(session: Session, address: string, port: number) {
    this.#session = session;
    this.address = address;
    this.#port = port;
    this.#peer = formatEndpoint(address, port);
    this.#socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4');
    this.#socket.on('message', (message) => {
      if (this.#queue.length < MAX_QUEUED) this.#queue.push(message);
      this.#wake();
    });
    this.#socket.on('error', this.#fail);
  }

  async connect(sourceAddress: string | undefined): Promise<void> {
    let isConnected = false;
    const connect = (): void =>
      this.#socket.connect(this.#port, this.address, (error?: Error) => {
        if (error) return this.#fail(error);
        isConnected = true;
        this.#wake();
      });
    if (sourceAddress === undefined) connect();
    else this.#socket.bind({ address: sourceAddress, exclusive: true }, connect);
    await this.#waitUntil(() => isConnected);
  }

  send(data: string | Uint8Array): void {
    const bytes = Buffer.from(data as Uint8Array);
    this.#session.traceBytes('sent', bytes, ` to ${this.#peer}`);
    this.#sentAt ??= performance.now();
    this.#socket.send(bytes, (error) => (error ? this.#fail(error) : this.#wake()));
  }

  receive(timeoutMs?: number): Promise<Uint8Array> {
    const session = this.#session;
    return session.recordOutcome(async () => {
      const since = this.#sentAt ?? performance.now();
      await this.#waitUntil(() => this.#queue.length > 0, timeoutMs);
      if (!session.responded) session.addTiming('firstByteMs', performance.now() - since);
      session.responded = true;
      const message = this.#queue.shift()!;
      session.traceBytes('received', message);
      return new Uint8Array(message);
    });
  }

  close(): void {
    if (!this.#isClosed) this.#socket.close();
    this.#isClosed = true;
  }

  readonly #fail = (error: NodeJS.ErrnoException): void => {
    this.#error ??= error;
    this.#wake();
  };

  /** Fails with the socket's error, or with `timeout` after `timeoutMs` or when the run's time is up. */
  async #waitUntil(isTrue: () => boolean, timeoutMs = Number.POSITIVE_INFINITY): Promise<void> {
    const { deadline } = this.#session;
    const timeoutError = (ms: number): Error =>
      new WireError('timeout', `no answer from ${this.#peer} within ${Math.round(ms)} ms`);
    let timer: NodeJS.Timeout | undefined;
    await deadline
      .wait<void>(
        (resolve, reject) => {
          this.#wake = () => {
            if (isTrue()) resolve();
            else if (this.#error) reject(toFailure(this.#error, this.#peer));
          };
          if (Number.isFinite(timeoutMs))
            timer = setTimeoutAfterPoll(() => reject(timeoutError(timeoutMs)), timeoutMs);
          this.#wake();
        },
        () => timeoutError(deadline.timeoutMs),
      )
      .finally(() => clearTimeout(timer));
  }
}
