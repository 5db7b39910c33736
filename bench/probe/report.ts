// Owns the probe benchmark's report as text and what its figures include. Does not measure.
import type { Machine } from '../machine.ts';
import { table } from '../table.ts';
import type { Goal } from './goals.ts';
import type { MixedBatch } from './mixed-batch.ts';
import type { Throughput } from './throughput.ts';
import type { TimingAccuracy } from './timing-accuracy.ts';

export interface ProbeReport {
  readonly machine: Machine & {
    readonly kernel: string;
    /** Load average of one minute at the start of the benchmark. */
    readonly load: number;
    readonly isPinned: boolean;
    readonly hasWeight: boolean;
  };
  readonly timingAccuracy: readonly TimingAccuracy[];
  readonly throughput: readonly Throughput[];
  readonly mixed: readonly MixedBatch[];
  readonly goals: readonly Goal[];
  /** Measurements that this machine does not allow, with the reason. */
  readonly skipped: readonly string[];
  readonly seconds: number;
}

const ms = (value: number): string => (value < 10 ? value.toFixed(3) : value.toFixed(1));
const sizeOf = (memoryMb: number | null): string => (memoryMb === null ? '1 core' : `${memoryMb} MB`);

export function describeProbe(report: ProbeReport): string {
  const { machine } = report;
  return [
    'Timing accuracy: |measured connect time − the kernel’s time from SYN to SYN-ACK| in ms',
    '',
    timingTable(report.timingAccuracy),
    '',
    'Percentiles are over all batches of a process after the first. `first`: the first batch, before the JIT compiler has run.',
    '`waited`: time in a batch in which the process was ready to run but another program or the quota held its core.',
    'MB: the CPU quota of a Lambda function of that size, in periods of 20 ms.',
    'naive: net.connect for all targets at once, timed from the call to the event.',
    '',
    'Throughput: user + system time of TCP checks of the same targets on loopback',
    '',
    throughputTable(report.throughput),
    '',
    ...report.throughput.map(({ tool, how }) => `${tool}: ${how}.`),
    '',
    'A batch in one process, or in the jobs of the coordinator, each in a process with the CPU of a function. A tenth of the',
    'targets hang: they drop every packet (tcp) or accept it and never respond',
    '',
    mixedTable(report.mixed),
    '',
    'Goals',
    '',
    goalsTable(report.goals),
    ...(report.skipped.length === 0 ? [] : ['', ...report.skipped.map((line) => `skipped: ${line}`)]),
    '',
    `${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}, Node ${machine.node}, load ${machine.load.toFixed(1)}, ` +
      `${report.seconds.toFixed(0)} s`,
    machine.isPinned
      ? 'The measured process is pinned to the first core. Targets, capture and relay use the others.'
      : 'No process is pinned, because that needs taskset and a second core.',
    machine.hasWeight
      ? 'Both are in control groups with the highest weight, so other programs disturb less.'
      : 'Other programs have the same weight, because control groups need root.',
  ].join('\n');
}

const timingTable = (rows: readonly TimingAccuracy[]): string =>
  table(
    [
      'environment',
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
    rows.map(({ environment, memoryMb, instrument, targets, warm, first, trueMs, waitedMs }) => [
      ...[environment, sizeOf(memoryMb), instrument, String(targets)],
      ...[warm.p50, warm.p95, warm.p99, warm.max, first.p50, first.p99, trueMs, waitedMs].map(ms),
    ]),
  );

const throughputTable = (rows: readonly Throughput[]): string =>
  table(
    ['tool', 'warm: checks per CPU second', 'µs per check', 'cold: checks per CPU second', 'µs per check'],
    rows.map(({ tool, warm, cold }) => [
      tool,
      warm?.checksPerCpuSecond.toFixed(0) ?? '–',
      warm?.usPerCheck.toFixed(0) ?? '–',
      cold.checksPerCpuSecond.toFixed(0),
      cold.usPerCheck.toFixed(0),
    ]),
  );

const mixedTable = (rows: readonly MixedBatch[]): string =>
  table(
    [
      'types',
      'CPU',
      'batch',
      'checks',
      'jobs',
      'outcomes',
      'report ms',
      'deadline ms',
      'peak MB',
      'descriptors',
    ],
    rows.map((row) => [
      row.types.join(' '),
      sizeOf(row.memoryMb),
      row.isWarm ? 'second' : 'first',
      String(row.runs),
      String(row.jobs),
      Object.entries(row.outcomes)
        .map(([outcome, count]) => `${count} ${outcome}`)
        .join(', '),
      row.wallMs.toFixed(0),
      String(row.deadlineMs),
      row.peakRssMb.toFixed(0),
      String(row.peakDescriptors),
    ]),
  );

const goalsTable = (goals: readonly Goal[]): string =>
  table(
    ['goal', 'limit', 'measured', ''],
    goals.map(({ what, limit, measured, isReached }) => [
      what,
      limit,
      measured >= 100 ? measured.toFixed(0) : measured.toFixed(2),
      isReached ? 'reached' : 'missed',
    ]),
  );
