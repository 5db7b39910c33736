// Owns the bytes of an HTTP/1.1 response: finds its head and its body, however the bytes are split. Caps lines and headers.
// Reads nothing itself and decodes no content. Pure. RFC 9112.
import { Buffer } from 'node:buffer';
import { type Expected, type Framing, framingOf, type Head, HttpViolation, parseHead } from './http-head.ts';

/** The status line and the headers of one response; the trailers of one body. Browsers accept four times as much. */
export const MAX_HEADER_BYTES = 65_536;
/** A chunk's size with its extensions. */
const MAX_CHUNK_LINE_BYTES = 16_384;

export interface ReaderEvents {
  /** The head of the final response: interim responses (1xx) are skipped. */
  onHead(head: Head, framing: Framing): void;
  /** A part of the body, without its framing. */
  onBody(bytes: Buffer): void;
}

type State = 'head' | 'size' | 'data' | 'data_end' | 'trailers' | 'complete';

export class ResponseReader {
  readonly #expected: Expected;
  readonly #events: ReaderEvents;
  readonly #oddities = new Set<string>();
  #state: State = 'head';
  #framing: Framing | null = null;
  #status = 0;
  /** Bytes of `data` that are still to come. */
  #left = 0;
  /** The beginning of a line whose end has not arrived. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** The lines of a head so far, and the bytes of a head or of trailers. */
  #lines: string[] = [];
  #sectionBytes = 0;

  constructor(expected: Expected, events: ReaderEvents) {
    this.#expected = expected;
    this.#events = events;
  }

  get isComplete(): boolean {
    return this.#state === 'complete';
  }

  /** What a strict client would refuse. */
  get oddities(): string[] {
    return [...this.#oddities];
  }

  /** Throws an HttpViolation. Ignores bytes after the response. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#state !== 'complete') {
      if (this.#state === 'data') {
        const part = chunk.subarray(at, at + Math.min(this.#left, chunk.length - at));
        at += part.length;
        this.#takeData(part);
        continue;
      }
      const newline = chunk.indexOf(0x0a, at);
      const part = chunk.subarray(at, newline < 0 ? chunk.length : newline + 1);
      at += part.length;
      this.#hold(part);
      if (newline >= 0) this.#takeLine();
    }
  }

  /** The peer has ended. Throws an HttpViolation if the response is not complete. */
  end(): void {
    if (this.#state === 'complete') return;
    if (this.#framing === null) {
      const isPartial = this.#lines.length > 0 || this.#heldBytes > 0;
      throw new HttpViolation(
        isPartial
          ? 'ended the connection in the middle of the headers'
          : 'ended the connection without a response',
      );
    }
    if (this.#framing.kind !== 'close')
      throw new HttpViolation(`answered ${this.#status} and ended in the middle of the body`);
    this.#state = 'complete';
  }

  #takeData(part: Buffer): void {
    this.#left -= part.length;
    this.#events.onBody(part);
    if (this.#left === 0) this.#state = this.#framing?.kind === 'chunked' ? 'data_end' : 'complete';
  }

  #hold(part: Buffer): void {
    this.#held.push(part);
    this.#heldBytes += part.length;
    const isSection = this.#state === 'head' || this.#state === 'trailers';
    if (isSection && this.#sectionBytes + this.#heldBytes > MAX_HEADER_BYTES)
      throw new HttpViolation(`sent more than ${MAX_HEADER_BYTES} bytes of headers`);
    if (this.#state === 'size' && this.#heldBytes > MAX_CHUNK_LINE_BYTES)
      throw new HttpViolation(`sent a chunk header of more than ${MAX_CHUNK_LINE_BYTES} bytes`);
    // A peer of another protocol may wait for the client, so its first bytes decide.
    if (this.#state === 'head' && this.#lines.length === 0) rejectOtherProtocol(this.#held);
    if (this.#state === 'data_end' && part.some((byte) => byte !== 0x0d && byte !== 0x0a))
      throw new HttpViolation(`answered ${this.#status} with a chunk that is longer than its size`);
  }

  #takeLine(): void {
    const bytes = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    if (bytes.at(-2) !== 0x0d) this.#note('line feeds without carriage returns');
    const line = bytes.toString('latin1').replace(/\r*\n$/, '');
    if (this.#state === 'head') this.#takeHeadLine(line, bytes.length);
    else if (this.#state === 'size') this.#takeSize(line);
    else if (this.#state === 'data_end') this.#state = 'size';
    else if (line === '') this.#state = 'complete';
    else this.#sectionBytes += bytes.length;
  }

  #takeHeadLine(line: string, length: number): void {
    if (line !== '') {
      this.#sectionBytes += length;
      this.#lines.push(line);
    } else if (this.#lines.length === 0) this.#note('an empty line before the status line');
    else this.#endHead();
  }

  #endHead(): void {
    const note = (oddity: string): void => this.#note(oddity);
    const head = parseHead(this.#lines, note);
    const framing = framingOf(head, this.#expected, note);
    this.#lines = [];
    this.#sectionBytes = 0;
    if (head.status < 200 && head.status !== 101) return;
    this.#framing = framing;
    this.#status = head.status;
    this.#left = framing.kind === 'length' ? framing.bytes : Number.POSITIVE_INFINITY;
    if (framing.kind === 'chunked') this.#state = 'size';
    else this.#state = framing.kind === 'none' || this.#left === 0 ? 'complete' : 'data';
    this.#events.onHead(head, framing);
  }

  #takeSize(line: string): void {
    const [, digits] = /^([0-9a-f]{1,16})[ \t]*(?:;.*)?$/is.exec(line) ?? [];
    if (digits === undefined) throw new HttpViolation(`answered ${this.#status} with an invalid chunk size`);
    this.#left = Number.parseInt(digits, 16);
    this.#state = this.#left === 0 ? 'trailers' : 'data';
  }

  #note(oddity: string): void {
    this.#oddities.add(oddity);
  }
}

const BEGINNING = 'http/';

function rejectOtherProtocol(held: readonly Buffer[]): void {
  // One byte may arrive at a time.
  const start = Buffer.concat(held.slice(0, BEGINNING.length))
    .toString('latin1', 0, BEGINNING.length)
    .toLowerCase();
  if (/^\r*\n?$/.test(start) || BEGINNING.startsWith(start)) return;
  throw new HttpViolation('did not answer in HTTP (the response does not begin with a status line)');
}
