// Owns the attempts to connect to the addresses of one name: their order, their spacing and the winner (RFC 8305).
// Does not resolve or guard addresses.
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { WireError } from '../checks/check.ts';
import { type AddressFailure, mergeFailures } from './address-failures.ts';
import { toFailure } from './errors.ts';
import { formatEndpoint } from './format.ts';
import type { Session } from './session.ts';
import { attemptConnection } from './socket.ts';
import type { SocketBudget } from './socket-budget.ts';
import { setTimeoutAfterPoll } from './timers.ts';

/** Connection Attempt Delay (RFC 8305, section 5): a silent address delays the next one by this much. */
const ATTEMPT_DELAY_MS = 250;

/** The delay is never shorter (RFC 8305, section 5), even if many addresses share a short timeout. */
const MIN_ATTEMPT_DELAY_MS = 10;

/** Without a free socket, a run gives up an attempt that is silent for its share of the time, or for this long. */
const MAX_ATTEMPT_MS = 1_000;

/** How soon a run without a free socket tries again. */
const BUDGET_RETRY_MS = 20;

export interface ConnectOptions {
  /** The name, for texts. */
  readonly host: string;
  /** In the order of the attempts; at least one. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly sourceAddress: string | undefined;
  /** For all attempts together. Infinity: the run's own timeout is the only limit. */
  readonly timeoutMs: number;
  readonly budget: SocketBudget | undefined;
  /** Addresses that already failed in this connection. */
  readonly failed: readonly AddressFailure[];
}

export interface Winner {
  readonly socket: net.Socket;
  readonly address: string;
  /** Of the winner's own handshake. */
  readonly connectMs: number;
  /** Addresses that failed by themselves, in the order in which they failed. */
  readonly failures: readonly AddressFailure[];
  /** Addresses that neither won nor failed. */
  readonly others: readonly string[];
}

/** The order of RFC 8305, section 4: as the resolver returned them, with alternating families. */
export function interleaveFamilies(addresses: readonly string[]): string[] {
  const [first = ''] = addresses;
  if (addresses.length < 2) return [...addresses];
  const isFirst = (address: string): boolean => net.isIP(address) === net.isIP(first);
  const preferred = addresses.filter(isFirst);
  const others = addresses.filter((address) => !isFirst(address));
  const rounds = Math.max(preferred.length, others.length);
  return Array.from({ length: rounds }, (_, index) => [preferred[index], others[index]])
    .flat()
    .filter((address) => address !== undefined);
}

/** No packet left: the family has no route or no address here. Only IPv6 may be absent at a location. */
export const hasNoRoute = (address: string, { code = '' }: NodeJS.ErrnoException): boolean =>
  net.isIPv6(address) && ['ENETUNREACH', 'EADDRNOTAVAIL', 'EHOSTUNREACH', 'EAFNOSUPPORT'].includes(code);

/** The first address that completes a handshake. Cancels the others. Fails if all fail or when the time is up. */
export function connectToFirst(session: Session, options: ConnectOptions): Promise<Winner> {
  const race = new Race(session, options);
  return session.deadline
    .wait<Winner>(
      (resolve, reject) => race.start(resolve, reject),
      () => race.timedOut(session.deadline.timeoutMs),
    )
    .finally(() => race.end());
}

interface Attempt {
  readonly address: string;
  readonly startedAt: number;
  readonly cancel: () => void;
}

