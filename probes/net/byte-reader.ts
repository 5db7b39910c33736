// Owns reading lines and bytes from a stream, with caps on a line and in total. Does not read ahead of its caller, so
// excess bytes of a hostile peer stay with the peer.
import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { type PeekedLine, WireError } from '../checks/check.ts';

/** Reply lines of text protocols are shorter: SMTP allows 512 bytes (RFC 5321, section 4.5.3.1.5), others up to 8 KiB. */
const MAX_LINE_BYTES = 8_192;
const MAX_BYTES = 1_048_576;

export class ByteReader {
  readonly #stream: Duplex;
  readonly #peer: string;
  #pending: Buffer = Buffer.alloc(0);
  #totalBytes = 0;
  #ended = false;
  #error: Error | null = null;
  #wake: () => void = () => {};

  /** `toFailure` maps an error of the stream. */
  constructor(stream: Duplex, peer: string, toFailure: (error: NodeJS.ErrnoException) => Error) {
    this.#stream = stream;
    this.#peer = peer;
    // The stream may have ended before its first reader.
    this.#error = stream.errored ? toFailure(stream.errored) : null;
    this.#ended = stream.destroyed;
    stream.on('readable', this.#onReadable);
    stream.on('end', this.#onEnd);
    stream.on('close', this.#onEnd);
    stream.on('error', (error) => {
      this.#error ??= toFailure(error);
      this.#wake();
    });
  }

  /** Bytes read from the stream that no caller has taken. */
  get left(): number {
    return this.#pending.length;
  }

  /** Releases the stream for another reader. */
  detach(): void {
    this.#stream.off('readable', this.#onReadable);
    this.#stream.off('end', this.#onEnd);
    this.#stream.off('close', this.#onEnd);
  }

  async readLine(more: More): Promise<string | null> {
    for (;;) {
      const newline = this.#pending.indexOf(0x0a);
      this.#assertLineLength(newline);
      if (newline >= 0) return withoutLineBreak(this.#take(newline + 1)).toString('utf8');
      if (!(await this.#fill(more))) return null;
    }
  }

  /**
   * The line that comes next, without taking it: whole and without its line break, or what is there of it, once it has more
   * than `seen` bytes. Null if the peer ends before.
   */
  async peekLine(seen: number, more: More): Promise<PeekedLine | null> {
    for (;;) {
      const newline = this.#pending.indexOf(0x0a);
      this.#assertLineLength(newline);
      if (newline >= 0)
        return { bytes: withoutLineBreak(this.#pending.subarray(0, newline + 1)), isWhole: true };
      if (this.#pending.length > seen) return { bytes: this.#pending, isWhole: false };
      if (!(await this.#fill(more))) return null;
    }
  }

  /** Takes all bytes that have arrived, and waits for none. */
  takeArrived(): Uint8Array {
    for (;;) {
      const chunk = this.#stream.read() as Buffer | null;
      if (chunk === null) return this.#take(this.#pending.length);
      this.#append(chunk);
    }
  }

  async readBytes(count: number, more: More): Promise<Uint8Array | null> {
    while (this.#pending.length < count) if (!(await this.#fill(more))) return null;
    return this.#take(count);
  }

  async readSome(more: More): Promise<Uint8Array | null> {
    if (this.#pending.length === 0 && !(await this.#fill(more))) return null;
    return this.#take(this.#pending.length);
  }

  #assertLineLength(newline: number): void {
    if (newline <= MAX_LINE_BYTES && (newline >= 0 || this.#pending.length <= MAX_LINE_BYTES)) return;
    const message = `${this.#peer} sent a line of more than ${MAX_LINE_BYTES} bytes`;
    throw new WireError('unexpected_reply', message);
  }

  #take(count: number): Buffer {
    const taken = this.#pending.subarray(0, count);
    this.#pending = this.#pending.subarray(count);
    return taken;
  }

  /** Waits for more bytes; false if the peer has ended the connection. */
  async #fill(more: More): Promise<boolean> {
    for (;;) {
      // Null if nothing has arrived; the call itself makes the stream read on.
      const chunk = this.#stream.read() as Buffer | null;
      if (chunk !== null) return this.#append(chunk);
      if (this.#error) throw this.#error;
      if (this.#ended) return false;
      await more((resolve, reject) => {
        this.#wake = () => (this.#error ? reject(this.#error) : resolve());
      });
    }
  }

  #append(chunk: Buffer): true {
    this.#totalBytes += chunk.length;
    if (this.#totalBytes > MAX_BYTES) {
      throw new WireError('unexpected_reply', `${this.#peer} sent more than ${MAX_BYTES} bytes`);
    }
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    return true;
  }

  readonly #onReadable = (): void => this.#wake();
  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#wake();
  };
}

const withoutLineBreak = (line: Buffer): Buffer => line.subarray(0, line.at(-2) === 0x0d ? -2 : -1);

/** Waits within the run's time. */
export type More = (start: (resolve: () => void, reject: (error: Error) => void) => void) => Promise<void>;
