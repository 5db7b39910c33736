// Owns random numbers that depend on the seed only: the same arguments always give the same number. Pure.

/** A 32-bit finalizer with good avalanche (Chris Wellons' "lowbias32", nullprogram.com/blog/2018/07/31). */
function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/** A number in [0, 1) for these four integers. */
export function draw(a: number, b: number, c: number, d: number): number {
  let x = mix(a + 0x9e3779b9);
  x = mix(x ^ Math.imul(b, 0x85ebca6b));
  x = mix(x ^ Math.imul(c, 0xc2b2ae35));
  // `d` may be a time in ms, which needs more than 32 bits.
  x = mix(x ^ (d | 0));
  x = mix(x ^ Math.floor(d / 4_294_967_296));
  return (x >>> 0) / 4_294_967_296;
}

/** An endless stream of independent draws in (0, 1], identified by its numbers. */
export function stream(seed: number, kind: number, which: number): () => number {
  let index = 0;
  return () => {
    index += 1;
    return 1 - draw(seed, kind, which, index);
  };
}

export const exponential = (next: () => number, mean: number): number => -mean * Math.log(next());
