// Owns the observations of a monitor in one run of the compaction as a segment of bytes, and back, exactly as the journal
// holds them. Columns by location: a start is its distance from the schedule, a time its distance from the usual time.
import { Buffer } from 'node:buffer';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Degraded, Phase, Samples, Timings } from '../../../probes/contract/index.ts';
import type { OutcomeCode, OutcomeReason } from '../../engine/model/heartbeat.ts';
import { outcomeByte, outcomeOfByte } from '../outcome-bytes.ts';
import { VarintReader, VarintWriter } from '../varint.ts';
import { readNumber, writeNumber } from './exact-numbers.ts';
import { RangeDecoder, RangeEncoder } from './range-coder.ts';
import { readTimes, type TimedColumns, writeTimes } from './series-times.ts';

/** One run. The response is evidence, and the network belongs to the state: neither is kept. */
export interface SeriesRun {
  /** Its number. */
  readonly location: number;
  readonly startedAt: number;
  readonly outcome: 'ok' | 'failed' | 'unmeasured';
  readonly code?: OutcomeCode;
  readonly reason?: OutcomeReason;
  readonly phase?: Phase;
  readonly detail?: string;
  readonly timings: Timings;
  readonly samples?: Samples;
  readonly degraded?: readonly Degraded[];
}

export interface Segment {
  /** The newest journal row that it contains. */
  readonly seq: number;
  readonly runs: readonly SeriesRun[];
}

/** Forms of a segment: with words or without. */
const PLAIN = 0;
const WORDS = 1;

/** `runs` are in the order of the journal. Those of one location keep it. */
export function encodeSegment({ seq, runs }: Segment, dayStart: number): Uint8Array {
  const sorted = runs.toSorted((a, b) => a.location - b.location || a.startedAt - b.startedAt);
  const to = new RangeEncoder();
  const byLocation = [...Map.groupBy(sorted, ({ location }) => location)];
  to.unsigned('count', byLocation.length);
  for (const [location, own] of byLocation) {
    to.unsigned('location', location);
    to.unsigned('count', own.length);
    writeTimes(to, own.map(columnsOf), dayStart);
  }
  for (const run of sorted) to.byte('outcome', outcomeByte(run));
  const words = new WordTable();
  const indices = sorted.map((run) => words.indexOf(wordsOf(run)));
  if (words.size > 0)
    for (const [index, run] of sorted.entries()) {
      to.unsigned('words', indices[index]!);
      if (run.outcome !== 'ok') for (const time of Object.values(run.timings)) writeNumber(to, time ?? 0);
    }
  return framed(seq, words, to.finish());
}

/** Its length, its form, the newest journal row, the words, and the columns. */
function framed(seq: number, words: WordTable, columns: Uint8Array): Uint8Array {
  const body = new VarintWriter();
  body.byte(words.size === 0 ? PLAIN : WORDS);
  body.unsigned(seq);
  const table = words.size === 0 ? new Uint8Array() : words.encode();
  if (words.size > 0) body.unsigned(table.length);
  const head = body.finish();
  const frame = new VarintWriter();
  frame.unsigned(head.length + table.length + columns.length);
  return Buffer.concat([frame.finish(), head, table, columns]);
}

/** Times of ok runs are in the steps of the journal. Those of other runs are exact. */
const columnsOf = (run: SeriesRun): TimedColumns => ({
  startedAt: run.startedAt,
  timings: run.outcome === 'ok' ? run.timings : {},
  samples: run.outcome === 'ok' ? run.samples : undefined,
});

type Words = Pick<SeriesRun, 'phase' | 'detail' | 'degraded' | 'samples'> & {
  /** Which times follow. */
  readonly times?: readonly string[];
};

/** What is not in the columns. */
function wordsOf({ outcome, phase, detail, degraded, samples, timings }: SeriesRun): Words {
  const isOk = outcome === 'ok';
  const times = isOk ? [] : Object.keys(timings);
  return {
    ...(phase === undefined ? {} : { phase }),
    ...(detail === undefined ? {} : { detail }),
    ...(degraded === undefined ? {} : { degraded }),
    ...(isOk || samples === undefined ? {} : { samples }),
    ...(times.length === 0 ? {} : { times }),
  };
}

/** Words that differ, each once. */
class WordTable {
  readonly #known = new Map<string, number>();

  get size(): number {
    return this.#known.size;
  }

  /** 0: none. */
  indexOf(words: Words): number {
    const text = JSON.stringify(words);
    if (text === '{}') return 0;
    const index = this.#known.get(text) ?? this.#known.size + 1;
    this.#known.set(text, index);
    return index;
  }

  encode(): Uint8Array {
    return deflateRawSync(Buffer.from(`[${[...this.#known.keys()].join(',')}]`), { level: 9 });
  }
}

/** Segments of a row, oldest first. Throws if the bytes are damaged. */
export function decodeSegments(bytes: Uint8Array, dayStart: number): Segment[] {
  const segments: Segment[] = [];
  for (let at = 0; at < bytes.length; ) {
    const frame = new VarintReader(bytes.subarray(at));
    const length = frame.unsigned();
    const from = at + frame.position;
    if (from + length > bytes.length) throw new Error('the last segment of a series is cut');
    segments.push(decodeSegment(bytes.subarray(from, from + length), dayStart));
    at = from + length;
  }
  return segments;
}

function decodeSegment(bytes: Uint8Array, dayStart: number): Segment {
  const head = new VarintReader(bytes);
  const form = head.byte();
  if (form !== PLAIN && form !== WORDS)
    throw new Error(`a segment of a series has the form ${form}: deploy the newer Worker`);
  const seq = head.unsigned();
  const length = form === PLAIN ? 0 : head.unsigned();
  const columns = head.position + length;
  const table = bytes.subarray(head.position, columns);
  const words = form === PLAIN ? null : (JSON.parse(inflateRawSync(table).toString()) as Words[]);
  return { seq, runs: decodeRuns(new RangeDecoder(bytes.subarray(columns)), words, dayStart) };
}

/** As many as a day of a monitor that every location checks every ten seconds. A damaged count must not fill the memory. */
const MAX_RUNS = 1_000_000;

function decodeRuns(from: RangeDecoder, words: readonly Words[] | null, dayStart: number): SeriesRun[] {
  const timed: (TimedColumns & { readonly location: number })[] = [];
  for (let left = from.unsigned('count'); left > 0; left -= 1) {
    const location = from.unsigned('location');
    const count = from.unsigned('count');
    if (timed.length + count > MAX_RUNS)
      throw new Error(`a segment of a series has more than ${MAX_RUNS} runs`);
    for (const columns of readTimes(from, count, dayStart)) timed.push({ location, ...columns });
  }
  const outcomes = timed.map(() => outcomeOfByte(from.byte('outcome')));
  return timed.map(({ location, startedAt, timings, samples }, index): SeriesRun => {
    const at = words === null ? 0 : from.unsigned('words');
    const { times, ...rest } = at === 0 ? {} : words![at - 1]!;
    const exact = times && Object.fromEntries(times.map((time) => [time, readNumber(from)]));
    return {
      location,
      startedAt,
      ...outcomes[index]!,
      timings: exact ?? timings,
      ...(samples === undefined ? {} : { samples }),
      ...rest,
    };
  });
}
