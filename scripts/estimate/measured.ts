// Owns what a mesh uses, as the benchmarks of this repository measured it: each figure names its command. Does not compute.
import type { CheckRun } from '../../probes/contract/index.ts';

interface CheckCost {
  /** IP packets to the target, with every header. */
  readonly sentBytes: number;
  /** Its part of the report, which the coordinator gets over the internet. */
  readonly reportBytes: number;
  /** CPU of the probe on a whole core, once its code is compiled. */
  readonly cpuMs: number;
  /** For the rules that divide a location's checks into jobs. */
  readonly sample: CheckRun['check'];
}

/** `npm run bench:checks`, 2026-11-26. */
export const CHECKS = {
  tcp: { sentBytes: 216, reportBytes: 119, cpuMs: 0.33, sample: { type: 'tcp' } },
  tls: { sentBytes: 2_077, reportBytes: 623, cpuMs: 2.05, sample: { type: 'tls' } },
  http: {
    ...{ sentBytes: 2_203, reportBytes: 754, cpuMs: 2.82 },
    sample: { type: 'http', url: 'https://shop.example.com/' },
  },
  'plain-http': {
    ...{ sentBytes: 500, reportBytes: 221, cpuMs: 0.49 },
    sample: { type: 'http', url: 'http://shop.example.com/' },
  },
  dns: { sentBytes: 62, reportBytes: 178, cpuMs: 0.44, sample: { type: 'dns' } },
  'dns-tcp': { sentBytes: 356, reportBytes: 196, cpuMs: 1, sample: { type: 'dns' } },
  udp: { sentBytes: 42, reportBytes: 121, cpuMs: 0.28, sample: { type: 'udp' } },
  script: { sentBytes: 326, reportBytes: 140, cpuMs: 0.83, sample: { type: 'script' } },
  'script-tls': { sentBytes: 2_114, reportBytes: 646, cpuMs: 2.92, sample: { type: 'script', tls: true } },
} as const satisfies Readonly<Record<string, CheckCost>>;

/** `http` is the http check of an https:// address, `plain-http` that of an http:// address. */
export type CheckKind = keyof typeof CHECKS;
export const CHECK_KINDS = Object.keys(CHECKS) as CheckKind[];

/**
 * Rows that D1 bills as written: `npm run bench:cost -- --json`, 2026-11-26, `byPart` of 10, 100 and 1,000 monitors.
 * A commit is the reports of one location that arrive together: one row of the journal, and its delete.
 */
export const ROWS_WRITTEN = {
  aCommit: 2,
  ticksAnHour: 90,
  compactionAnHour: 1,
  aMonitorHour: 1,
  /** The day, its monitor's history, and the deletes of what is too old. */
  aMonitorDay: 4.1,
} as const;

/** The compaction appends once an hour, and oftener if an hour has more checks than this: `npm run bench:cost`. */
export const CHECKS_A_COMPACTION = 1_200_000;

/** Bytes in D1: `npm run bench:cost -- --json`, 2026-11-26. */
export const BYTES = { journalACommit: 60, journalACheck: 5.7, seriesACheck: 1.93, monitorDay: 206 } as const;

/** As wrangler.toml sets them. */
export const DAYS = { journal: 3, observations: 30, days: 400 } as const;

/**
 * What Lambda logs of each invocation, as its documentation shows it, and 26 bytes that CloudWatch counts for each line.
 * docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */
const LOG_LINES = [
  'START RequestId: c793869b-ee49-115b-a5b6-4fd21e8dedac Version: $LATEST',
  'END RequestId: c793869b-ee49-115b-a5b6-4fd21e8dedac',
  'REPORT RequestId: c793869b-ee49-115b-a5b6-4fd21e8dedac\tDuration: 128.83 ms\tBilled Duration: 129 ms\tMemory Size: 256 MB\tMax Memory Used: 110 MB',
];
const LOG_OVERHEAD_BYTES = 26;
export const LOG_BYTES_AN_INVOCATION = LOG_LINES.reduce(
  (sum, line) => sum + line.length + LOG_OVERHEAD_BYTES,
  0,
);

/** An invocation before its first check, on a whole core: JOB_CPU_MS of src/fleet/check-cost.ts, `npm run bench:probe`. */
export const INVOCATION_CPU_MS = 15;
/** A function with this much memory has a whole core, and a probe uses this part of its share: src/fleet/check-cost.ts. */
export const MB_PER_CORE = 1_769;
export const CPU_SHARE_USED = 0.7;
