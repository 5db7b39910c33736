// Takes the steps of a script, one after the other, and says at which one the peer did not go along. Knows no options.
import {
  type Connection,
  type Failed,
  type TlsFacts,
  type TlsOptions,
  unexpectedReply,
  type Wire,
  WireError,
} from '../check.ts';
import { compile } from '../shared/pattern.ts';
import { beginsWithHex, bytesOfHex, lengthOfHex, printable } from '../shared/payload.ts';
import { withSecrets } from '../shared/secrets.ts';
import { actionOf, type Step } from './steps.ts';

/** No reply has more lines; one of a thousand empty ones would keep the probe busy for nothing. */
const MOST_LINES = 1_000;
/** Characters times the instructions of the patterns that they are held against: less than half a second at worst. */
const MAX_MATCH_COST = 20_000_000;
const KEPT_CHARACTERS = 1_024;
/** Longer than a secret beside a kilobyte. */
const MOST_KEPT_BYTES = 8_192;

/** What a script needs besides its steps. */
export interface ScriptContext {
  readonly tls: TlsOptions;
  readonly secrets: Readonly<Record<string, string>>;
}

export class ScriptRunner {
  /** Once TLS has begun. */
  tls: TlsFacts | undefined;
  readonly #connection: Connection;
  readonly #wire: Wire;
  readonly #around: ScriptContext;
  /** The last lines of the peer: whole ones, since half of a secret would not be found in half a line. */
  #lines: string[] = [];
  #lineCount = 0;
  #effort = 0;

  constructor(connection: Connection, wire: Wire, around: ScriptContext) {
    this.#connection = connection;
    this.#wire = wire;
    this.#around = around;
  }

  async startTls(): Promise<void> {
    this.tls = await this.#connection.startTls(this.#around.tls);
  }

  /** How the peer failed, with the number of the step (from 1 on); null when all went as written. */
  async converse(steps: readonly Step[]): Promise<Failed | null> {
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

  /** What was wrong, in words. */
  async #runStep(step: Step): Promise<string | null> {
    switch (actionOf(step)) {
      case 'send':
        this.#connection.write(withSecrets(step.send!, this.#around.secrets));
        return null;
      case 'sendHex':
        this.#connection.write(bytesOfHex(step.sendHex!));
        return null;
      case 'startTls':
        await this.startTls();
        return null;
      case 'pauseMs':
        await this.#wire.pause(step.pauseMs!);
        return null;
      case 'expectHex':
        return this.#expectBytes(step.expectHex!);
      case 'expectEnd':
        return this.#expectEnd();
      case 'expect':
      case 'expectMatch':
        return this.#expectLine(step);
    }
  }

  async #expectLine(step: Step): Promise<string | null> {
    const wanted = step.expect === undefined ? null : withSecrets(step.expect, this.#around.secrets);
    const pattern = step.expectMatch === undefined ? null : compile(step.expectMatch);
    const unless = step.unless === undefined ? null : compile(step.unless);
    const instructions = 1 + (pattern?.instructions ?? 0) + (unless?.instructions ?? 0);
    for (;;) {
      const line = await this.#nextLine();
      if (line === null) return 'the peer ended the connection';
      this.#effort += line.length * instructions;
      if (this.#lineCount > MOST_LINES || this.#effort > MAX_MATCH_COST)
        return `the peer sent ${this.#lineCount} lines without it`;
      if (wanted === null ? pattern?.regex.test(line) : line.includes(wanted)) return null;
      if (unless?.regex.test(line)) return `the peer said ${JSON.stringify(line)}`;
    }
  }

  /** A last line may lack its line break. */
  async #nextLine(): Promise<string | null> {
    const line = (await this.#connection.readLine()) ?? (await this.#rest());
    if (line === null) return null;
    this.#lineCount += 1;
    this.#keep(line);
    return line;
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

  /** What comes in several parts is kept as one: half of a secret would not be found in one of them. */
  async #expectEnd(): Promise<null> {
    const before = [...this.#lines];
    let came: readonly number[] = [];
    for (;;) {
      const part = await this.#connection.readSome();
      if (part === null) return null;
      if (came.length >= MOST_KEPT_BYTES) continue;
      came = [...came, ...part.subarray(0, MOST_KEPT_BYTES)];
      this.#lines = [...before];
      this.#keep(printable(Uint8Array.from(came)));
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
    return unexpectedReply(detail, this.#reply());
  }

  /** What the wire says, at this step; what the peer said last comes at the end, where it may be cut. */
  #wireError(name: string, error: WireError): Failed {
    const last = this.#lines.at(-1);
    const said = last === undefined ? '' : `; the last that came was ${JSON.stringify(last)}`;
    const response = this.#reply();
    return {
      outcome: 'failed',
      code: error.code,
      detail: `${name}: ${error.message}${said}`,
      ...(response === undefined ? {} : { response }),
    };
  }

  #reply(): { body: string } | undefined {
    return this.#lines.length === 0 ? undefined : { body: this.#lines.join('\n') };
  }
}

/** As it is written, placeholders and all: no secret comes into a detail through here. */
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
