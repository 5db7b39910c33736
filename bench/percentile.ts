// Percentiles of the nearest rank, for every bench.

/** The smallest value that at least `share` of the sorted values do not exceed; NaN of nothing. */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
