// Shows what was measured to a person: two tables, and what they do and do not say.

import { type Machine, thisMachine } from '../machine.ts';
import { table } from '../table.ts';
import type { SettleTime } from './apply-latency.ts';
import type { CoordinatorCpu } from './coordinator-cpu.ts';
import type { RowsWritten } from './rows-written.ts';

export interface BenchReport {
  readonly machine: Machine;
  readonly rowsWritten: readonly RowsWritten[];
  readonly coordinatorCpu: readonly CoordinatorCpu[];
  readonly settleTime: readonly SettleTime[];
  readonly ratios: {
    /** Warm CPU at the largest size over that at the one before: below their ratio in monitors, it grows slower than they. */
    readonly warmLargestOverNext: number;
    /** Outage tick over warm tick at the largest size. */
    readonly outageOverWarm: number;
    /** Settling one observation at the largest size over that at the smallest: 1 is linear growth of the whole. */
    readonly settleLargestOverSmallest: number;
  };
  readonly seconds: number;
}

export function reportOf(
  rowsWritten: readonly RowsWritten[],
  coordinatorCpu: readonly CoordinatorCpu[],
  settleTime: readonly SettleTime[],
  seconds: number,
): BenchReport {
  const [next, largest] = coordinatorCpu.slice(-2);
  return {
    machine: thisMachine(),
    rowsWritten,
    coordinatorCpu,
    settleTime,
    ratios: {
      warmLargestOverNext: largest!.warm.cpuMs / next!.warm.cpuMs,
      outageOverWarm: largest!.outage.cpuMs / largest!.warm.cpuMs,
      settleLargestOverSmallest:
        settleTime.at(-1)!.healthyUsPerObservation / settleTime[0]!.healthyUsPerObservation,
    },
    seconds,
  };
}

export function describeReport(report: BenchReport): string {
  const { machine, ratios } = report;
  const [next, largest] = report.coordinatorCpu.slice(-2);
  return [
    'D1 rows written, by its own meta.rows_written (local D1 in workerd; index entries count; steady state)',
    '',
    table(
      [
        'monitors × locations',
        'case',
        'checks',
        'rows/1,000',
        'row per check',
        'ratio',
        'B/check',
        'row p. c.',
      ],
      report.rowsWritten.map((one) => [
        `${one.monitors} × ${one.locations}`,
        one.scenario,
        String(one.checks),
        one.probemesh.rowsPer1000Checks.toFixed(1),
        one.rowPerCheck.rowsPer1000Checks.toFixed(0),
        `${one.ratio.toFixed(0)} ×`,
        one.probemesh.bytesPerCheck.toFixed(1),
        one.rowPerCheck.bytesPerCheck.toFixed(1),
      ]),
    ),
    '',
    'One tick a minute, each overtaken by the next; the same checks in both schemas. Ours has incidents, notifications and',
    'deliveries in it; a row per check has nothing but one row and one index (monitor, at). B/check: the values of the',
    'journal, and of the row, in SQLite’s sizes. Compaction does not exist yet: the deletes and the series that it will',
    'write are in neither figure.',
    '',
    'Coordinator CPU, a tick a minute (the built Worker in Node; user + system, all threads; median)',
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
      report.coordinatorCpu.map((one) => [
        `${one.monitors} × ${one.locations}`,
        one.cold.cpuMs.toFixed(1),
        one.warm.cpuMs.toFixed(1),
        one.outage.cpuMs.toFixed(1),
        one.warm.usPerObservation.toFixed(1),
        one.outage.usPerObservation.toFixed(1),
        one.moduleMs.toFixed(1),
      ]),
    ),
    '',
    `Cold: the first tick of a fresh process (${largest!.cold.ticks} processes); evaluating the module comes on top.`,
    `Warm: ${largest!.warm.ticks} later ticks. Outage: the first minute in which 10 % of the monitors fail everywhere`,
    `(${largest!.outage.ticks} of them). A tick is what happens from one cron to the next. In it: the AWS SDK with its signing,`,
    'drizzle, JSON to and from D1. Not in it: SQLite, Lambda and sleeping, whose stand-ins are measured and subtracted.',
    'Node is not workerd: fetch is heavier here, so take the ratios rather than the milliseconds.',
    `Warm, ${largest!.monitors} over ${next!.monitors} monitors: ${ratios.warmLargestOverNext.toFixed(1)} ×. ` +
      `Outage over warm at ${largest!.monitors}: ${ratios.outageOverWarm.toFixed(1)} ×.`,
    '',
    'Settling one slot: a look of every monitor from one location (wall time of one thread, median)',
    '',
    table(
      ['monitors', 'healthy µs/obs.', 'outage µs/obs.'],
      report.settleTime.map((one) => [
        String(one.monitors),
        one.healthyUsPerObservation.toFixed(2),
        one.outageUsPerObservation.toFixed(2),
      ]),
    ),
    '',
    'Outage: everything fails everywhere, from the first report to the end of the fan-out’s first step.',
    `An observation among ${report.settleTime.at(-1)!.monitors} monitors costs ${ratios.settleLargestOverSmallest.toFixed(1)} × one among ${report.settleTime[0]!.monitors}.`,
    '',
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${report.seconds.toFixed(0)} s`,
  ].join('\n');
}
