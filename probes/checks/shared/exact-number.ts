// Owns JSON numbers that a JavaScript number would round, such as 9007199254740993: parsing, text and order. Pure.

/** A JSON number (RFC 8259, section 6) with more digits or a larger exponent than a JavaScript number can hold. */
export class ExactNumber {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The number as the document has it. */
  toString(): string {
    return this.#text;
  }

  toJSON(): string {
    return this.#text;
  }
}

/** A digit string that may be too long, or an exponent. Up to 15 digits are always exact (IEEE 754, DBL_DIG). */
const MAY_BE_INEXACT = /[\d.]{16}|\d[eE]/;
const MAX_EXACT_LENGTH = 15;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Parses JSON. Numbers that a JavaScript number would round become ExactNumbers. Throws a SyntaxError like JSON.parse. */
export function parseExactJson(text: string): unknown {
  if (!MAY_BE_INEXACT.test(text)) return JSON.parse(text);
  try {
    // The third argument: github.com/tc39/proposal-json-parse-with-source. A runtime without it rounds.
    const reviver = (_: string, value: unknown, context?: { readonly source?: string }): unknown =>
      typeof value === 'number' && context?.source !== undefined ? numberOf(context.source) : value;
    return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
  } catch (error) {
    // A reviver needs stack for each level of the document, and the parser does not.
    if (error instanceof RangeError) return JSON.parse(text);
    throw error;
  }
}

/** The number that a JSON text writes. */
export function numberOf(source: string): number | ExactNumber {
  const value = Number(source);
  if (source.length <= MAX_EXACT_LENGTH && !/e/i.test(source)) return value;
  return compareNumbers(value, new ExactNumber(source)) === 0 ? value : new ExactNumber(source);
}

/** The same JSON text, in which a number that would be rounded is a text: for a reader that knows JSON only. */
export function keepExactNumbers(json: string): string {
  if (!MAY_BE_INEXACT.test(json)) return json;
  try {
    return JSON.stringify(parseExactJson(json));
  } catch {
    // The reader reports what is wrong with it.
    return json;
  }
}

/** Whether the text is a JSON number that a JavaScript number would round. */
export const isInexact = (text: string): boolean =>
  /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) && numberOf(text) instanceof ExactNumber;

export const isNumber = (value: unknown): value is number | ExactNumber =>
  typeof value === 'number' || value instanceof ExactNumber;

/** Below 0 if `a` is less, above 0 if it is greater, 0 if both are the same. Numbers count as they are written: 0.1 is 0.10. */
export function compareNumbers(a: number | ExactNumber, b: number | ExactNumber): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const left = decimalOf(a);
  const right = decimalOf(b);
  if (left.sign !== right.sign) return left.sign - right.sign;
  return left.sign * (compare(left.exponent, right.exponent) || compare(left.digits, right.digits));
}

const compare = <T>(a: T, b: T): number => (a < b ? -1 : Number(a > b));

/** `sign` times 0.`digits` times ten to the power of `exponent`. Digits begin and end with a digit that is not zero. */
interface Decimal {
  readonly sign: -1 | 0 | 1;
  readonly digits: string;
  readonly exponent: bigint;
}

const ZERO: Decimal = { sign: 0, digits: '', exponent: 0n };
/** No document writes a longer exponent for a reason, and a long one takes time. */
const MAX_EXPONENT_LENGTH = 20;

function decimalOf(number: number | ExactNumber): Decimal {
  if (number === Number.POSITIVE_INFINITY || number === Number.NEGATIVE_INFINITY)
    return { sign: number > 0 ? 1 : -1, digits: '1', exponent: 10n ** 24n };
  const [, minus, whole = '', fraction = '', power = '0'] = NUMBER.exec(String(number)) ?? [];
  const all = whole + fraction;
  const first = all.search(/[1-9]/);
  if (first < 0) return ZERO;
  const exponent = BigInt(power.slice(0, MAX_EXPONENT_LENGTH).replace('+', ''));
  return {
    sign: minus === '-' ? -1 : 1,
    digits: all.slice(first).replace(/0+$/, ''),
    exponent: exponent + BigInt(whole.length - first),
  };
}
