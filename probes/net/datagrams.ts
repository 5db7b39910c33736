// Owns a conversation in datagrams with the addresses of one name: which address each datagram goes to, and which ones
// failed. Does not decide when to send again: the check does.
import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { type Datagrams, WireError } from '../checks/check.ts';
import { type AddressFailure, mergeFailures } from './address-failures.ts';
import { hasNoRoute } from './connect-addresses.ts';
import { toFailure } from './errors.ts';
import { formatEndpoint } from './format.ts';
import type { Session } from './session.ts';
import type { SocketBudget } from './socket-budget.ts';
import { setTimeoutAfterPoll } from './timers.ts';
import { UdpPeer } from './udp.ts';

/** Further unsolicited datagrams of a hostile peer are dropped. */
const MAX_QUEUED = 16;

export interface DatagramOptions {
  /** The name, for texts. */
  readonly host: string;
  /** In the order of the attempts; at least one. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly sourceAddress: string | undefined;
  readonly budget: SocketBudget | undefined;
}

/** Resolves when a socket is connected; the session closes it. */
export async function openDatagrams(session: Session, options: DatagramOptions): Promise<Datagrams> {
  const datagrams = new AddressDatagrams(session, options);
  session.trackOpen(datagrams, () => datagrams.close());
  await datagrams.open();
  return datagrams;
}

class AddressDatagrams implements Datagrams {
  readonly addressCount: number;
  readonly #session: Session;
  readonly #options: DatagramOptions;
  readonly #untried: string[];
  /** In the order of the next datagrams. */
  #peers: UdpPeer[] = [];
  readonly #failures: AddressFailure[] = [];
  readonly #queue: { readonly peer: UdpPeer; readonly message: Buffer }[] = [];
  #address: string;
  #last: Buffer | null = null;
  #extraSockets = 0;
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(session: Session, options: DatagramOptions) {
    this.#session = session;
    this.#options = options;
    this.#untried = [...options.addresses];
    this.#address = this.#untried[0]!;
    this.addressCount = this.#untried.length;
  }

  get address(): string {
    return this.#address;
  }

  async open(): Promise<void> {
    this.#openNext();
    await this.#waitUntil(() => this.#peers.some(({ isConnected }) => isConnected));
  }

  /** To the next address: in turn, so that each has an equal share of the datagrams and of the time. */
  send(data: string | Uint8Array): void {
    const bytes = Buffer.from(data as Uint8Array);
    // The first datagram goes to the socket that is open already.
    const isFirst = this.#last === null;
    this.#last = bytes;
    if (!isFirst) this.#openNext();
    const peer = this.#peers.find(({ firstSentAt }) => firstSentAt === null) ?? this.#peers[0];
    if (peer === undefined) return;
    this.#peers = [...this.#peers.filter((one) => one !== peer), peer];
    this.#session.traceBytes('sent', bytes, ` to ${peer.endpoint}`);
    peer.send(bytes);
  }

