// Owns the benchmark's report as text: three tables and what their figures include. Does not measure.
import { type Machine, thisMachine } from '../machine.ts';
import { table } from '../table.ts';
import type { ApplyLatency } from './apply-latency.ts';
import type { CoordinatorCpu } from './coordinator-cpu.ts';
import type { StorageUse } from './deletes.ts';
import type { HangingOutage } from './hanging-outage.ts';
import type { RowsWritten } from './rows-written.ts';

export interface BenchReport {
  readonly machine: Machine;
  readonly rowsWritten: readonly RowsWritten[];
  readonly storage: StorageUse;
  readonly coordinatorCpu: readonly CoordinatorCpu[];
  readonly applyLatency: readonly ApplyLatency[];
  readonly hangingOutages: readonly HangingOutage[];
  readonly ratios: {
    /** Warm CPU at the largest size divided by that at the next smaller size. */
    readonly warmLargestOverNext: number;
    /** Outage tick divided by warm tick at the largest size. */
    readonly outageOverWarm: number;
    /** Time to apply one observation at the largest size divided by that at the smallest. 1 means linear growth. */
    readonly applyLargestOverSmallest: number;
  };
  readonly seconds: number;
}

export function reportOf(
  {
    rowsWritten,
    storage,
    coordinatorCpu,
    applyLatency,
    hangingOutages,
  }: Pick<BenchReport, 'rowsWritten' | 'storage' | 'coordinatorCpu' | 'applyLatency' | 'hangingOutages'>,
  seconds: number,
): BenchReport {
  const [next, largest] = coordinatorCpu.slice(-2);
  return {
    machine: thisMachine(),
    rowsWritten,
    storage,
    coordinatorCpu,
    applyLatency,
    hangingOutages,
    ratios: {
      warmLargestOverNext: largest!.warm.cpuMs / next!.warm.cpuMs,
      outageOverWarm: largest!.outage.cpuMs / largest!.warm.cpuMs,
      applyLargestOverSmallest:
        applyLatency.at(-1)!.healthyUsPerObservation / applyLatency[0]!.healthyUsPerObservation,
    },
    seconds,
  };
}

export function describeReport(report: BenchReport): string {
  const { machine, ratios } = report;
  const [next, largest] = report.coordinatorCpu.slice(-2);
  return [
    'D1 rows written, as D1 reports in meta.rows_written (local D1 in workerd, index entries included, steady state)',
    '',
    table(
      [
        'monitors × locations',
        'case',
        'checks',
        'rows/1,000',
        'with deletes',
        'row per check',
        'ratio',
        'B/check',
        'baseline B',
      ],
      report.rowsWritten.map((row) => [
        `${row.monitors} × ${row.locations}`,
        row.scenario,
        String(row.checks),
        row.probemesh.rowsPer1000Checks.toFixed(1),
        (row.probemesh.rowsPer1000Checks + row.deletesPer1000Checks).toFixed(1),
        row.rowPerCheck.rowsPer1000Checks.toFixed(0),
        `${row.ratio.toFixed(0)} ×`,
        row.probemesh.bytesPerCheck.toFixed(1),
        row.rowPerCheck.bytesPerCheck.toFixed(1),
      ]),
    ),
    '',
    'One tick per minute, each superseded by the next. Both schemas store the same checks. The figures of probemesh include',
    'incidents, notifications and deliveries. The baseline stores one row per check and one index (monitor, at). B/check and',
    'baseline B: bytes per check of the values in the journal and in the row, in SQLite’s sizes. With deletes: each row of',
    'the journal is deleted once, after JOURNAL_DAYS.',
    '',
    describeStorage(report.storage),
    '',
    'Coordinator CPU per tick, one tick per minute (the built Worker in Node, user + system time, all threads, median)',
    '',
    table(
      [
        'monitors × locations',
        'cold ms',
        'warm ms',
        'outage ms',
        'warm µs/obs.',
        'outage µs/obs.',
        'module ms',
      ],
      report.coordinatorCpu.map(({ monitors, locations, cold, warm, outage, moduleMs }) => [
        `${monitors} × ${locations}`,
        cold.cpuMs.toFixed(1),
        warm.cpuMs.toFixed(1),
        outage.cpuMs.toFixed(1),
        warm.usPerObservation.toFixed(1),
        outage.usPerObservation.toFixed(1),
        moduleMs.toFixed(1),
      ]),
    ),
    '',
    `Cold: the first tick of a new process (${largest!.cold.ticks} processes), without the evaluation of the module.`,
    `Warm: ${largest!.warm.ticks} later ticks. Outage: the first minute in which 10 % of the monitors fail everywhere`,
    `(${largest!.outage.ticks} ticks). A tick lasts from one cron to the next. Included: the AWS SDK with its signatures,`,
    'drizzle, JSON to and from D1. Excluded: SQLite, Lambda and sleep, whose fakes are measured and subtracted.',
    'Node is not workerd. Its fetch is heavier, so compare the ratios and not the milliseconds.',
    `Warm, ${largest!.monitors} ÷ ${next!.monitors} monitors: ${ratios.warmLargestOverNext.toFixed(1)} ×. ` +
      `Outage ÷ warm at ${largest!.monitors} monitors: ${ratios.outageOverWarm.toFixed(1)} ×.`,
    '',
    'Apply one slot: one run of every monitor from one location (wall time of one thread, median)',
    '',
    table(
      ['monitors', 'healthy µs/obs.', 'outage µs/obs.'],
      report.applyLatency.map(({ monitors, healthyUsPerObservation, outageUsPerObservation }) => [
        String(monitors),
        healthyUsPerObservation.toFixed(2),
        outageUsPerObservation.toFixed(2),
      ]),
    ),
    '',
    'Outage: every monitor fails everywhere, from the first report to the end of the first fan-out step.',
    `One observation takes ${ratios.applyLargestOverSmallest.toFixed(1)} × as long with ${report.applyLatency.at(-1)!.monitors} monitors as with ${report.applyLatency[0]!.monitors}.`,
    '',
    'Time to detect an outage in which every target hangs for 5 s (built Worker, five places, virtual time)',
    '',
    table(
      ['monitors × locations', 'p50 s', 'p95 s', 'max s', 'not in 4 min', 'healthy gap s', 'jobs at once'],
      report.hangingOutages.map((outage) => [
        `${outage.hanging} × 6`,
        ...[outage.p50Ms, outage.p95Ms, outage.maxMs].map((ms) => (ms / 1_000).toFixed(1)),
        String(outage.missed),
        (outage.healthyGapMs / 1_000).toFixed(0),
        String(outage.peakConcurrency),
      ]),
    ),
    '',
    'From the start of the outage to the notification. Healthy gap: the longest time without a measurement of ten monitors',
    'that stay healthy. Two ticks may overlap, each with five places.',
    '',
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${report.seconds.toFixed(0)} s`,
  ].join('\n');
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

const describeStorage = (storage: StorageUse): string =>
  [
    `${storage.failingMonitors} monitors that fail at six locations with an error page of 1 kB write ${megabytes(storage.bytesPerDay)} and`,
    `${storage.rowsPerDay.toFixed(0)} rows a day. Without retention, D1's Free plan is full after ${storage.daysToFull.toFixed(1)} days. With it,`,
    `the journal stays at ${megabytes(storage.steadyBytes)} and ${storage.steadyHours} hours. Deleting it freed ${(100 * storage.freedShare).toFixed(0)} % of the size that D1 reports.`,
  ].join('\n');
