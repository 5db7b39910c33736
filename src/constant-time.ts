// Owns the comparison of signatures in constant time, without `node:crypto`: pure code uses it too.

/** Compares every character, so that the time shows nothing. */
export function isEqualText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index += 1) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}
