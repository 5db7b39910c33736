// Owns what an invocation of the coordinator uses, by the number of monitors: measured sizes, and straight lines between them. Pure.
export interface InvocationUse {
  readonly queries: number;
  readonly queriesAlone: number;
  readonly queriesInOutage: number;
  readonly subrequests: number;
  readonly subrequestsAlone: number;
  readonly subrequestsInOutage: number;
  readonly cpuMs: number;
}

/** One size of `npm run bench:free-plan -- --json`, 2026-11-26: six locations, every 60 s, checks with http. */
interface Size {
  readonly monitors: number;
  readonly queries: number;
  readonly queriesAlone: number;
  /** Of Lambda, a minute. */
  readonly invocations: number;
  readonly queriesInOutage: number;
  readonly cpuMs: number;
  readonly pageCpuMs: number;
  readonly rowsRead: number;
}

// biome-ignore format: a table.
const SIZES: readonly Size[] = [
  { monitors: 1, queries: 35, queriesAlone: 60, queriesInOutage: 91, invocations: 6, cpuMs: 41, pageCpuMs: 17, rowsRead: 93 },
  { monitors: 10, queries: 35, queriesAlone: 60, queriesInOutage: 91, invocations: 6, cpuMs: 41, pageCpuMs: 19, rowsRead: 102 },
  { monitors: 100, queries: 36, queriesAlone: 62, queriesInOutage: 143, invocations: 12, cpuMs: 72, pageCpuMs: 51, rowsRead: 171 },
  { monitors: 1_000, queries: 37, queriesAlone: 62, queriesInOutage: 629, invocations: 108, cpuMs: 484, pageCpuMs: 339, rowsRead: 1062 },
];

/** Of the whole mesh, an hour: `npm run bench:cost`, docs/guide/performance.md. */
const COMPACTION_CPU_MS: readonly Point[] = [
  [0, 0],
  [10, 130],
  [100, 271],
  [1_000, 1_570],
  [10_000, 19_600],
];

/** Of the status page: `npm run bench:history`, docs/guide/performance.md. */
const PAGE_ROWS_READ: readonly Point[] = [
  [50, 1_869],
  [200, 2_571],
];

type Point = readonly [monitors: number, value: number];

/** Between two sizes, and with the last slope beyond them. Never less than at a smaller size. */
function at(points: readonly Point[], monitors: number): number {
  const [first] = points;
  if (first === undefined || monitors <= first[0]) return first?.[1] ?? 0;
  const next = points.findIndex(([size]) => size >= monitors);
  const index = next < 0 ? points.length - 1 : next;
  const [fromSize, from] = points[index - 1] ?? first;
  const [toSize, to] = points[index]!;
  const slope = Math.max(0, (to - from) / Math.max(1, toSize - fromSize));
  return from + slope * (monitors - fromSize);
}

/** In the minute in which all fail, the fan-out asks again: 16 invocations in place of 6, 32 of 12, 288 of 108. */
const OUTAGE_INVOCATIONS = 8 / 3;

const byMonitors = (of: (size: Size) => number): Point[] => SIZES.map((size) => [size.monitors, of(size)]);
/** Each invocation is a commit, whose statements an outage adds up: more memory makes them fewer. */
const OUTAGE_QUERIES = SIZES.slice(1).map((size): Point => [size.invocations, size.queriesInOutage]);

interface TickCost {
  readonly cpuMs: number;
  /** A month's share of one monitor and hour. */
  readonly compactionCpuMs: number;
  readonly pageCpuMs: number;
  readonly rowsRead: number;
  readonly pageRowsRead: number;
  readonly invocation: InvocationUse;
}

/** `invocations`: of Lambda, a minute. `aloneMinutes`: how long a tick works without a newer one. */
export function tickCost(monitors: number, invocations: number, aloneMinutes: number): TickCost {
  const measured = (of: (size: Size) => number): number => at(byMonitors(of), monitors);
  const cpuMs = measured((size) => size.cpuMs);
  return {
    cpuMs,
    compactionCpuMs: monitors === 0 ? 0 : at(COMPACTION_CPU_MS, monitors) / monitors,
    pageCpuMs: measured((size) => size.pageCpuMs),
    rowsRead: measured((size) => size.rowsRead),
    pageRowsRead: at(PAGE_ROWS_READ, monitors),
    invocation: {
      queries: measured((size) => size.queries),
      queriesAlone: measured((size) => size.queriesAlone),
      queriesInOutage: monitors === 0 ? 0 : at(OUTAGE_QUERIES, invocations),
      subrequests: invocations,
      subrequestsAlone: invocations * aloneMinutes,
      subrequestsInOutage: invocations * OUTAGE_INVOCATIONS,
      cpuMs,
    },
  };
}
