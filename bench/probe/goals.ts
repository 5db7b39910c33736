// Owns the goals of the probe and compares them with the measured figures. Does not fail the benchmark.
import type { MixedBatch } from './mixed-batch.ts';
import type { Throughput } from './throughput.ts';
import type { TimingAccuracy } from './timing-accuracy.ts';

export interface Goal {
  readonly what: string;
  readonly limit: string;
  readonly measured: number;
  readonly isReached: boolean;
}

const MAX_P99_MS = 1;
const MAX_MEDIAN_MS = 1;
const MIN_RATIO_CHECK_TCP = 50;
const MIN_RATIO_BLACKBOX = 4;
const MIN_RATIO_NMAP = 1;
const MAX_RSS_MB = 128;
const MAX_DESCRIPTORS = 900;

const below = (what: string, unit: string, limit: number, measured: number): Goal => ({
  ...{ what, measured, limit: `≤ ${limit} ${unit}`.trim() },
  isReached: measured <= limit,
});

const atLeast = (what: string, limit: number, measured: number): Goal => ({
  ...{ what, measured, limit: `≥ ${limit} ×` },
  isReached: measured >= limit,
});

/** Skipped measurements have no goal. */
export function goalsOf(
  accuracies: readonly TimingAccuracy[],
  throughput: readonly Throughput[],
  mixed: readonly MixedBatch[],
): Goal[] {
  const maxTargets = Math.max(...accuracies.map(({ targets }) => targets));
  return [
    ...accuracies
      .filter(({ instrument, targets }) => instrument === 'probemesh' && targets === maxTargets)
      .map(({ environment, memoryMb, warm, targets }) =>
        memoryMb === null
          ? below(`p99 error, ${targets} targets, ${environment}`, 'ms', MAX_P99_MS, warm.p99)
          : below(
              `median error, ${targets} targets, ${environment}, ${memoryMb} MB`,
              'ms',
              MAX_MEDIAN_MS,
              warm.p50,
            ),
      ),
    ...comparedToOtherTools(throughput),
    ...mixed.flatMap(
      ({ memoryMb, isWarm, types, wallMs, deadlineMs, peakRssMb, peakDescriptors, runs, jobs }) => {
        const type = types.length === 1 ? types[0] : 'mixed';
        const size = memoryMb === null ? '' : `, ${memoryMb} MB`;
        const split = jobs === 1 ? '' : ` in ${jobs} jobs`;
        const batch = `${runs} ${type} checks${split}, ${isWarm ? 'second' : 'first'} batch${size}`;
        return [
          below(`report of ${batch}`, 'ms', deadlineMs, wallMs),
          below(`peak memory of ${batch}`, 'MB', MAX_RSS_MB, peakRssMb),
          below(`descriptors of ${batch}`, '', MAX_DESCRIPTORS, peakDescriptors),
        ];
      },
    ),
  ];
}

/** A probe keeps running between batches, so its warm figure counts. A tool without a warm figure counts its cold one. */
function comparedToOtherTools(throughput: readonly Throughput[]): Goal[] {
  const rowOf = (tool: string): Throughput | undefined => throughput.find((row) => row.tool === tool);
  const ours = rowOf('probemesh')?.warm;
  if (!ours) return [];
  const goals: Goal[] = [];
  for (const [tool, times] of [
    ['check_tcp', MIN_RATIO_CHECK_TCP],
    ['blackbox_exporter', MIN_RATIO_BLACKBOX],
    ['nmap -sT', MIN_RATIO_NMAP],
  ] as const) {
    const theirs = rowOf(tool);
    if (!theirs) continue;
    const ratio = ours.checksPerCpuSecond / (theirs.warm ?? theirs.cold).checksPerCpuSecond;
    goals.push(atLeast(`checks per CPU second, warm, ÷ ${tool}`, times, ratio));
  }
  return goals;
}
