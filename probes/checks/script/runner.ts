// Owns the execution of a script, step by step. Names the step at which the peer fails. Does not know the options.
import {
  type Connection,
  type Failed,
  type TlsFacts,
  type TlsOptions,
  unexpectedReply,
  type Wire,
  WireError,
} from '../check.ts';
import { beginsWithHex, bytesOfHex, lengthOfHex, printable } from '../shared/payload.ts';
import { withSecrets } from '../shared/secrets.ts';
import { Expectation } from './expectation.ts';
import { type Line, type Reply, ReplyReader } from './replies.ts';
import { actionOf, type Step } from './steps.ts';

/** No real reply has more lines. Empty lines without end would keep the probe busy. */
const MAX_LINES = 1_000;
/** Characters times the instructions of the patterns that match them: at worst less than half a second. */
const MAX_MATCH_COST = 20_000_000;
const KEPT_CHARACTERS = 1_024;
/** One kilobyte, plus the longest secret. */
const MAX_KEPT_BYTES = 8_192;

/** The input of a script besides its steps. */
export interface ScriptContext {
  readonly tls: TlsOptions;
  readonly secrets: Readonly<Record<string, string>>;
}

export class ScriptRunner {
  /** Set once TLS has started. */
  tls: TlsFacts | undefined;
  readonly #connection: Connection;
  readonly #wire: Wire;
  readonly #context: ScriptContext;
  readonly #replies: ReplyReader;
  /** The last lines of the peer. Whole lines: redaction cannot find half of a secret in half a line. */
  #lines: string[] = [];
  #lineCount = 0;
  #matchCost = 0;