  receive(timeoutMs?: number): Promise<Uint8Array> {
    const session = this.#session;
    return session.recordOutcome(async () => {
      const startedAt = performance.now();
      await this.#waitUntil(() => this.#queue.length > 0, timeoutMs);
      const { peer, message } = this.#queue.shift()!;
      if (!session.responded)
        session.addTiming('firstByteMs', performance.now() - (peer.firstSentAt ?? startedAt));
      session.responded = true;
      session.address = peer.address;
      this.#address = peer.address;
      this.#noteFailures(peer);
      const from = this.addressCount === 1 ? '' : ` from ${peer.endpoint}`;
      session.traceBytes('received', message, from);
      return new Uint8Array(message);
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const peer of this.#peers.splice(0)) peer.close();
    this.#releaseSockets();
  }

  /** Opens a socket to the next address that has none; without a free socket, it replaces the oldest one. */
  #openNext(): void {
    const address = this.#untried[0];
    if (address === undefined || this.#isClosed) return;
    if (this.#peers.length > 0 && this.#options.budget !== undefined) {
      if (this.#options.budget.tryTake()) this.#extraSockets += 1;
      else this.#giveUp(this.#peers[0]!);
    }
    this.#untried.shift();
    const { port, sourceAddress } = this.#options;
    const peer: UdpPeer = new UdpPeer(
      { address, port, sourceAddress },
      {
        connected: () => this.#wake(),
        received: (message) => {
          if (this.#queue.length < MAX_QUEUED) this.#queue.push({ peer, message });
          this.#wake();
        },
        failed: (error) => this.#fail(peer, error),
      },
    );
    this.#peers.push(peer);
  }

  #giveUp(peer: UdpPeer): void {
    this.#remove(peer);
    this.#failures.push(this.#silence(peer, performance.now()));
  }

  #remove(peer: UdpPeer): void {
    peer.close();
    this.#peers = this.#peers.filter((one) => one !== peer);
    this.#releaseSockets();
  }

  /** A refused datagram goes to an address that has had none yet. */
  #fail(peer: UdpPeer, error: NodeJS.ErrnoException): void {
    this.#remove(peer);
    const { address, endpoint } = peer;
    if (hasNoRoute(address, error)) this.#session.trace(`skipped ${address}: this location has no IPv6`);
    else {
      const failure = toFailure(error, endpoint);
      this.#failures.push({ address, error: failure });
      if (this.addressCount > 1) this.#session.trace(`failed: ${failure.message}`);
    }
    if (this.#untried.length > 0) {
      if (this.#last === null) this.#openNext();
      else this.send(this.#last);
    }
    this.#wake();
  }

  /** Failed by itself: refused, or silent for its share of the time while a later datagram was answered. */
  #noteFailures(winner: UdpPeer): void {
    const asked = winner.lastSentAt ?? 0;
    const silent = this.#peers.filter(
      (peer) => peer !== winner && peer.firstSentAt !== null && peer.firstSentAt < asked,
    );
    const { host, port } = this.#options;
    const failures = [...this.#failures, ...silent.map((peer) => this.#silence(peer, asked))];
    const byItself = failures.filter(({ address }) => address !== winner.address);
    this.#session.noteAddresses(formatEndpoint(host, port), this.addressCount, byItself);
  }

  #silence({ address, endpoint, firstSentAt }: UdpPeer, until: number): AddressFailure {
    const ms = Math.round(until - (firstSentAt ?? until));
    return { address, error: new WireError('timeout', `no answer from ${endpoint} within ${ms} ms`) };
  }

  #timedOut(ms: number): Error {
    const { host, port } = this.#options;
    const asTimeouts = (addresses: readonly string[], text: (endpoint: string) => string): AddressFailure[] =>
      addresses.map((address) => ({
        address,
        error: new WireError('timeout', text(formatEndpoint(address, port))),
      }));
    const asked = this.#peers.map(({ address }) => address);
    return mergeFailures(host, [
      ...this.#failures,
      ...asTimeouts(asked, (endpoint) => `no answer from ${endpoint} within ${Math.round(ms)} ms`),
      ...asTimeouts(this.#untried, (endpoint) => `${endpoint} was not tried in time`),
    ]);
  }

  /** Only this wait is over: another datagram may follow. */
  #stillSilent(ms: number): WireError {
    const endpoints = this.#peers.map(({ endpoint }) => endpoint).join(', ');
    return new WireError('timeout', `no answer from ${endpoints} within ${Math.round(ms)} ms`);
  }

  #releaseSockets(): void {
    for (; this.#extraSockets > Math.max(0, this.#peers.length - 1); this.#extraSockets -= 1)
      this.#options.budget?.release();
  }

  /** Fails when every address has failed, or with `timeout` after `timeoutMs` or when the run's time is up. */
  async #waitUntil(isTrue: () => boolean, timeoutMs = Number.POSITIVE_INFINITY): Promise<void> {
    const { deadline } = this.#session;
    let timer: NodeJS.Timeout | undefined;
    await deadline
      .wait<void>(
        (resolve, reject) => {
          this.#wake = () => {
            if (isTrue()) resolve();
            else if (this.#peers.length === 0 && this.#untried.length === 0)
              reject(mergeFailures(this.#options.host, this.#failures));
          };
          if (Number.isFinite(timeoutMs))
            timer = setTimeoutAfterPoll(() => reject(this.#stillSilent(timeoutMs)), timeoutMs);
          this.#wake();
        },
        () => this.#timedOut(deadline.timeoutMs),
      )
      .finally(() => clearTimeout(timer));
  }
}
