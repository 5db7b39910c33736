// Owns the body of one response as it arrives: undoes its compression and keeps its beginning, within limits. Does not know
// its framing or its charset. RFC 9110, section 8.4.1.
import { Buffer } from 'node:buffer';
import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { HttpViolation } from './http-head.ts';

export interface BodyLimits {
  /** Bytes to read, after decompression. */
  readonly maxBytes: number;
  /** Bytes to keep. */
  readonly keptBytes: number;
}

export interface BodyEvents {
  /** More of the body can be read. */
  onMore(): void;
  /** The body is complete, or longer than the limit. */
  onDone(): void;
  onFailure(error: Error): void;
}

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  deflate: () => zlib.createInflate(),
  br: () => zlib.createBrotliDecompress(),
};

/** More codings than a server uses could multiply a small body many times. */
const MAX_CODINGS = 4;

export class ReceivedBody {
  readonly #codings: readonly string[];
  readonly #limits: BodyLimits;
  readonly #events: BodyEvents;
  readonly #chunks: Buffer[] = [];
  #decoders: Transform[] = [];
  /** Bytes of the body so far, kept or not. */
  length = 0;
  isDone = false;

  /** `codings` in the order of undoing; an unknown coding is left as it is. */
  constructor(codings: readonly string[], limits: BodyLimits, events: BodyEvents) {
    this.#codings = codings.filter((coding) => Object.hasOwn(DECODERS, coding)).slice(0, MAX_CODINGS);
    this.#limits = limits;
    this.#events = events;
  }

  get isTruncated(): boolean {
    return this.length > this.#limits.maxBytes;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks).subarray(0, this.#limits.keptBytes);
  }

  /** False if the peer has to wait; `onDrain` is then called once. */
  write(bytes: Buffer, onDrain: () => void): boolean {
    if (this.isDone) return true;
    if (this.#codings.length === 0) {
      this.#keep(bytes);
      return true;
    }
    // Made by the first byte: an absent body that the headers call compressed is empty.
    if (this.#decoders.length === 0) this.#open();
    const [first] = this.#decoders;
    if (first!.write(bytes)) return true;
    first!.once('drain', onDrain);
    return false;
  }

  /** The last byte was written. */
  end(): void {
    const [first] = this.#decoders;
    if (first === undefined) this.#finish();
    else first.end();
  }

  destroy(): void {
    for (const decoder of this.#decoders) decoder.destroy();
  }

  #open(): void {
    this.#decoders = this.#codings.map((coding) => DECODERS[coding]!());
    for (const [at, decoder] of this.#decoders.entries()) {
      decoder.on('error', (error: NodeJS.ErrnoException) =>
        this.#events.onFailure(
          new HttpViolation(`sent a body that cannot be decompressed (${error.code ?? error.message})`),
        ),
      );
      const next = this.#decoders[at + 1];
      if (next !== undefined) decoder.pipe(next);
    }
    const last = this.#decoders.at(-1)!;
    last.on('data', (bytes: Buffer) => this.#keep(bytes));
    last.once('end', () => this.#finish());
  }

  #keep(bytes: Buffer): void {
    if (this.isDone) return;
    if (this.length < this.#limits.keptBytes) this.#chunks.push(bytes);
    this.length += bytes.length;
    // Counts decompressed bytes, so that a small response that grows without end is cut like a long one.
    if (this.isTruncated) this.#finish();
    else this.#events.onMore();
  }

  #finish(): void {
    if (this.isDone) return;
    this.isDone = true;
    this.#events.onDone();
  }
}
