// Owns what one check run shares between its connections: deadline, timings, trace, redaction and open sockets.
// Does not resolve names and opens no connection.
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { WireError } from '../checks/check.ts';
import type { Degraded, FailureCode, Phase, Timings, Trace } from '../contract/index.ts';
import { type AddressFailure, listAddressFailures, mergeFailures } from './address-failures.ts';
import { Deadline, type ExpiryReason } from './deadline.ts';
import { formatBytes } from './format.ts';

export interface TraceOptions {
  /** Records what happens on the wire, for a debug run. */
  readonly trace: boolean;
  /** Takes the secrets of the check out of a text. */
  readonly redact: (text: string) => string;
}

/** Failures that the target caused: the network works. */
const TARGET_RESPONDED: ReadonlySet<FailureCode> = new Set(['refused', 'reset', 'tls', 'unexpected_reply']);

/** Failures that an offline location has as well. */
const MAYBE_OFFLINE: ReadonlySet<FailureCode> = new Set(['timeout', 'unreachable', 'dns']);

const MAX_TRACE_ENTRIES = 200;
const MAX_TRACE_TEXT = 600;
const MAX_TRACE_BYTES = 400;

/** How long a closed connection waits for the peer's FIN. The peer has ours by then, so it gets no reset. */
const LINGER_MS = 200;

/** The newest connection of a run. */
interface OpenConnection {
  /** The name and port. */
  readonly endpoint: string;
  readonly address: string;
  /** Addresses of the name that were not tried, or lost. */
  readonly others: readonly string[];
}

/** What the addresses of one name did when one of them won. */
interface AddressNote {
  readonly total: number;
  readonly failures: readonly AddressFailure[];
}

export class Session {
  readonly deadline: Deadline;
  readonly timings: Timings = {};
  readonly traceEntries: Trace;
  /** Takes the secrets of the check out of a text, which must not be cut yet: a part of a secret is not found. */
  readonly redact: (text: string) => string;
  /** The literal address of the target, reached or not; undefined before it is resolved. */
  address: string | undefined;
  /** What the run does now, or did when it failed. */
  phase: Phase | undefined;
  /** A target responded: with a handshake, a refusal, a reset or a datagram. */
  responded = false;
  /** The run asked the location's own name servers, and they have not answered: the location may be at fault. */
  awaitsNameServer = false;
  /** The target is the location's own name server, whose response shows nothing about the network beyond it. */
  usesNameServer = false;
  #mayBeOffline = false;
  readonly #isTraced: boolean;
  /** Closes each open socket at once. */
  readonly #open = new Map<object, () => void>();
  /** Sockets that the check has ended: they wait shortly for their peers. */
  readonly #ended = new Set<net.Socket>();
  readonly #branches: Session[] = [];
  readonly #addressNotes = new Map<string, AddressNote>();
  /** Addresses by name and port that reset their connection before they sent anything. */
  readonly #reset = new Map<string, readonly AddressFailure[]>();
  #connection: OpenConnection | null = null;
  /** The peer of the newest connection has sent something, or completed a TLS handshake. */
  #hasReceived = false;
  /** Begins each line of the trace of a branch. */
  readonly #label: string;

  /** Sets no timer: the caller calls `expire`. */
  constructor(
    timeout: number | Deadline,
    { trace, redact }: TraceOptions = { trace: false, redact: (text) => text },
    { entries, label }: { entries: Trace; label: string } = { entries: [], label: '' },
  ) {
    this.deadline = timeout instanceof Deadline ? timeout : new Deadline(timeout);
    this.#isTraced = trace;
    this.redact = redact;
    this.traceEntries = entries;
    this.#label = label;
  }

