// Owns the rules of the figures in words, for every place that shows one. Pure. Does not compute: moments.ts and figures.ts do.

export const UPTIME_RULE =
  'Uptime is 1 − down ÷ (down + partial + up). Time in which a monitor was paused, in maintenance or without data does not count. Partial time counts as up. An outage counts from its first failure, so an outage that is found today can change yesterday.';

/** How several monitors become one figure. */
export const POOLED_RULE =
  'Of several monitors, the times are added before the division, so every monitor counts for the time in which it was measured.';

export const LOCATION_RULE = 'Uptime of a location is 1 − time its vote failed ÷ time it voted.';

/** Durations are stored in steps, and a total that is the sum of its phases is not stored. */
export const LATENCY_ERROR = 'at most 3 % off, or 9 % if the total of a run is the sum of its phases';

export const LATENCY_RULE = `Percentiles are of the total time of successful runs, from a histogram: ${LATENCY_ERROR}.`;
