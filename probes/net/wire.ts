// The wire of one look: name resolution, the address guard, connections, timeouts, phase timings and the trace.
// A check converses over it and cannot forget any of them.
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { type Connection, type Datagrams, type Target, type Wire, WireError } from '../checks/check.ts';
import { forbiddenReason } from '../checks/shared/address-guard.ts';
import type { FailureCode, Phase, Timings, Trace } from '../contract/index.ts';
import { Deadline, type ExpiryReason } from './deadline.ts';
import { UnmeasuredError } from './errors.ts';
import { formatEndpoint } from './format.ts';
import { shownBytes } from './format-bytes.ts';
import type { Resolver } from './resolve.ts';
import { openSocket } from './socket.ts';
import { TcpConnection } from './tcp.ts';
import { openDatagrams } from './udp.ts';

export interface WireOptions {
  readonly resolver: Pick<Resolver, 'resolve' | 'servers'>;
  readonly allowLoopback: boolean;
  /** Connections start from this address of the machine, where it is given. */
  readonly sourceAddress: string | undefined;
}

/** What a look leaves behind for a debug run, and what must not be readable in it. */
export interface TraceOptions {
  readonly trace: boolean;
  readonly redact: (text: string) => string;
}

/** Failures that came from the target: whoever gets one has a network. */
const TARGET_RESPONDED: ReadonlySet<FailureCode> = new Set(['refused', 'reset', 'tls', 'unexpected_reply']);

/** Failures that may just as well be the location's own. */
const MAYBE_OFFLINE: ReadonlySet<FailureCode> = new Set(['timeout', 'unreachable', 'dns']);

const MOST_TRACED = 200;
const LONGEST_NOTE = 600;

/** How long a closed connection waits for the peer's FIN. It has ours by then, and nobody is sent a reset. */
const LINGER_MS = 200;

export class NetworkWire implements Wire {
  readonly timings: Timings = {};
  readonly patience: Deadline;
  readonly traceEntries: Trace = [];
  /** The literal address that was asked, in vain or not; undefined before. */
  address: string | undefined;
  /** What the look is doing, or was doing when it failed. */
  phase: Phase | undefined;
  /** Something came back from a target: a handshake, a refusal, a reset, a datagram. */
  responded = false;
  #wasSilent = false;
  readonly #options: WireOptions;
  readonly #recording: TraceOptions;
  /** Closes each open socket at once. */
  readonly #open = new Map<net.Socket | Datagrams, () => void>();
  /** Those that a check has ended: they wait a little for their peers. */
  readonly #ended = new Set<net.Socket>();
  #nameServer: Target | undefined;

  /** Someone else watches the time, and calls `expire`. */
  constructor(
    options: WireOptions,
    timeoutMs: number,
    recording: TraceOptions = { trace: false, redact: (text) => text },
  ) {
    this.#options = options;
    this.patience = new Deadline(timeoutMs);
    this.#recording = recording;
  }

  get startedAt(): number {
    return this.patience.beganAt;
  }

  /** It asked, and nothing came back: whatever a check makes of that, it may be the location that has no network. */
  get noResponse(): boolean {
    return this.#wasSilent && !this.responded;
  }

  /** Ends whatever waits, now and later. */
  expire(why: ExpiryReason): void {
    this.patience.expire(why);
  }

  remainingMs(): number {
    return this.patience.remainingMs();
  }