class Race {
  readonly #session: Session;
  readonly #options: ConnectOptions;
  readonly #delayMs: number;
  readonly #shareMs: number;
  readonly #startedAt = performance.now();
  readonly #waiting: string[];
  readonly #pending: Attempt[] = [];
  readonly #failures: AddressFailure[];
  #extraSockets = 0;
  #nextTimer: NodeJS.Timeout | undefined;
  #limitTimer: NodeJS.Timeout | undefined;
  #resolve: (winner: Winner) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(session: Session, options: ConnectOptions) {
    this.#session = session;
    this.#options = options;
    this.#waiting = [...options.addresses];
    this.#failures = [...options.failed];
    const windowMs = Math.min(options.timeoutMs, session.deadline.remainingMs());
    // Attempts that follow each other without a socket to spare still fit into the time.
    this.#shareMs = Math.min(MAX_ATTEMPT_MS, windowMs / options.addresses.length - BUDGET_RETRY_MS);
    const delayMs = Math.min(ATTEMPT_DELAY_MS, windowMs / options.addresses.length);
    this.#delayMs = Math.max(MIN_ATTEMPT_DELAY_MS, delayMs);
  }

  start(resolve: (winner: Winner) => void, reject: (error: Error) => void): void {
    this.#resolve = resolve;
    this.#reject = reject;
    const { timeoutMs } = this.#options;
    if (Number.isFinite(timeoutMs))
      this.#limitTimer = setTimeoutAfterPoll(() => reject(this.timedOut(timeoutMs)), timeoutMs);
    this.#startNext();
  }

  /** The error when the time of all attempts is up. */
  timedOut(ms: number): Error {
    const silent = this.#pending.map(({ address }) => ({ address, error: this.#silence(address, ms) }));
    const untried = this.#waiting.map((address) => ({
      address,
      error: new WireError('timeout', `${this.#endpoint(address)} was not tried in time`),
    }));
    this.end();
    return mergeFailures(this.#options.host, [...this.#failures, ...silent, ...untried]);
  }

  #endpoint(address: string): string {
    return formatEndpoint(address, this.#options.port);
  }

  #silence(address: string, ms: number): WireError {
    return new WireError('timeout', `no answer from ${this.#endpoint(address)} within ${Math.round(ms)} ms`);
  }

  #startNext(): void {
    clearTimeout(this.#nextTimer);
    if (this.#waiting.length === 0) return;
    if (!this.#hasSocket()) {
      this.#nextTimer = setTimeoutAfterPoll(() => this.#startNext(), BUDGET_RETRY_MS);
      return;
    }
    const address = this.#waiting.shift()!;
    this.#session.trace(`connecting to ${this.#endpoint(address)}`);
    const { port, sourceAddress } = this.#options;
    const attempt: Attempt = {
      address,
      startedAt: performance.now(),
      cancel: attemptConnection(
        this.#session,
        { address, port, sourceAddress },
        {
          connected: (socket, connectMs) => this.#win(attempt, socket, connectMs),
          failed: (error, ms) => this.#fail(attempt, error, ms),
        },
      ),
    };
    this.#pending.push(attempt);
    if (this.#waiting.length > 0)
      this.#nextTimer = setTimeoutAfterPoll(() => this.#startNext(), this.#delayMs);
  }

  /** The first socket of a run is its own. Without a free one, the oldest attempt gives its socket up in time. */
  #hasSocket(): boolean {
    const { budget } = this.#options;
    if (this.#pending.length === 0 || budget === undefined) return true;
    if (budget.tryTake()) {
      this.#extraSockets += 1;
      return true;
    }
    const oldest = this.#pending[0]!;
    const silentMs = performance.now() - oldest.startedAt;
    if (silentMs < this.#shareMs) return false;
    this.#pending.shift();
    oldest.cancel();
    this.#failures.push({ address: oldest.address, error: this.#silence(oldest.address, silentMs) });
    return true;
  }

  #win({ address }: Attempt, socket: net.Socket, connectMs: number): void {
    const others = [...this.#pending.map((one) => one.address), ...this.#waiting].filter(
      (other) => other !== address,
    );
    const to = this.#options.addresses.length === 1 ? '' : ` to ${this.#endpoint(address)}`;
    this.#session.trace(`connected${to} in ${connectMs.toFixed(3)} ms`);
    this.end(address);
    this.#resolve({ socket, address, connectMs, failures: this.#failures, others });
  }

  #fail(attempt: Attempt, error: NodeJS.ErrnoException, ms: number): void {
    const { address } = attempt;
    this.#pending.splice(this.#pending.indexOf(attempt), 1);
    this.#releaseSockets();
    if (hasNoRoute(address, error)) this.#session.trace(`skipped ${address}: this location has no IPv6`);
    else this.#addFailure({ address, error: toFailure(error, this.#endpoint(address)) });
    if (this.#waiting.length > 0) this.#startNext();
    if (this.#pending.length > 0 || this.#waiting.length > 0) return;
    this.end();
    // Of several attempts, the time of all.
    const isOnly = this.#options.addresses.length === 1;
    this.#session.addTiming('connectMs', isOnly ? ms : performance.now() - this.#startedAt);
    this.#reject(mergeFailures(this.#options.host, this.#failures));
  }

  #addFailure(failure: AddressFailure): void {
    this.#failures.push(failure);
    if (this.#options.addresses.length > 1) this.#session.trace(`failed: ${failure.error.message}`);
  }

  /** Starts no further attempt, and cancels every pending one except the winner's. */
  end(winner?: string): void {
    clearTimeout(this.#nextTimer);
    clearTimeout(this.#limitTimer);
    for (const { address, cancel } of this.#pending.splice(0)) {
      if (address === winner) continue;
      if (winner !== undefined) this.#session.trace(`gave up on ${this.#endpoint(address)}`);
      cancel();
    }
    this.#waiting.length = 0;
    this.#releaseSockets();
  }

  #releaseSockets(): void {
    for (; this.#extraSockets > Math.max(0, this.#pending.length - 1); this.#extraSockets -= 1)
      this.#options.budget?.release();
  }
}
