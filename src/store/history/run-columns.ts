// Owns the runs of one monitor's day while a run of the compaction gathers them: a few bytes each, because an hour of a large
// mesh has hundreds of thousands. Does not write rows.
import type { Timings } from '../../../probes/contract/index.ts';
import type { ReportEntry, ReportedObservation } from '../../engine/model/journal.ts';
import { fromLogByte, toLogByte } from '../../uptime/log-steps.ts';
import { fromSampleBytes, toSampleBytes } from '../journal/sample-bytes.ts';
import { VarintReader, VarintWriter } from '../varint.ts';
import type { SeriesRun } from './series-codec.ts';

const TIMES = ['dnsMs', 'connectMs', 'tlsMs', 'firstByteMs', 'totalMs'] as const;
const SAMPLED = 32;
/** Kept as it is. */
const WHOLE = 64;

/** A run as the history keeps it. If the whole invocation failed, its error is why the run measured nothing. */
export function seriesRun(entry: ReportEntry, observation: ReportedObservation): SeriesRun {
  const { monitor: _, network: __, response: ___, detail, ...run } = observation;
  const isSilent = detail === undefined && entry.error !== null && run.outcome === 'unmeasured';
  const words = isSilent ? entry.error : detail;
  return {
    location: entry.location,
    ...run,
    ...(words === undefined || words === null ? {} : { detail: words }),
  };
}

export class RunColumns {
  readonly #plain = new VarintWriter(64);
  readonly #whole: SeriesRun[] = [];
  readonly #dayStart: number;

  constructor(dayStart: number) {
    this.#dayStart = dayStart;
  }

  /** Returns whether it takes more than a few bytes. */
  add(run: SeriesRun): boolean {
    const to = this.#plain;
    if (!isPlain(run)) {
      to.byte(WHOLE);
      this.#whole.push(run);
      return true;
    }
    const { timings, samples } = run;
    let mask = samples === undefined ? 0 : SAMPLED;
    for (const [bit, time] of TIMES.entries()) if (timings[time] !== undefined) mask |= 1 << bit;
    to.byte(mask);
    to.unsigned(run.location);
    to.unsigned(run.startedAt - this.#dayStart);
    for (const time of TIMES) if (timings[time] !== undefined) to.byte(toLogByte(timings[time]));
    if (samples !== undefined) for (const byte of toSampleBytes(samples)) to.byte(byte);
    return false;
  }

  /** In the order in which they were added. */
  runs(): SeriesRun[] {
    const from = new VarintReader(this.#plain.finish());
    const runs: SeriesRun[] = [];
    let whole = 0;
    while (!from.done) {
      const mask = from.byte();
      runs.push(mask === WHOLE ? this.#whole[whole++]! : this.#read(from, mask));
    }
    return runs;
  }

  #read(from: VarintReader, mask: number): SeriesRun {
    const location = from.unsigned();
    const startedAt = this.#dayStart + from.unsigned();
    const timings: Timings = {};
    for (const [bit, time] of TIMES.entries())
      if (mask & (1 << bit)) timings[time] = fromLogByte(from.byte())!;
    const bytes = mask & SAMPLED ? Array.from({ length: 5 }, () => from.byte()) : [];
    const samples = fromSampleBytes(bytes);
    return { location, startedAt, outcome: 'ok', timings, ...(samples ? { samples } : {}) };
  }
}

const isPlain = ({ outcome, detail, phase, degraded }: SeriesRun): boolean =>
  outcome === 'ok' && detail === undefined && phase === undefined && degraded === undefined;
