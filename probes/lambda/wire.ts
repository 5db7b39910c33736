// The wire of one look: name resolution, the address guard, the connection, timeouts and phase timings.
// A check converses over it and cannot forget any of them.
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { forbiddenReason } from '../checks/address-guard.ts';
import { type Connection, type Wire, WireFailure } from '../checks/check.ts';
import type { FailureCode, Timings } from '../contract/index.ts';
import type { Resolve } from './resolve.ts';
import { failureOf, Unmeasurable } from './socket-errors.ts';

export interface WireOptions {
  readonly resolve: Resolve;
  readonly allowLoopback: boolean;
  /** Connections start from this address of the machine, where it is given. */
  readonly sourceAddress: string | undefined;
}

/** Why a look ends early: its own time is up, or the whole invocation's. */
export type Expiry = 'timeout' | 'deadline';

/** Failures that came from the target: whoever gets one has a network. */
const ANSWERS: ReadonlySet<FailureCode> = new Set(['refused', 'reset']);

/** Failures that may just as well be the location's own. */
const SILENCE: ReadonlySet<FailureCode> = new Set(['timeout', 'unreachable', 'dns']);

export const DEADLINE_DETAIL = 'the invocation had to answer before this look was done';

/** A reset counts as "at once" within this time and one and a half round trips, and never after the longest wait. */
const CONFIRM_MS = 20;
const LONGEST_CONFIRM_MS = 500;

/** How long a closed connection waits for the peer's FIN. It has ours by then, and nobody is sent a reset. */
const LINGER_MS = 200;

export class LookWire implements Wire {
  readonly timings: Timings = {};
  /** When it began, by performance.now(). */
  readonly beganAt = performance.now();
  /** The literal address that was asked, in vain or not; undefined before. */
  address: string | undefined;
  /** Something came back from a target: a handshake, a refusal, a reset. */
  wasAnswered = false;
  #wasSilent = false;
  readonly #options: WireOptions;
  readonly #timeoutMs: number;
  readonly #sockets = new Set<net.Socket>();
  /** What waits at the moment, and how it is told that the time is up. */
  readonly #waiting = new Set<(why: Expiry) => void>();
  #expired: Expiry | undefined;

  /** Someone else watches the time, and calls `expire`; timeoutMs is for the wording. */
  constructor(options: WireOptions, timeoutMs: number) {
    this.#options = options;
    this.#timeoutMs = timeoutMs;
  }

  /** It asked, and nothing came back: whatever a check makes of that, it may be the location that has no network. */
  get heardNothing(): boolean {
    return this.#wasSilent && !this.wasAnswered;
  }

