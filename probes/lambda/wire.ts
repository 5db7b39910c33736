// The wire of one look: name resolution, the address guard, the connection, timeouts and phase timings.
// A check converses over it and cannot forget any of them.
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { forbiddenReason } from '../checks/address-guard.ts';
import { type Connection, type Wire, WireFailure } from '../checks/check.ts';
import type { Timings } from '../contract/index.ts';
import type { Resolve } from './resolve.ts';
import { failureOf, Unmeasurable } from './socket-errors.ts';

export interface WireOptions {
  readonly resolve: Resolve;
  readonly allowLoopback: boolean;
  readonly ipv6: boolean;
  /** Connections start from this address of the machine, where it is given. */
  readonly sourceAddress: string | undefined;
}

/** How long a closed connection may wait for the peer's FIN, so that nobody is sent a reset. */
const LINGER_MS = 200;

export class LookWire implements Wire {
  readonly timings: Timings = {};
  address: string | undefined;
  readonly #options: WireOptions;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal;
  readonly #sockets = new Set<net.Socket>();
  readonly #lingering: Promise<void>[] = [];

  /** The signal aborts when timeoutMs have passed since the look began, with a reason of any kind. */
  constructor(options: WireOptions, timeoutMs: number, signal: AbortSignal) {
    this.#options = options;
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
  }

  async connect({ host, port }: { host: string; port: number }): Promise<Connection> {
    const address = await this.#resolve(host);
    const forbidden = forbiddenReason(address, { loopback: this.#options.allowLoopback });
    if (forbidden !== null) throw new WireFailure('forbidden_address', forbidden);
    if (net.isIPv6(address) && !this.#options.ipv6) {
      throw new Unmeasurable('no_ipv6', `${host} has only IPv6 addresses, and this location has none`);
    }
    this.address = address;
    const socket = await this.#open(address, port);
    return { address, end: async () => this.#end(socket) };
  }

  /** Destroys what a check left open, and waits for closed connections to be closed by the peer as well. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) if (!socket.writableEnded) socket.destroy();
    await Promise.all(this.#lingering);
  }

  async #resolve(host: string): Promise<string> {
    if (net.isIP(host) !== 0) return host;
    const startedAt = performance.now();
    const late = (): WireFailure => new WireFailure('dns', `${host} was not resolved within ${this.#timeoutMs} ms`);
    const addresses = await abortable(this.#options.resolve(host), this.#signal, late);
    this.timings.dnsMs = performance.now() - startedAt;
    // One forbidden address among several is enough: which one is used must not be up to chance.
    const allow = { loopback: this.#options.allowLoopback };
    return addresses.find((address) => forbiddenReason(address, allow) !== null) ?? addresses[0]!;
  }

  #open(address: string, port: number): Promise<net.Socket> {
    return new Promise((resolve, reject) => {
      let attemptedAt = performance.now();
      const { sourceAddress } = this.#options;
      const bindTo = sourceAddress !== undefined && net.isIPv4(sourceAddress) === net.isIPv4(address);
      const socket = net.connect({ host: address, port, ...(bindTo ? { localAddress: sourceAddress } : {}) });
      this.#sockets.add(socket);
      const stop = (): void => {
        socket.destroy();
        reject(new WireFailure('timeout', `no answer from ${at(address, port)} within ${this.#timeoutMs} ms`));
      };
      this.#signal.addEventListener('abort', stop, { once: true });
      const settled = (): void => this.#signal.removeEventListener('abort', stop);
      socket.once('connectionAttempt', () => {
        attemptedAt = performance.now();
      });
      socket.once('connect', () => {
        this.timings.connectMs = performance.now() - attemptedAt;
        settled();
        resolve(socket);
      });
      socket.on('error', (error: NodeJS.ErrnoException) => {
        settled();
        this.timings.connectMs ??= performance.now() - attemptedAt;
        reject(failureOf(error, at(address, port)));
      });
      socket.once('close', () => this.#sockets.delete(socket));
      if (this.#signal.aborted) stop();
    });
  }

  /** FIN goes out at once; what the peer still says is read and dropped, for unread bytes would turn it into a reset. */
  #end(socket: net.Socket): void {
    socket.resume();
    socket.end();
    this.#lingering.push(
      new Promise((resolve) => {
        const timer = setTimeout(() => socket.destroy(), LINGER_MS);
        socket.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
      }),
    );
  }
}

const at = (address: string, port: number): string =>
  net.isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;

function abortable<T>(work: Promise<T>, signal: AbortSignal, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(late());
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
