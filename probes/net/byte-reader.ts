// Reads lines and bytes from a stream, a caller at a time, with caps on a line and on everything. Takes no more from the
// kernel than it is asked for, so what a hostile peer sends in excess stays with the peer.
import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { WireError } from '../checks/check.ts';

/** No reply line of a text protocol is longer: SMTP allows 512 bytes (RFC 5321, section 4.5.3.1.5), others up to 8 KiB. */
const LONGEST_LINE_BYTES = 8_192;
const MOST_BYTES = 1_048_576;

export class ByteReader {
  readonly #stream: Duplex;
  readonly #peer: string;
  #pending: Buffer = Buffer.alloc(0);
  #taken = 0;
  #ended = false;
  #error: Error | null = null;
  #wake: () => void = () => {};

  /** `toFailure` says what an error of the stream means. */
  constructor(stream: Duplex, peer: string, toFailure: (error: NodeJS.ErrnoException) => Error) {
    this.#stream = stream;
    this.#peer = peer;
    // It may have met its end before anybody read from it.
    this.#error = stream.errored ? toFailure(stream.errored) : null;
    this.#ended = stream.destroyed;
    stream.on('readable', this.#arrived);
    stream.on('end', this.#over);
    stream.on('close', this.#over);
    stream.on('error', (error) => {
      this.#error ??= toFailure(error);
      this.#wake();
    });
  }

  /** Bytes that were taken from the stream and not asked for. */
  get left(): number {
    return this.#pending.length;
  }

  /** Lets go of the stream, for another reader. */
  detach(): void {
    this.#stream.off('readable', this.#arrived);
    this.#stream.off('end', this.#over);
    this.#stream.off('close', this.#over);
  }

  async readLine(more: More): Promise<string | null> {
    for (;;) {
      const newline = this.#pending.indexOf(0x0a);
      if (newline > LONGEST_LINE_BYTES || (newline < 0 && this.#pending.length > LONGEST_LINE_BYTES)) {
        throw new WireError(
          'unexpected_reply',
          `${this.#peer} sent a line of more than ${LONGEST_LINE_BYTES} bytes`,
        );
      }
      if (newline >= 0) {
        const line = this.#take(newline + 1);
        const until = line.at(-2) === 0x0d ? -2 : -1;
        return line.subarray(0, until).toString('utf8');
      }
      if (!(await this.#fill(more))) return null;
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

  #take(count: number): Buffer {
    const taken = this.#pending.subarray(0, count);
    this.#pending = this.#pending.subarray(count);
    return taken;
  }

  /** Waits until more has arrived; false when the peer has ended. */
  async #fill(more: More): Promise<boolean> {
    for (;;) {
      // Null when nothing is there; asking for it is what makes the stream read on.
      const chunk = this.#stream.read() as Buffer | null;
      if (chunk !== null) return this.#keep(chunk);
      if (this.#error) throw this.#error;
      if (this.#ended) return false;
      await more((resolve, reject) => {
        this.#wake = () => (this.#error ? reject(this.#error) : resolve());
      });
    }
  }

  #keep(chunk: Buffer): true {
    this.#taken += chunk.length;
    if (this.#taken > MOST_BYTES) {
      throw new WireError('unexpected_reply', `${this.#peer} sent more than ${MOST_BYTES} bytes`);
    }
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    return true;
  }

  readonly #arrived = (): void => this.#wake();
  readonly #over = (): void => {
    this.#ended = true;
    this.#wake();
  };
}

/** Waits within the look's time. */
export type More = (start: (resolve: () => void, reject: (error: Error) => void) => void) => Promise<void>;