  constructor(connection: Connection, wire: Wire, context: ScriptContext) {
    this.#connection = connection;
    this.#wire = wire;
    this.#context = context;
    this.#replies = new ReplyReader(connection, (text, continuesLast) => {
      this.#lineCount += 1;
      // Redaction cannot find half of a secret.
      if (continuesLast) this.#lines.pop();
      this.#keep(text);
    });
  }

  /** Ms that passed only to see that no line break follows. */
  get idleMs(): number {
    return this.#replies.idleMs;
  }

  async startTls(): Promise<void> {
    this.tls = await this.#connection.startTls(this.#context.tls);
  }

  /** How the peer failed, with the number of the step, counted from 1; null if every step succeeded. */
  async run(steps: readonly Step[]): Promise<Failed | null> {
    for (const [index, step] of steps.entries()) {
      const name = `step ${index + 1} ${describeStep(step)}`;
      try {
        const problem = await this.#runStep(step);
        if (problem !== null) return this.#failed(`${name}, and ${problem}`);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        return this.#wireError(name, error);
      }
    }
    return null;
  }

  /** Why the step failed, in words; null if it succeeded. */
  async #runStep(step: Step): Promise<string | null> {
    switch (actionOf(step)) {
      case 'send':
        this.#replies.drawLine();
        this.#connection.write(withSecrets(step.send!, this.#context.secrets));
        return null;
      case 'sendHex':
        this.#replies.drawLine();
        this.#connection.write(bytesOfHex(step.sendHex!));
        return null;
      case 'startTls':
        this.#replies.handOver();
        await this.startTls();
        return null;
      case 'pauseMs':
        await this.#wire.pause(step.pauseMs!);
        return null;
      case 'expectHex':
        this.#replies.handOver();
        return this.#expectBytes(step.expectHex!);
      case 'expectEnd':
        this.#replies.handOver();
        return this.#expectEnd();
      case 'expect':
      case 'expectMatch':
        return this.#expectLine(step);
    }
  }

  async #expectLine(step: Step): Promise<string | null> {
    const expectation = this.#expectationOf(step);
    for (;;) {
      const line = await this.#replies.next((text, from) => expectation.decides(text, from));
      if (line === null) return 'the peer ended the connection';
      if (this.#isTooMuch()) return `the peer sent ${this.#lineCount} lines without it`;
      const { reply } = line;
      const end = expectation.endOf(line.text, line.from);
      const isMetByCode = reply !== null && expectation.isMetByCode(reply.code);
      if (end !== null && !(reply?.isTaken && isMetByCode)) {
        if (isMetByCode) reply.isTaken = true;
        this.#replies.keepRest(line, end);
        return this.#completeReply(reply, expectation);
      }
      if (expectation.isRuledOut(line.text, line.from)) return `the peer sent ${JSON.stringify(line.text)}`;
    }
  }

  /** A client reads a reply to its end before it sends again. Its other lines stay for steps before the next `send`. */
  async #completeReply(reply: Reply | null, expectation: Expectation): Promise<string | null> {
    const rest: Line[] = [];
    for (;;) {
      const line = await this.#replies.nextOf(reply);
      if (line === null) break;
      if (this.#isTooMuch()) return `the peer sent ${this.#lineCount} lines without the end of its reply`;
      if (expectation.endOf(line.text, 0) === null && expectation.isRuledOut(line.text, 0))
        return `the peer sent ${JSON.stringify(line.text)}`;
      rest.push(line);
    }
    this.#replies.putBack(rest);
    return null;
  }

  #expectationOf({ expect, expectMatch, unless }: Step): Expectation {
    const text = expect === undefined ? null : withSecrets(expect, this.#context.secrets);
    return new Expectation(text, expectMatch ?? null, unless ?? null, (cost) => {
      this.#matchCost += cost;
    });
  }

  #isTooMuch(): boolean {
    return this.#lineCount > MAX_LINES || this.#matchCost > MAX_MATCH_COST;
  }

  async #expectBytes(pattern: string): Promise<string | null> {
    const bytes = await this.#connection.readBytes(lengthOfHex(pattern));
    if (bytes === null) {
      const rest = await this.#rest();
      if (rest !== null) this.#keep(rest);
      return 'the peer ended the connection before';
    }
    const text = printable(bytes);
    this.#keep(text);
    return beginsWithHex(bytes, pattern) ? null : `the peer sent ${JSON.stringify(text)}`;
  }

  /** Keeps data that arrives in several parts as one: redaction cannot find half of a secret in one of them. */
  async #expectEnd(): Promise<null> {
    const before = [...this.#lines];
    let received: readonly number[] = [];
    for (;;) {
      const part = await this.#connection.readSome();
      if (part === null) return null;
      if (received.length >= MAX_KEPT_BYTES) continue;
      received = [...received, ...part.subarray(0, MAX_KEPT_BYTES)];
      this.#lines = [...before];
      this.#keep(printable(Uint8Array.from(received)));
    }
  }

  async #rest(): Promise<string | null> {
    const bytes = await this.#connection.readSome();
    return bytes === null ? null : printable(bytes);
  }

  #keep(text: string): void {
    this.#lines.push(text);
    while (this.#lines.length > 1 && this.#lines.join('\n').length > KEPT_CHARACTERS) this.#lines.shift();
  }

  #failed(detail: string): Failed {
    return unexpectedReply(detail, this.#response());
  }

  /** The failure of the wire at this step. The last line of the peer is at the end, which may be truncated. */
  #wireError(name: string, error: WireError): Failed {
    const last = this.#lines.at(-1);
    const lastLine = last === undefined ? '' : `; the last line received was ${JSON.stringify(last)}`;
    const response = this.#response();
    return {
      outcome: 'failed',
      code: error.code,
      detail: `${name}: ${error.message}${lastLine}`,
      ...(response === undefined ? {} : { response }),
    };
  }

  #response(): { body: string } | undefined {
    return this.#lines.length === 0 ? undefined : { body: this.#lines.join('\n') };
  }
}

/** The step with its placeholders, so that no secret gets into a detail. */
function describeStep(step: Step): string {
  switch (actionOf(step)) {
    case 'expect':
      return `expected a line with ${JSON.stringify(step.expect)}`;
    case 'expectMatch':
      return `expected a line that matches ${step.expectMatch}`;
    case 'expectHex':
      return `expected the bytes ${step.expectHex}`;
    case 'expectEnd':
      return 'expected the end of the connection';
    default:
      return `(${actionOf(step)})`;
  }
}
