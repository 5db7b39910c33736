// Owns what a step expects of a line, and what makes it fail at once. Counts the cost of patterns. Does not read lines.
import { compile } from '../shared/pattern.ts';

type Pattern = ReturnType<typeof compile>;

export class Expectation {
  readonly #text: string | null;
  readonly #pattern: Pattern | null;
  readonly #unless: Pattern | null;
  readonly #spend: (cost: number) => void;

  /** Exactly one of `text` and `pattern` is given. `spend` gets characters times instructions. */
  constructor(
    text: string | null,
    pattern: string | null,
    unless: string | null,
    spend: (cost: number) => void,
  ) {
    this.#text = text;
    this.#pattern = pattern === null ? null : compile(pattern);
    this.#unless = unless === null ? null : compile(unless);
    this.#spend = spend;
  }

  /** Where the expected part ends, at or behind `from`; null if the line does not have it. */
  endOf(line: string, from: number): number | null {
    if (this.#text !== null) {
      this.#spend(line.length);
      // Lines come without their line break, so a text with one ends its line.
      const text = this.#text.replace(/\r?\n$/, '');
      const at = text === this.#text ? line.indexOf(text, from) : endOfLine(line, text, from);
      return at < 0 ? null : at + text.length;
    }
    return this.#find(this.#pattern, line, from);
  }

  /** Whether the line makes the step fail, unless it meets the expectation. */
  isRuledOut = (line: string, from: number): boolean => this.#find(this.#unless, line, from) !== null;

  /** Whether the line ends the step, either way. */
  decides = (line: string, from: number): boolean =>
    this.endOf(line, from) !== null || this.isRuledOut(line, from);

  /** Whether the code of a reply is enough: the step then expects a reply, not one of its lines. */
  isMetByCode = (code: string): boolean =>
    this.endOf(`${code} `, 0) !== null || this.endOf(`${code}-`, 0) !== null;

  #find(pattern: Pattern | null, line: string, from: number): number | null {
    if (pattern === null) return null;
    this.#spend(line.length * pattern.instructions);
    const matcher = pattern.regex.matcher(line);
    return matcher.find(from) ? matcher.end() : null;
  }
}

/** Where the text begins that ends the line, at or behind `from`; -1 if the line ends with another text. */
const endOfLine = (line: string, text: string, from: number): number =>
  line.endsWith(text) && line.length - text.length >= from ? line.length - text.length : -1;
