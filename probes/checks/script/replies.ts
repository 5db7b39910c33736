// Owns the order in which a script reads: lines, replies of several lines, and text without a line break. Does not match them.
import type { Connection } from '../check.ts';
import { printable } from '../shared/payload.ts';

/** Text without a line break counts as a line after this pause. Longer than the delayed ACK of a split line (RFC 1122: 200 ms). */
export const IDLE_MS = 250;

/** A reply with a code, of one line or of several (RFC 5321, section 4.2.1; RFC 959, section 4.2). */
export interface Reply {
  readonly code: string;
  /** A line that begins with code and hyphen began it, and its last line has not arrived. */
  isOpen: boolean;
  /** A step has met its expectation by the code alone: the reply answers no other step. */
  isTaken: boolean;
  /** It began before the last `send`, so it cannot be the answer to it. */
  isOld: boolean;
}

export interface Line {
  readonly text: string;
  /** Where the part begins that no step has matched. */
  readonly from: number;
  readonly reply: Reply | null;
  /** Its line break has not arrived. */
  readonly isUnbroken: boolean;
}

const FIRST_LINE = /^([1-6][0-5]\d)([ -]|$)/;
const LAST_LINE = /^\d{3}(?: |$)/;
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A line with a code always has a line break. */
const MAY_BEGIN_CODE = /^(?:\d{1,3}$|\d{3}[ -])/;

export class ReplyReader {
  /** Ms that passed before text without a line break counted as a line. */
  idleMs = 0;
  readonly #connection: Connection;
  readonly #onLine: (text: string, continuesLast: boolean) => void;
  /** Lines of the last reply that no step has matched. */
  #queue: Line[] = [];
  /** What has been taken of a line without a break, with the part that a step has matched. */
  #unbroken: Pick<Line, 'text' | 'from'> | null = null;
  /** The beginning of a line with a code that a `send` has discarded. */
  #discardedStart: string | null = null;
  #reply: Reply | null = null;

  /** `onLine` gets each line that the peer sends, and whether it is the last line with more text. */
  constructor(connection: Connection, onLine: (text: string, continuesLast: boolean) => void) {
    this.#connection = connection;
    this.#onLine = onLine;
  }

  /** The next line; null if the peer has ended. `decides` is asked whether text without a line break is enough. */
  async next(decides: (text: string, from: number) => boolean): Promise<Line | null> {
    for (;;) {
      const line = this.#queue.shift() ?? (await this.#read(decides));
      if (!line?.reply?.isOld) return line;
    }
  }

  /** The next line of the same reply; null if the reply is complete or the peer has ended. */
  async nextOf(reply: Reply | null): Promise<Line | null> {
    return reply?.isOpen ? this.#read(() => false) : null;
  }

  /** Returns lines that no step has matched, for the next step. */
  putBack(lines: readonly Line[]): void {
    this.#queue.unshift(...lines);
  }

  /** Returns what is left behind `end` of text without a line break. */
  keepRest(line: Line, end: number): void {
    this.#unbroken = line.isUnbroken ? { text: line.text, from: end } : null;
  }

  /** What has arrived answers no later step. The rest of a reply that has arrived in part does not either. */
  drawLine(): void {
    const start = this.#discardedStart ?? '';
    this.handOver();
    const lines = (start + decode(this.#connection.discardArrived())).split(/\r?\n/);
    const last = lines.pop()!;
    for (const text of lines) this.#lineOf(text);
    this.#discardedStart = MAY_BEGIN_CODE.test(last) || (last !== '' && this.#reply?.isOpen) ? last : null;
    if (this.#reply?.isOpen) this.#reply.isOld = true;
    else this.#reply = null;
  }

  /** The next step reads bytes, which begin behind the last line. */
  handOver(): void {
    this.#queue = [];
    this.#unbroken = null;
    this.#discardedStart = null;
  }

  async #read(decides: (text: string, from: number) => boolean): Promise<Line | null> {
    const before = this.#unbroken ?? { text: '', from: 0 };
    this.#unbroken = null;
    if (before.from < before.text.length && decides(before.text, before.from))
      return { ...before, reply: null, isUnbroken: true };
    let part: Uint8Array = new Uint8Array();
    let mayStandAlone = false;
    for (;;) {
      const peeked = mayStandAlone
        ? await this.#connection.peekLine(part.length, IDLE_MS)
        : await this.#connection.peekLine(part.length);
      if (peeked === 'idle') {
        mayStandAlone = false;
        const text = before.text + decode(part);
        if (!decides(text, before.from)) continue;
        this.idleMs += IDLE_MS;
        await this.#connection.readBytes(part.length);
        this.#onLine(text, before.text !== '');
        return { text, from: before.from, reply: null, isUnbroken: true };
      }
      if (peeked === null || peeked.isWhole) {
        const text = (await this.#connection.readLine()) ?? (await this.#rest());
        if (text === null) return null;
        if (this.#discardedStart === null) return this.#received(before.text + text, before.from);
        // The line began before the last `send`.
        this.#lineOf(this.#discardedStart + text);
        this.#discardedStart = null;
        part = new Uint8Array();
        continue;
      }
      part = peeked.bytes;
      mayStandAlone =
        !this.#reply?.isOpen &&
        this.#discardedStart === null &&
        !MAY_BEGIN_CODE.test(before.text + decode(part));
    }
  }

  /** The last line may have no line break. */
  async #rest(): Promise<string | null> {
    const bytes = await this.#connection.readSome();
    return bytes === null ? null : printable(bytes);
  }

  #received(text: string, from: number): Line {
    this.#onLine(text, from > 0);
    return { text, from, reply: this.#lineOf(text), isUnbroken: false };
  }

  /** The reply that the line belongs to. */
  #lineOf(text: string): Reply | null {
    const [, code, separator] = FIRST_LINE.exec(text) ?? [];
    const open = this.#reply?.isOpen ? this.#reply : null;
    const isOther = open?.isOld && code !== undefined && code !== open.code;
    if (open && !isOther) {
      if (LAST_LINE.test(text)) open.isOpen = false;
      return open;
    }
    this.#reply =
      code === undefined ? null : { code, isOpen: separator === '-', isTaken: false, isOld: false };
    return this.#reply;
  }
}
