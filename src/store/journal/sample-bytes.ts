// Owns the samples of an ok run as five bytes, and back: sent and lost in one byte, then four log-scale times.
import type { Samples } from '../../../probes/contract/index.ts';
import { fromLogByte, toLogByte } from '../../uptime/log-steps.ts';

const TIMES = ['minMs', 'meanMs', 'maxMs', 'jitterMs'] as const;
export const SAMPLE_BYTES = 1 + TIMES.length;

/** At most ten are sent, so both counts fit one byte. All zero: no samples. */
export const toSampleBytes = (samples: Samples | undefined): readonly number[] =>
  samples
    ? [(samples.sent << 4) | samples.lost, ...TIMES.map((time) => toLogByte(samples[time]))]
    : Array(SAMPLE_BYTES).fill(0);

export function fromSampleBytes([counts = 0, ...times]: readonly number[]): Samples | undefined {
  if (counts === 0) return undefined;
  const samples: Samples = { sent: counts >> 4, lost: counts & 15 };
  for (const [index, time] of TIMES.entries()) {
    const ms = fromLogByte(times[index] ?? 0);
    if (ms !== undefined) samples[time] = ms;
  }
  return samples;
}
