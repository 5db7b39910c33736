// Owns nearest-rank percentiles for every benchmark. Pure.

/** The smallest value that at least `share` of the sorted values do not exceed. NaN of an empty list. */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
