// Owns an adaptive binary range coder: numbers that are often alike take a fraction of a byte each. The carry handling is that
// of LZMA (7-zip.org/sdk.html, lzma-specification). Deflate needs one third more, because it has one table for all columns.

const TOP = 2 ** 24;
const MODEL_BITS = 16;
const LEAST = 32;
/** How fast a probability follows: from the mean of the first bits to the newest ones. */
const SLOWEST = 40;

/** Probabilities of the bits of one kind of number, and how many each has seen. */
class Model {
  readonly zero: Uint16Array;
  readonly seen: Uint8Array;

  constructor(size: number) {
    this.zero = new Uint16Array(size).fill(2 ** (MODEL_BITS - 1));
    this.seen = new Uint8Array(size);
  }

  update(at: number, bit: 0 | 1): void {
    const seen = this.seen[at]!;
    const before = this.zero[at]!;
    const target = bit === 0 ? 2 ** MODEL_BITS - LEAST : LEAST;
    this.zero[at] = before + Math.trunc((target - before) / (seen + 1.6));
    if (seen < SLOWEST) this.seen[at] = seen + 1;
  }
}

const BYTE_BITS = 8;
/** Bits of a number below its highest one, of which this many are modelled. The others are noise. */
const MODELLED_BITS = 4;
const LENGTH_BITS = 6;

/** Of one column: its bytes, or the lengths of its numbers, and the highest bits of numbers by length. */
interface Column {
  readonly tree: Model;
  readonly mantissas: Model[];
}

class Columns {
  readonly #columns = new Map<string, Column>();

  of(name: string): Column {
    let column = this.#columns.get(name);
    if (!column) {
      column = { tree: new Model(2 ** BYTE_BITS), mantissas: [] };
      this.#columns.set(name, column);
    }
    return column;
  }
}

const mantissaOf = ({ mantissas }: Column, length: number): Model => {
  mantissas[length] ??= new Model(2 ** MODELLED_BITS);
  return mantissas[length];
};

/** Length of a number in bits. 0 for 0. */
const lengthOf = (value: number): number => (value === 0 ? 0 : Math.floor(Math.log2(value)) + 1);

export class RangeEncoder {
  readonly #columns = new Columns();
  readonly #bytes: number[] = [];
  #low = 0;
  #range = 2 ** 32 - 1;
  #cache = 0;
  #pending = 0;
  #begun = false;

  byte(name: string, value: number): void {
    this.#tree(this.#columns.of(name).tree, BYTE_BITS, value);
  }

  /** Up to 2^53. */
  unsigned(name: string, value: number): void {
    const length = lengthOf(value);
    const column = this.#columns.of(name);
    this.#tree(column.tree, LENGTH_BITS, length);
    if (length < 2) return;
    const model = mantissaOf(column, length);
    let prefix = 1;
    for (let bit = length - 2; bit >= 0; bit -= 1) {
      const one = Math.floor(value / 2 ** bit) % 2 === 1 ? 1 : 0;
      if (prefix < 2 ** MODELLED_BITS) {
        this.#bit(model, prefix, one);
        prefix = 2 * prefix + one;
      } else this.#noise(one);
    }
  }

  signed(name: string, value: number): void {
    this.unsigned(name, value < 0 ? -2 * value - 1 : 2 * value);
  }

  finish(): Uint8Array {
    for (let left = 5; left > 0; left -= 1) this.#shift();
    // Zeros at the end are what a reader finds after it.
    while (this.#bytes.at(-1) === 0) this.#bytes.pop();
    return Uint8Array.from(this.#bytes);
  }

  #tree(model: Model, bits: number, value: number): void {
    let node = 1;
    for (let bit = bits - 1; bit >= 0; bit -= 1) {
      const one = ((value >> bit) & 1) as 0 | 1;
      this.#bit(model, node, one);
      node = 2 * node + one;
    }
  }

  #bit(model: Model, at: number, bit: 0 | 1): void {
    const bound = (this.#range >>> MODEL_BITS) * model.zero[at]!;
    model.update(at, bit);
    if (bit === 0) this.#range = bound;
    else {
      this.#low += bound;
      this.#range -= bound;
    }
    this.#normalise();
  }

  #noise(bit: 0 | 1): void {
    this.#range = this.#range >>> 1;
    if (bit === 1) this.#low += this.#range;
    this.#normalise();
  }

  #normalise(): void {
    while (this.#range < TOP) {
      this.#range = (this.#range * 256) % 2 ** 32;
      this.#shift();
    }
  }

  /** Bytes of 255 wait until it is known whether a carry changes them. */
  #shift(): void {
    if (this.#low < 0xff000000 || this.#low >= 2 ** 32) {
      const carry = this.#low >= 2 ** 32 ? 1 : 0;
      // The first byte is always zero.
      if (this.#begun) this.#bytes.push((this.#cache + carry) & 0xff);
      this.#begun = true;
      for (; this.#pending > 0; this.#pending -= 1) this.#bytes.push((0xff + carry) & 0xff);
      this.#cache = Math.floor(this.#low / TOP) & 0xff;
    } else this.#pending += 1;
    this.#low = (this.#low % TOP) * 256;
  }
}

export class RangeDecoder {
  readonly #columns = new Columns();
  readonly #bytes: Uint8Array;
  #at = 0;
  #range = 2 ** 32 - 1;
  #code = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    for (let left = 4; left > 0; left -= 1) this.#code = this.#code * 256 + this.#next();
  }

  byte(name: string): number {
    return this.#tree(this.#columns.of(name).tree, BYTE_BITS);
  }

  unsigned(name: string): number {
    const column = this.#columns.of(name);
    const length = this.#tree(column.tree, LENGTH_BITS);
    if (length < 2) return length;
    const model = mantissaOf(column, length);
    let prefix = 1;
    let value = 1;
    for (let bit = length - 2; bit >= 0; bit -= 1) {
      const isModelled = prefix < 2 ** MODELLED_BITS;
      const one = isModelled ? this.#bit(model, prefix) : this.#noise();
      if (isModelled) prefix = 2 * prefix + one;
      value = 2 * value + one;
    }
    return value;
  }

  signed(name: string): number {
    const value = this.unsigned(name);
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  #next(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  #tree(model: Model, bits: number): number {
    let node = 1;
    for (let left = bits; left > 0; left -= 1) node = 2 * node + this.#bit(model, node);
    return node - 2 ** bits;
  }

  #bit(model: Model, at: number): 0 | 1 {
    const bound = (this.#range >>> MODEL_BITS) * model.zero[at]!;
    const bit = this.#code < bound ? 0 : 1;
    model.update(at, bit);
    if (bit === 0) this.#range = bound;
    else {
      this.#code -= bound;
      this.#range -= bound;
    }
    this.#normalise();
    return bit;
  }

  #noise(): 0 | 1 {
    this.#range = this.#range >>> 1;
    const bit = this.#code < this.#range ? 0 : 1;
    if (bit === 1) this.#code -= this.#range;
    this.#normalise();
    return bit;
  }

  #normalise(): void {
    while (this.#range < TOP) {
      this.#range = (this.#range * 256) % 2 ** 32;
      this.#code = ((this.#code * 256) % 2 ** 32) + this.#next();
    }
  }
}
