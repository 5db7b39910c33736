// Owns timings and samples of a report's ok runs as columns of log-scale bytes, and back. The exact figures of other
// runs are elsewhere.
import type { Samples, Timings } from '../../../probes/contract/index.ts';
import type { ReportedObservation } from '../../engine/model/journal.ts';
import { fromLogByte, toLogByte } from '../../uptime/log-steps.ts';
import { VarintReader, type VarintWriter } from '../varint.ts';
import { fromSampleBytes, SAMPLE_BYTES, toSampleBytes } from './sample-bytes.ts';

/** Each phase with its bit in the mask, in the order of the columns. */
const PHASES = [
  ['connectMs', 1],
  ['dnsMs', 2],
  ['totalMs', 4],
  ['tlsMs', 16],
  ['firstByteMs', 32],
] as const;
const TOTAL_IS_SUM = 8;
const HAS_SAMPLES = 64;

/** A mask of the columns that follow, then one column for each phase. A total that is the sum of the others is left out. */
export function writeTimings(to: VarintWriter, runs: readonly ReportedObservation[]): void {
  const ok = runs.filter((run) => run.outcome === 'ok');
  const summed = ok.length > 0 && ok.every(({ timings }) => isSum(timings));
  const present = PHASES.filter(
    ([phase]) => ok.some((run) => run.timings[phase] !== undefined) && !(phase === 'totalMs' && summed),
  );
  const sampled = ok.some(({ samples }) => samples !== undefined);
  const mask = present.reduce((bits, [, bit]) => bits | bit, summed ? TOTAL_IS_SUM : 0);
  to.byte(mask | (sampled ? HAS_SAMPLES : 0));
  for (const [phase] of present) {
    for (const run of runs) to.byte(run.outcome === 'ok' ? toLogByte(run.timings[phase]) : 0);
  }
  if (sampled) writeSamples(to, runs);
}

function writeSamples(to: VarintWriter, runs: readonly ReportedObservation[]): void {
  const rows = runs.map((run) => toSampleBytes(run.outcome === 'ok' ? run.samples : undefined));
  for (let column = 0; column < SAMPLE_BYTES; column += 1) for (const row of rows) to.byte(row[column] ?? 0);
}

const sumOf = ({ dnsMs = 0, connectMs = 0, tlsMs = 0, firstByteMs = 0 }: Timings): number =>
  Math.round((dnsMs + connectMs + tlsMs + firstByteMs) * 1e5) / 1e5;

/** Within 3 % of the sum: a total that is left out decodes at most 9 % off. */
const isSum = (timings: Timings): boolean =>
  timings.totalMs !== undefined && Math.abs(timings.totalMs - sumOf(timings)) <= 0.03 * timings.totalMs;

type TimedRun = Pick<ReportedObservation, 'timings' | 'samples'>;

export function readTimings(column: Uint8Array | null, count: number): TimedRun[] {
  const timings: Timings[] = Array.from({ length: count }, () => ({}));
  const from = new VarintReader(column ?? new Uint8Array([0]));
  const mask = from.byte();
  for (const [phase, bit] of PHASES) {
    if ((mask & bit) === 0) continue;
    for (const timing of timings) {
      const value = fromLogByte(from.byte());
      if (value !== undefined) timing[phase] = value;
    }
  }
  const samples = mask & HAS_SAMPLES ? readSamples(from, count) : [];
  if (mask >= 128 || !from.done) throw new Error('`phases` does not end after its last column');
  return timings.map((timing, index) => {
    const sampled = samples[index];
    return {
      timings: mask & TOTAL_IS_SUM ? { ...timing, totalMs: fromLogByte(toLogByte(sumOf(timing)))! } : timing,
      ...(sampled ? { samples: sampled } : {}),
    };
  });
}

/** The same of one run, without reading the others. */
export function readTimingsAt(column: Uint8Array | null, count: number, index: number): TimedRun {
  if (column === null || column.length === 0) return { timings: {} };
  const mask = column[0]!;
  const timings: Timings = {};
  let from = 1;
  for (const [phase, bit] of PHASES) {
    if ((mask & bit) === 0) continue;
    const value = fromLogByte(column[from + index]!);
    if (value !== undefined) timings[phase] = value;
    from += count;
  }
  const samples =
    mask & HAS_SAMPLES
      ? fromSampleBytes(
          Array.from({ length: SAMPLE_BYTES }, (_, byte) => column[from + byte * count + index]!),
        )
      : undefined;
  return {
    timings: mask & TOTAL_IS_SUM ? { ...timings, totalMs: fromLogByte(toLogByte(sumOf(timings)))! } : timings,
    ...(samples ? { samples } : {}),
  };
}

function readSamples(from: VarintReader, count: number): (Samples | undefined)[] {
  const rows = Array.from({ length: count }, (): number[] => []);
  for (let column = 0; column < SAMPLE_BYTES; column += 1) for (const row of rows) row.push(from.byte());
  return rows.map(fromSampleBytes);
}
