// Owns what one check run shares between its connections: deadline, timings, trace, redaction and open sockets.
// Does not resolve names and opens no connection.
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { WireError } from '../checks/check.ts';
import type { FailureCode, Phase, Timings, Trace } from '../contract/index.ts';
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

export class Session {
  readonly deadline: Deadline;
  readonly timings: Timings = {};
  readonly traceEntries: Trace = [];
  /** Takes the secrets of the check out of a text, which must not be cut yet: a part of a secret is not found. */
  readonly redact: (text: string) => string;
  /** The literal address of the target, reached or not; undefined before it is resolved. */
  address: string | undefined;
  /** What the run does now, or did when it failed. */
  phase: Phase | undefined;
  /** A target responded: with a handshake, a refusal, a reset or a datagram. */
  responded = false;
  #mayBeOffline = false;
  readonly #isTraced: boolean;
  /** Closes each open socket at once. */
  readonly #open = new Map<object, () => void>();
  /** Sockets that the check has ended: they wait shortly for their peers. */
  readonly #ended = new Set<net.Socket>();

  /** Sets no timer: the caller calls `expire`. */
  constructor(timeoutMs: number, { trace, redact }: TraceOptions = { trace: false, redact: (text) => text }) {
    this.deadline = new Deadline(timeoutMs);
    this.#isTraced = trace;
    this.redact = redact;
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
    if (this.#canTrace()) this.#addEntry(this.redact(text));
  }

  /** Adds one line with bytes in it to the trace: their beginning, and their count if there are more. */
  traceBytes(label: string, data: string | Uint8Array, suffix = ''): void {
    if (!this.#canTrace()) return;
    const bytes = Buffer.from(data as Uint8Array);
    const text = formatBytes(bytes, this.redact);
    const isLong = text.length > MAX_TRACE_BYTES;
    const excerpt = isLong ? `${text.slice(0, MAX_TRACE_BYTES)}… (${bytes.length} bytes)` : text;
    this.#addEntry(`${label} ${excerpt}${suffix}`);
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
    await Promise.all(ending);
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
  }
}