  async pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = (): Error => new WireError('timeout', `not done within ${this.patience.timeoutMs} ms`);
    await this.patience
      .wait<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      }, late)
      .finally(() => clearTimeout(timer));
  }

  trace(text: string): void {
    if (!this.#recording.trace || this.traceEntries.length >= MOST_TRACED) return;
    const atMs = Math.round((performance.now() - this.startedAt) * 1000) / 1000;
    // Blotted before anything else is done to it: what is escaped or cut is not found any more.
    const line = this.#recording.redact(text).replace(/\p{Cc}/gu, (one) => JSON.stringify(one).slice(1, -1));
    this.traceEntries.push({ atMs, text: line.slice(0, LONGEST_NOTE) });
  }

  /** Bytes for a note; nothing where nobody reads it. */
  shown(data: string | Uint8Array): string {
    return this.#recording.trace ? shownBytes(data, this.#recording.redact) : '';
  }

  nameServer(): Target {
    this.#nameServer ??= this.#options.resolver.servers()[0];
    if (!this.#nameServer)
      throw new UnmeasuredError('location_offline', 'this location knows no name server');
    return this.#nameServer;
  }

  async connect(target: Target, patienceMs = Number.POSITIVE_INFINITY): Promise<Connection> {
    return this.recordOutcome(async () => {
      const address = await this.resolveTarget(target);
      this.phase = 'connect';
      this.trace(`connecting to ${formatEndpoint(address, target.port)}`);
      const { sourceAddress } = this.#options;
      const { socket, connectMs } = await openSocket(this, address, target.port, sourceAddress, patienceMs);
      this.responded = true;
      this.trace(`connected in ${connectMs.toFixed(3)} ms`);
      return new TcpConnection(this, socket, address, connectMs);
    });
  }

  async datagrams(target: Target): Promise<Datagrams> {
    return this.recordOutcome(async () => {
      const address = await this.resolveTarget(target);
      this.phase = 'connect';
      const opened = await openDatagrams(this, address, target.port, this.#options.sourceAddress);
      this.#open.set(opened.datagrams, opened.close);
      this.phase = 'reply';
      return opened.datagrams;
    });
  }

  /** Remembers what a step says of the network. */
  async recordOutcome<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (error instanceof WireError) this.trace(`failed: ${error.message}`);
      this.responded ||= error instanceof WireError && TARGET_RESPONDED.has(error.code);
      this.#wasSilent ||= error instanceof WireError && MAYBE_OFFLINE.has(error.code);
      throw error;
    }
  }

  /** Adds to a phase: one that happens several times is the sum. */
  addTiming(phase: keyof Timings, ms: number): void {
    this.timings[phase] = (this.timings[phase] ?? 0) + ms;
  }

  trackSocket(socket: net.Socket): void {
    this.#open.set(socket, () => socket.destroy());
    socket.once('close', () => this.#open.delete(socket));
  }

  /** Resolves when every socket is closed: at once, or a little after the FIN where the check ended it. */
  async close(): Promise<void> {
    const ending: Promise<void>[] = [];
    for (const [socket, destroy] of this.#open) {
      if (socket instanceof net.Socket && this.#ended.has(socket)) ending.push(this.closed(socket));
      else destroy();
    }
    await Promise.all(ending);
  }

  end(socket: net.Socket): void {
    this.#ended.add(socket);
  }

  /** Resolves when this socket is closed; a peer that does not end by itself is given a short time. */
  async closed(socket: net.Socket): Promise<void> {
    if (socket.destroyed) return;
    const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    await closed;
    clearTimeout(timer);
  }

  /** Leaves nothing open. */
  destroy(): void {
    for (const destroy of this.#open.values()) destroy();
  }

  /** The address to go to: resolved, and permitted. */
  async resolveTarget(target: Target): Promise<string> {
    // The phase of a connection before this one says nothing of where this one fails.
    this.phase = undefined;
    if (target === this.#nameServer) {
      this.address = target.host;
      return target.host;
    }
    const { host } = target;
    const address = this.pickAllowedAddress(host, net.isIP(host) === 0 ? await this.lookup(host) : [host]);
    this.address = address;
    return address;
  }

  async lookup(host: string): Promise<string[]> {
    const startedAt = performance.now();
    this.phase = 'dns';
    const late = (): Error =>
      new WireError('dns', `${host} was not resolved within ${this.patience.timeoutMs} ms`);
    try {
      const addresses = await this.patience.wait<string[]>(
        (resolve, reject) => this.#options.resolver.resolve(host).then(resolve, reject),
        late,
      );
      this.trace(`${host} is ${addresses.join(', ')}`);
      return addresses;
    } finally {
      this.addTiming('dnsMs', performance.now() - startedAt);
    }
  }

  /** The first address, if all are permitted: which one of several is used must not be up to chance. */
  pickAllowedAddress(host: string, addresses: readonly string[]): string {
    const allow = { loopback: this.#options.allowLoopback };
    for (const address of addresses) {
      const forbidden = forbiddenReason(address, allow);
      if (forbidden !== null) {
        throw new WireError('forbidden_address', host === address ? forbidden : `${host}: ${forbidden}`);
      }
    }
    const [address] = addresses;
    if (address === undefined) throw new WireError('dns', `${host} has no address`);
    // A Lambda function has no way out over IPv6. The machine's own ::1 needs none.
    if (net.isIPv6(address) && forbiddenReason(address, { loopback: false }) === null) {
      throw new UnmeasuredError('no_ipv6', `${host} has only IPv6 addresses, and this location has no IPv6`);
    }
    return address;
  }
}
