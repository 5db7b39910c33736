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

/** Some servers send "deflate" without its wrapper (RFC 1950), and clients accept both. The method 8 begins a wrapper. */
const isBareDeflate = (coding: string, [first = 0]: Buffer): boolean =>
  coding === 'deflate' && (first & 0x0f) !== 8;

/** More codings than a server uses could multiply a small body many times. */
const MAX_CODINGS = 4;

export class ReceivedBody {
  readonly #codings: readonly string[];
  readonly #limits: BodyLimits;
  readonly #events: BodyEvents;
  /** Grows as it fills: a million chunks of one byte must not become a million buffers. */
  #kept = Buffer.alloc(0);
  #keptLength = 0;
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
    return this.#kept.subarray(0, this.#keptLength);
  }

  /** False if the peer has to wait; `onDrain` is then called once. */
  write(bytes: Buffer, onDrain: () => void): boolean {
    if (this.isDone) return true;
    if (this.#codings.length === 0) {
      this.#keep(bytes);
      return true;
    }
    // Made by the first byte: an absent body that the headers call compressed is empty.
    if (this.#decoders.length === 0) this.#open(bytes);
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

  #open(bytes: Buffer): void {
    this.#decoders = this.#codings.map((coding, at) =>
      at === 0 && isBareDeflate(coding, bytes) ? zlib.createInflateRaw() : DECODERS[coding]!(),
    );
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
    this.#store(bytes.subarray(0, this.#limits.keptBytes - this.#keptLength));
    this.length += bytes.length;
    // Counts decompressed bytes, so that a small response that grows without end is cut like a long one.
    if (this.isTruncated) this.#finish();
    else this.#events.onMore();
  }

  #store(bytes: Buffer): void {
    const length = this.#keptLength + bytes.length;
    if (length > this.#kept.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, Math.min(2 * length, this.#limits.keptBytes)));
      this.bytes().copy(grown);
      this.#kept = grown;
    }
    bytes.copy(this.#kept, this.#keptLength);
    this.#keptLength = length;
  }

  #finish(): void {
    if (this.isDone) return;
    this.isDone = true;
    this.#events.onDone();
  }
}
