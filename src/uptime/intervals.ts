// Owns sets of time as sorted, disjoint intervals. Pure.

/** Half open: `from` ≤ t < `to`. */
export type Interval = readonly [from: number, to: number];

/** Sorted and disjoint, whatever the order and the overlap of the given ones. */
export function unionOf(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.filter(([from, to]) => from < to).toSorted((a, b) => a[0] - b[0]);
  const union: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = union.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else union.push([from, to]);
  }
  return union;
}

/** The parts of `intervals` within one of `within`. Both are unions. */
export function intersectionOf(intervals: readonly Interval[], within: readonly Interval[]): Interval[] {
  const common: Interval[] = [];
  for (let a = 0, b = 0; a < intervals.length && b < within.length; ) {
    const one = intervals[a]!;
    const other = within[b]!;
    const from = Math.max(one[0], other[0]);
    const to = Math.min(one[1], other[1]);
    if (from < to) common.push([from, to]);
    if (one[1] < other[1]) a += 1;
    else b += 1;
  }
  return common;
}

/** The parts of `intervals` outside all of `without`. Both are unions. */
export function differenceOf(intervals: readonly Interval[], without: readonly Interval[]): Interval[] {
  const rest: Interval[] = [];
  let next = 0;
  for (const [start, to] of intervals) {
    let from = start;
    while (next < without.length && without[next]![1] <= from) next += 1;
    for (let at = next; at < without.length && without[at]![0] < to; at += 1) {
      const [cutFrom, cutTo] = without[at]!;
      if (from < cutFrom) rest.push([from, cutFrom]);
      from = Math.max(from, cutTo);
    }
    if (from < to) rest.push([from, to]);
  }
  return rest;
}

export const lengthOf = (intervals: readonly Interval[]): number =>
  intervals.reduce((sum, [from, to]) => sum + to - from, 0);

export const clip = (intervals: readonly Interval[], from: number, to: number): Interval[] =>
  intervals.flatMap(([start, end]): Interval[] => {
    const clipped: Interval = [Math.max(start, from), Math.min(end, to)];
    return clipped[0] < clipped[1] ? [clipped] : [];
  });
