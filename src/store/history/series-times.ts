// Owns starts, timings and samples of one location's runs as columns of small numbers, and back.
import type { Samples, Timings } from '../../../probes/contract/index.ts';
import { fromLogByte, toLogByte } from '../../uptime/log-steps.ts';
import { fromSampleBytes, SAMPLE_BYTES, toSampleBytes } from '../journal/sample-bytes.ts';
import type { RangeDecoder, RangeEncoder } from './range-coder.ts';

export interface TimedColumns {
  readonly startedAt: number;
  /** In the steps of the journal. */
  readonly timings: Timings;
  readonly samples: Samples | undefined;
}

const PHASES = ['dnsMs', 'connectMs', 'tlsMs', 'firstByteMs'] as const;
/** Bits of a run's mask after those of the phases. */
const TOTAL = 16;
const TOTAL_IS_SUM = 32;
const SAMPLED = 64;

/** In order of their starts. */
export function writeTimes(to: RangeEncoder, runs: readonly TimedColumns[], dayStart: number): void {
  writeStarts(
    to,
    runs.map(({ startedAt }) => startedAt - dayStart),
  );
  const masks = runs.map(maskOf);
  for (const mask of masks) to.byte('mask', mask);
  const bytesOf = (bit: number, byte: (run: TimedColumns) => number): number[] =>
    runs.flatMap((run, index) => (masks[index]! & bit ? [byte(run)] : []));
  for (const [bit, phase] of PHASES.entries())
    writeCentred(
      to,
      phase,
      bytesOf(1 << bit, ({ timings }) => toLogByte(timings[phase])),
    );
  writeCentred(
    to,
    'totalMs',
    bytesOf(TOTAL, ({ timings }) => toLogByte(timings.totalMs)),
  );
  writeSamples(
    to,
    runs.flatMap((run, index) => (masks[index]! & SAMPLED ? [run] : [])),
  );
}

export function readTimes(from: RangeDecoder, count: number, dayStart: number): TimedColumns[] {
  const starts = readStarts(from, count);
  const masks = Array.from({ length: count }, () => from.byte('mask'));
  const columnOf = (bit: number, name: string): (number | undefined)[] => {
    const length = masks.reduce((sum, mask) => sum + (mask & bit ? 1 : 0), 0);
    const values = readCentred(from, name, length);
    let next = 0;
    return masks.map((mask) => (mask & bit ? values[next++] : undefined));
  };
  const phases = PHASES.map((phase, bit) => columnOf(1 << bit, phase));
  const totals = columnOf(TOTAL, 'totalMs');
  const timed = starts.map((start, index) => {
    const timings: Timings = {};
    for (const [bit, phase] of PHASES.entries()) {
      const byte = phases[bit]![index];
      if (byte !== undefined) timings[phase] = fromLogByte(byte)!;
    }
    const total = totals[index];
    if (masks[index]! & TOTAL_IS_SUM) timings.totalMs = sumByteMs(timings);
    else if (total !== undefined) timings.totalMs = fromLogByte(total)!;
    return { startedAt: dayStart + start, timings };
  });
  return timed.map((one, index): TimedColumns => {
    const samples = masks[index]! & SAMPLED ? readSamples(from, one.timings) : undefined;
    return { ...one, samples };
  });
}

/** Each time by its distance from the one before it: the shortest sample took about as long as the run's connection. */
function writeSamples(to: RangeEncoder, runs: readonly TimedColumns[]): void {
  for (const { samples, timings } of runs) {
    const row = toSampleBytes(samples);
    let before = toLogByte(timings.connectMs);
    for (const [column, byte] of row.entries()) {
      to.byte(`sample ${column}`, column === 0 ? byte : (byte - before + 256) & 0xff);
      if (column > 0) before = byte;
    }
  }
}

function readSamples(from: RangeDecoder, timings: Timings): Samples | undefined {
  const row: number[] = [];
  let before = toLogByte(timings.connectMs);
  for (let column = 0; column < SAMPLE_BYTES; column += 1) {
    const value = from.byte(`sample ${column}`);
    row.push(column === 0 ? value : (value + before) & 0xff);
    if (column > 0) before = row[column]!;
  }
  return fromSampleBytes(row);
}

const sumByteMs = ({ dnsMs = 0, connectMs = 0, tlsMs = 0, firstByteMs = 0 }: Timings): number =>
  fromLogByte(toLogByte(Math.round((dnsMs + connectMs + tlsMs + firstByteMs) * 1e5) / 1e5))!;

function maskOf({ timings, samples }: TimedColumns): number {
  let mask = samples === undefined ? 0 : SAMPLED;
  for (const [bit, phase] of PHASES.entries()) if (timings[phase] !== undefined) mask |= 1 << bit;
  if (timings.totalMs === undefined) return mask;
  return mask | (timings.totalMs === sumByteMs(timings) ? TOTAL_IS_SUM : TOTAL);
}

/** The usual distance between two starts, then for each start how many of them it is away, and by how much it differs. */
function writeStarts(to: RangeEncoder, starts: readonly number[]): void {
  const usual = Math.max(1, medianOf(starts.slice(1).map((start, index) => start - starts[index]!)));
  const first = starts[0] ?? 0;
  to.unsigned('usual', usual);
  to.signed('first', first);
  let last = 0;
  for (const start of starts) {
    const turn = Math.round((start - first) / usual);
    to.signed('turn', turn - last);
    to.signed('offset', start - first - turn * usual);
    last = turn;
  }
}

function readStarts(from: RangeDecoder, count: number): number[] {
  const usual = from.unsigned('usual');
  const first = from.signed('first');
  let turn = 0;
  return Array.from({ length: count }, () => {
    turn += from.signed('turn');
    return first + turn * usual + from.signed('offset');
  });
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Bytes around their median: few different ones, whatever the location's distance from the target. */
function writeCentred(to: RangeEncoder, name: string, bytes: readonly number[]): void {
  if (bytes.length === 0) return;
  const usual = medianOf(bytes);
  to.byte('median', usual);
  for (const byte of bytes) to.byte(name, (byte - usual + 256) & 0xff);
}

function readCentred(from: RangeDecoder, name: string, count: number): number[] {
  if (count === 0) return [];
  const usual = from.byte('median');
  return Array.from({ length: count }, () => (from.byte(name) + usual) & 0xff);
}
