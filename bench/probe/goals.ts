// What the probe is meant to reach, beside what was measured. It fails nothing: a reader compares.
import type { Mixed } from './mixed-batch.ts';
import type { Throughput } from './throughput.ts';
import type { Truth } from './timing-accuracy.ts';

export interface Target {
  readonly what: string;
  readonly target: string;
  readonly measured: number;
  readonly isReached: boolean;
}

const P99_MS = 1;
const MEDIAN_MS = 1;
const TIMES_CHECK_TCP = 50;
const TIMES_BLACKBOX = 4;
const TIMES_NMAP = 1;
const RSS_MB = 128;
const DESCRIPTORS = 900;

const below = (what: string, unit: string, limit: number, measured: number): Target => ({
  ...{ what, measured, target: `≤ ${limit} ${unit}`.trim() },
  isReached: measured <= limit,
});

const atLeast = (what: string, limit: number, measured: number): Target => ({
  ...{ what, measured, target: `≥ ${limit} ×` },
  isReached: measured >= limit,
});

/** Only of what was measured: what was left out has no line. */
export function targetsOf(
  truths: readonly Truth[],
  throughput: readonly Throughput[],
  mixed: readonly Mixed[],
): Target[] {
  const most = Math.max(...truths.map(({ targets }) => targets));
  return [
    ...truths
      .filter(({ instrument, targets }) => instrument === 'probemesh' && targets === most)
      .map(({ place, memoryMb, warm, targets }) =>
        memoryMb === null
          ? below(`p99 error, ${targets} targets, ${place}`, 'ms', P99_MS, warm.p99)
          : below(`median error, ${targets} targets, ${place}, ${memoryMb} MB`, 'ms', MEDIAN_MS, warm.p50),
      ),
    ...againstPeers(throughput),
    ...mixed.flatMap(({ memoryMb, isWarm, types, wallMs, deadlineMs, peakRssMb, peakDescriptors, runs }) => {
      const kind = types.length === 1 ? types[0] : 'mixed';
      const size = memoryMb === null ? '' : `, ${memoryMb} MB`;
      const of = `${runs} ${kind} looks, ${isWarm ? 'second' : 'first'} batch${size}`;
      return [
        below(`answer to ${of}`, 'ms', deadlineMs, wallMs),
        below(`peak memory of ${of}`, 'MB', RSS_MB, peakRssMb),
        below(`descriptors of ${of}`, '', DESCRIPTORS, peakDescriptors),
      ];
    }),
  ];
}

/** A probe lives on between its batches, so it is compared warm; a peer that never does with all that it spends. */
function againstPeers(throughput: readonly Throughput[]): Target[] {
  const of = (tool: string): Throughput | undefined => throughput.find((row) => row.tool === tool);
  const ours = of('probemesh')?.warm;
  if (!ours) return [];
  const targets: Target[] = [];
  for (const [tool, times] of [
    ['check_tcp', TIMES_CHECK_TCP],
    ['blackbox_exporter', TIMES_BLACKBOX],
    ['nmap -sT', TIMES_NMAP],
  ] as const) {
    const theirs = of(tool);
    if (!theirs) continue;
    const ratio = ours.checksPerCpuSecond / (theirs.warm ?? theirs.cold).checksPerCpuSecond;
    targets.push(atLeast(`checks per CPU second, warm, over ${tool}`, times, ratio));
  }
  return targets;
}
