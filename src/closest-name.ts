// Owns "did you mean": the known name that a misspelled one is closest to. Pure, and imports nothing.

/** Null if none is close: a third of the letters may differ, and at least two of a name that has four. */
export function closestName(given: string, known: readonly string[]): string | null {
  const wanted = plain(given);
  let best: string | null = null;
  let least = Math.max(Math.floor(wanted.length / 3), wanted.length >= 4 ? 2 : 1) + 1;
  for (const name of known) {
    const distance = wanted === plain(name) ? 0 : editDistance(wanted, plain(name), least);
    if (distance >= least) continue;
    least = distance;
    best = name;
  }
  return best;
}

/** Case and separators are the likeliest mistakes: `interval_seconds`, `ETag`. A plural is the next. */
const plain = (name: string): string => name.toLowerCase().replace(/[-_\s]/g, '').slice(0, 64);

/** Optimal string alignment: inserted, missing, wrong and swapped letters count one each. At most `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, older[j - 2]! + 1);
      row.push(cost);
    }
    older = previous;
    previous = row;
  }
  return previous[b.length]!;
}