  /** Ends whatever waits, now and later. */
  expire(why: Expiry): void {
    this.#expired ??= why;
    for (const tell of this.#waiting) tell(this.#expired);
  }

  async connect(target: { host: string; port: number }): Promise<Connection> {
    try {
      const connection = await this.#connect(target);
      this.wasAnswered = true;
      return connection;
    } catch (error) {
      this.wasAnswered ||= error instanceof WireFailure && ANSWERS.has(error.code);
      this.#wasSilent ||= error instanceof WireFailure && SILENCE.has(error.code);
      throw error;
    }
  }

  /** Resolves when every socket is closed: at once, or a little after the FIN where the check ended it. */
  async close(): Promise<void> {
    const open = [...this.#sockets];
    const closed = open.map(
      (socket) => new Promise<void>((resolve) => void socket.once('close', () => resolve())),
    );
    for (const socket of open) if (!socket.writableEnded) socket.destroy();
    if (closed.length === 0) return;
    const timer = setTimeout(() => this.destroy(), LINGER_MS);
    await Promise.all(closed);
    clearTimeout(timer);
  }

  /** Leaves nothing open. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #connect({ host, port }: { host: string; port: number }): Promise<Connection> {
    const address = this.#admit(host, net.isIP(host) === 0 ? await this.#resolve(host) : [host]);
    this.address = address;
    const socket = await this.#open(address, port);
    const connectMs = this.timings.connectMs ?? 0;
    return {
      address,
      confirm: () => this.#confirm(socket, Math.min(CONFIRM_MS + 1.5 * connectMs, LONGEST_CONFIRM_MS)),
      end: () => void socket.resume().end(),
    };
  }

  async #resolve(host: string): Promise<string[]> {
    const startedAt = performance.now();
    const late = (): Error => new WireFailure('dns', `${host} was not resolved within ${this.#timeoutMs} ms`);
    try {
      return await this.#bounded<string[]>(
        (resolve, reject) => this.#options.resolve(host).then(resolve, reject),
        late,
      );
    } finally {
      this.timings.dnsMs = performance.now() - startedAt;
    }
  }

  /** The first address, if all are permitted: which one of several is used must not be up to chance. */
  #admit(host: string, addresses: readonly string[]): string {
    const allow = { loopback: this.#options.allowLoopback };
    for (const address of addresses) {
      const forbidden = forbiddenReason(address, allow);
      if (forbidden !== null) {
        throw new WireFailure('forbidden_address', host === address ? forbidden : `${host}: ${forbidden}`);
      }
    }
    const [address] = addresses;
    if (address === undefined) throw new WireFailure('dns', `${host} has no address`);
    // A Lambda function has no way out over IPv6. The machine's own ::1 needs none.
    if (net.isIPv6(address) && forbiddenReason(address, { loopback: false }) === null) {
      throw new Unmeasurable('no_ipv6', `${host} has only IPv6 addresses, and this location has no IPv6`);
    }
    return address;
  }

  #open(address: string, port: number): Promise<net.Socket> {
    const target = at(address, port);
    const late = (): Error =>
      new WireFailure('timeout', `no answer from ${target} within ${this.#timeoutMs} ms`);
    return this.#bounded<net.Socket>((resolve, reject) => {
      let attemptedAt = performance.now();
      const { sourceAddress } = this.#options;
      const bind = sourceAddress !== undefined && net.isIP(sourceAddress) === net.isIP(address);
      const socket = net.connect({ host: address, port, ...(bind ? { localAddress: sourceAddress } : {}) });
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.once('connectionAttempt', () => {
        attemptedAt = performance.now();
      });
      socket.once('connect', () => {
        this.timings.connectMs = performance.now() - attemptedAt;
        // A closed port of one's own ephemeral range may answer itself (RFC 9293, section 3.5: simultaneous open).
        const itself = socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
        if (itself) reject(new WireFailure('refused', `${target} refused the connection`));
        else resolve(socket);
      });
      socket.on('error', (error: NodeJS.ErrnoException) => {
        this.timings.connectMs ??= performance.now() - attemptedAt;
        reject(failureOf(error, target));
      });
    }, late);
  }

  /** The handshake stands when the time is up meanwhile. */
  async #confirm(socket: net.Socket, waitMs: number): Promise<void> {
    const target = at(this.address ?? '', socket.remotePort ?? 0);
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(resolve, waitMs);
      this.#waiting.add(() => resolve());
      if (this.#expired) resolve();
      socket.once('error', (error) => reject(failureOf(error, target)));
      socket.once('end', resolve);
      socket.once('data', () => resolve());
    }).finally(() => clearTimeout(timer));
  }

  /** Waits for an answer, or until the time is up; either way that moment is the end of the measured time. */
  #bounded<T>(
    start: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
    late: () => Error,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const tell = (why: Expiry): void =>
        fail(why === 'timeout' ? late() : new Unmeasurable('deadline', DEADLINE_DETAIL));
      const done = (): void => {
        this.#waiting.delete(tell);
        this.timings.totalMs = performance.now() - this.beganAt;
      };
      const fail = (error: Error): void => {
        if (!this.#waiting.has(tell)) return;
        done();
        reject(error);
      };
      this.#waiting.add(tell);
      if (this.#expired) return tell(this.#expired);
      start((value) => {
        if (!this.#waiting.has(tell)) return;
        done();
        resolve(value);
      }, fail);
    });
  }
}

const at = (address: string, port: number): string =>
  net.isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
