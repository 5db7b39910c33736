// Shows to a person what was measured of the probe, and what it does and does not say.
import type { Machine } from '../machine.ts';
import { table } from '../table.ts';
import type { Target } from './goals.ts';
import type { Mixed } from './mixed-batch.ts';
import type { Throughput } from './throughput.ts';
import type { Truth } from './timing-accuracy.ts';

export interface ProbeReport {
  readonly machine: Machine & {
    readonly kernel: string;
    /** Programs ready to run, averaged over a minute, when the bench began. */
    readonly load: number;
    readonly isPinned: boolean;
    readonly hasWeight: boolean;
  };
  readonly truth: readonly Truth[];
  readonly throughput: readonly Throughput[];
  readonly mixed: readonly Mixed[];
  readonly targets: readonly Target[];
  /** What could not be measured here, and why. */
  readonly leftOut: readonly string[];
  readonly seconds: number;
}

const ms = (value: number): string => (value < 10 ? value.toFixed(3) : value.toFixed(1));
const sizeOf = (memoryMb: number | null): string => (memoryMb === null ? 'a core' : `${memoryMb} MB`);

export function describeProbe(report: ProbeReport): string {
  const { machine } = report;
  return [
    'Timing truth: |measured connect time − the kernel’s SYN to SYN-ACK|, ms',
    '',
    truthTable(report.truth),
    '',
    'Batches from the second on of one process; `first` is the first, whose code is not compiled yet. `waited`: how long the',
    'process was ready to run in a batch, and another program or the quota had its core. MB: the CPU quota of a Lambda',
    'function of that size, 20 ms periods. naive: net.connect for all targets at once, from the call to the event.',
    '',
    'Throughput: user and system time for TCP checks of the same targets on loopback',
    '',
    throughputTable(report.throughput),
    '',
    ...report.throughput.map(({ tool, how }) => `${tool}: ${how}.`),
    '',
    'A batch in one process, a tenth of it at targets that hang: that drop every packet (tcp), or take it and say nothing',
    '',
    mixedTable(report.mixed),
    '',
    'Aims',
    '',
    targetsTable(report.targets),
    ...(report.leftOut.length === 0 ? [] : ['', ...report.leftOut.map((line) => `left out: ${line}`)]),
    '',
    `${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}, Node ${machine.node}, load ${machine.load.toFixed(1)}, ` +
      `${report.seconds.toFixed(0)} s`,
    machine.isPinned
      ? 'What is measured is pinned to the first core; targets, capture and relay to the others.'
      : 'Nothing is pinned: that needs taskset and a second core.',
    machine.hasWeight
      ? 'Both are in control groups of the highest weight, so other programs disturb less.'
      : 'Other programs have the same weight: control groups need root.',
  ].join('\n');
}

const truthTable = (truth: readonly Truth[]): string =>
  table(
    [
      'targets are',
      'CPU',
      'instrument',
      'targets',
      'p50',
      'p95',
      'p99',
      'max',
      'first p50',
      'first p99',
      'true',
      'waited',
    ],
    truth.map((one) => [
      ...[one.place, sizeOf(one.memoryMb), one.instrument, String(one.targets)],
      ...[one.warm.p50, one.warm.p95, one.warm.p99, one.warm.max, one.first.p50, one.first.p99].map(ms),
      ...[one.trueMs, one.waitedMs].map(ms),
    ]),
  );

const throughputTable = (rows: readonly Throughput[]): string =>
  table(
    ['tool', 'warm: checks a CPU second', 'µs a check', 'with its start', 'µs a check'],
    rows.map(({ tool, warm, cold }) => [
      tool,
      warm?.checksPerCpuSecond.toFixed(0) ?? '–',
      warm?.usPerCheck.toFixed(0) ?? '–',
      cold.checksPerCpuSecond.toFixed(0),
      cold.usPerCheck.toFixed(0),
    ]),
  );

const mixedTable = (rows: readonly Mixed[]): string =>
  table(
    ['types', 'CPU', 'batch', 'looks', 'outcomes', 'answered ms', 'deadline ms', 'peak MB', 'descriptors'],
    rows.map((one) => [
      one.types.join(' '),
      sizeOf(one.memoryMb),
      one.isWarm ? 'second' : 'first',
      String(one.runs),
      Object.entries(one.outcomes)
        .map(([words, count]) => `${count} ${words}`)
        .join(', '),
      one.wallMs.toFixed(0),
      String(one.deadlineMs),
      one.peakRssMb.toFixed(0),
      String(one.peakDescriptors),
    ]),
  );

const targetsTable = (targets: readonly Target[]): string =>
  table(
    ['what', 'aim', 'measured', ''],
    targets.map(({ what, target, measured, isReached }) => [
      what,
      target,
      measured >= 100 ? measured.toFixed(0) : measured.toFixed(2),
      isReached ? 'reached' : 'missed',
    ]),
  );