  /** A session for one address of several: it shares the deadline and the trace, and closes with this session. */
  branch(address: string): Session {
    const options = { trace: this.#isTraced, redact: this.redact };
    const branch = new Session(this.deadline, options, {
      entries: this.traceEntries,
      label: `[${address}] `,
    });
    this.#branches.push(branch);
    return branch;
  }

  /** Takes over what all branches show of the network, and times, address and phase of the decisive one. */
  adopt(decisive: Session): void {
    for (const branch of this.#branches) {
      this.responded ||= branch.responded;
      this.#mayBeOffline ||= branch.#mayBeOffline;
    }
    if (decisive === this) return;
    for (const phase of Object.keys(decisive.timings) as (keyof Timings)[])
      this.addTiming(phase, decisive.timings[phase] ?? 0);
    for (const [host, note] of decisive.#addressNotes) this.#addressNotes.set(host, note);
    this.address = decisive.address;
    this.phase = decisive.phase;
    this.awaitsNameServer = decisive.awaitsNameServer;
  }

  /** Records which of a name's addresses failed by themselves when another one won. The newest record counts. */
  noteAddresses(endpoint: string, total: number, failures: readonly AddressFailure[]): void {
    // A dead name server of the location is no fault of the target.
    if (this.usesNameServer) return;
    if (failures.length > 0) this.#addressNotes.set(endpoint, { total, failures });
    else this.#addressNotes.delete(endpoint);
  }

  startConnecting(): void {
    this.#connection = null;
    this.#hasReceived = false;
  }

  markConnected(connection: OpenConnection): void {
    this.#connection = connection;
  }

  markReceived(): void {
    this.#hasReceived = true;
  }

  /** Addresses that the run must not try again. */
  resetAddresses(endpoint: string): readonly AddressFailure[] {
    return this.#reset.get(endpoint) ?? [];
  }

  /**
   * Counts the address of the newest connection as failed if it has sent nothing and the name has others. Returns whether
   * the run can start again with these.
   */
  giveUpConnection(error: WireError): boolean {
    const connection = this.#connection;
    if (connection === null || this.#hasReceived || connection.others.length === 0) return false;
    if (this.deadline.remainingMs() === 0) return false;
    const { endpoint, address } = connection;
    this.#reset.set(endpoint, [...this.resetAddresses(endpoint), { address, error }]);
    // Times of the address that failed are not the target's.
    for (const phase of ['connectMs', 'tlsMs', 'firstByteMs'] as const) delete this.timings[phase];
    this.startConnecting();
    return true;
  }

  /** The error with every address that failed before, if the address of the newest connection has sent nothing either. */
  withFailedAddresses(error: WireError): Error {
    const connection = this.#connection;
    const note = connection === null ? undefined : this.#addressNotes.get(connection.endpoint);
    if (connection === null || note === undefined || this.#hasReceived) return error;
    const { endpoint, address } = connection;
    return mergeFailures(endpoint, [...note.failures, { address, error }]);
  }

  /** The warning about addresses that failed although the run went on with another one. */
  get addressWarnings(): Degraded[] {
    const names = [...this.#addressNotes].map(
      ([endpoint, { total, failures }]) =>
        `${failures.length} of ${total} addresses of ${endpoint} failed: ${listAddressFailures(failures)}`,
    );
    return names.length === 0 ? [] : [{ code: 'address', limit: 0, detail: names.join('; ') }];
  }

  /** The run sent something and no target responded: the location itself may be offline, whatever the check concludes. */
  get noResponse(): boolean {
    return this.#mayBeOffline && !this.responded;
  }

  /** Ends every pending and every later wait. */
  expire(reason: ExpiryReason): void {
    this.deadline.expire(reason);
  }

  /** Adds one line to the trace. */
  trace(text: string): void {
    if (this.#canTrace()) this.#addEntry(this.#label + this.redact(text));
  }

  /** Adds one line with bytes in it to the trace: their beginning, and their count if there are more. */
  traceBytes(label: string, data: string | Uint8Array, suffix = ''): void {
    if (!this.#canTrace()) return;
    const bytes = Buffer.from(data as Uint8Array);
    const text = formatBytes(bytes, this.redact);
    const isLong = text.length > MAX_TRACE_BYTES;
    const excerpt = isLong ? `${text.slice(0, MAX_TRACE_BYTES)}… (${bytes.length} bytes)` : text;
    this.#addEntry(`${this.#label}${label} ${excerpt}${suffix}`);
  }

  #canTrace(): boolean {
    return this.#isTraced && this.traceEntries.length < MAX_TRACE_ENTRIES;
  }

  /** Escapes and cuts after the redaction. */
  #addEntry(redacted: string): void {
    const atMs = Math.round((performance.now() - this.deadline.startedAt) * 1000) / 1000;
    const line = redacted.replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
    this.traceEntries.push({ atMs, text: line.slice(0, MAX_TRACE_TEXT) });
  }

  /** Records what the outcome of a step shows about the network. */
  async recordOutcome<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (error instanceof WireError) {
        this.trace(`failed: ${error.message}`);
        this.responded ||= TARGET_RESPONDED.has(error.code);
        this.#mayBeOffline ||= MAYBE_OFFLINE.has(error.code);
      }
      throw error;
    }
  }

  /** Adds to a phase: a phase that happens several times is the sum. */
  addTiming(phase: keyof Timings, ms: number): void {
    this.timings[phase] = (this.timings[phase] ?? 0) + ms;
    if (phase === 'firstByteMs') this.#hasReceived = true;
  }

  /** Runs a step whose phases do not count. */
  async untimed<T>(step: () => Promise<T>): Promise<T> {
    const timings = { ...this.timings };
    const { elapsedMs } = this.deadline;
    try {
      return await step();
    } finally {
      for (const phase of Object.keys(this.timings) as (keyof Timings)[]) delete this.timings[phase];
      Object.assign(this.timings, timings);
      this.deadline.elapsedMs = elapsedMs;
    }
  }

  trackSocket(socket: net.Socket): void {
    this.#open.set(socket, () => socket.destroy());
    socket.once('close', () => this.#open.delete(socket));
  }

  /** Keeps anything else that has to be closed with the run. */
  trackOpen(resource: object, close: () => void): void {
    this.#open.set(resource, close);
  }

  /** Marks a socket that has sent its FIN. */
  markEnded(socket: net.Socket): void {
    this.#ended.add(socket);
  }

  /** Resolves when every socket is closed: at once, or shortly after the FIN if the check ended it. */
  async close(): Promise<void> {
    const ending: Promise<void>[] = [];
    for (const [resource, destroy] of this.#open) {
      if (resource instanceof net.Socket && this.#ended.has(resource)) ending.push(this.closed(resource));
      else destroy();
    }
    await Promise.all([...ending, ...this.#branches.map((branch) => branch.close())]);
  }

  /** Resolves when this socket is closed; destroys it if the peer does not end it soon. */
  async closed(socket: net.Socket): Promise<void> {
    if (socket.destroyed) return;
    const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    await closed;
    clearTimeout(timer);
  }

  /** Closes everything at once. */
  destroy(): void {
    for (const destroy of this.#open.values()) destroy();
    for (const branch of this.#branches) branch.destroy();
  }
}
