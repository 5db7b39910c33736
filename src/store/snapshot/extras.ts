// What some views have beyond the bytes that every view has: the phases of TLS and reply and the samples of an ok look,
// and how far the location is with its warnings. One mask byte a view, in the order of the views.
import { DEGRADED_CODES, type Degraded, type Samples, type Timings } from '../../../probes/contract/index.ts';
import type { LocationStatus } from '../../engine/model/state.ts';
import type { LocationWarning, LocationWarnings } from '../../engine/model/warning.ts';
import { fromSampleBytes, SAMPLE_BYTES, toSampleBytes } from '../journal/sample-bytes.ts';
import { fromLogByte, toLogByte, type VarintReader, type VarintWriter } from '../varint.ts';
import type { StringTable } from './observation.ts';

const PHASES = [
  ['tlsMs', 1],
  ['firstByteMs', 2],
] as const;
const SAMPLES = 4;
const KINDS = [
  ['degraded', 8],
  ['certificate', 16],
] as const;
const WARNS = 128;

export interface Extras {
  readonly timings: Timings;
  readonly samples: Samples | undefined;
  readonly warnings: LocationWarnings | null;
}

export const NO_EXTRAS: Extras = { timings: {}, samples: undefined, warnings: null };

/** Answers whether there was anything to write but the mask. */
export function writeExtras(
  to: VarintWriter,
  { lastResult, warnings }: LocationStatus,
  words: StringTable,
): boolean {
  const ok = lastResult?.outcome === 'ok' ? lastResult : null;
  let mask = ok?.samples ? SAMPLES : 0;
  for (const [phase, bit] of PHASES) if (ok?.timings[phase] !== undefined) mask |= bit;
  for (const [kind, bit] of KINDS) if (warnings?.[kind]) mask |= bit;
  to.byte(mask);
  for (const [phase, bit] of PHASES) if (mask & bit) to.byte(toLogByte(ok?.timings[phase]));
  if (mask & SAMPLES) for (const byte of toSampleBytes(ok?.samples)) to.byte(byte);
  for (const [kind] of KINDS) if (warnings?.[kind]) writeWarning(to, warnings[kind], words);
  return mask !== 0;
}

function writeWarning(
  to: VarintWriter,
  { active, streak, code, limit }: LocationWarning,
  words: StringTable,
): void {
  to.byte(DEGRADED_CODES.indexOf(code) | (active ? WARNS : 0));
  to.unsigned(streak);
  to.unsigned(words.add(`${limit}`));
}

export function readExtras(from: VarintReader, words: readonly string[]): Extras {
  const mask = from.byte();
  if (mask === 0) return NO_EXTRAS;
  const timings: Timings = {};
  for (const [phase, bit] of PHASES) {
    const ms = mask & bit ? fromLogByte(from.byte()) : undefined;
    if (ms !== undefined) timings[phase] = ms;
  }
  const samples =
    mask & SAMPLES ? fromSampleBytes(Array.from({ length: SAMPLE_BYTES }, () => from.byte())) : undefined;
  const [degraded, certificate] = KINDS.map(([, bit]) => (mask & bit ? readWarning(from, words) : null));
  return {
    timings,
    samples,
    warnings:
      degraded || certificate ? { degraded: degraded ?? null, certificate: certificate ?? null } : null,
  };
}

function readWarning(from: VarintReader, words: readonly string[]): LocationWarning {
  const flags = from.byte();
  const streak = from.unsigned();
  const limit = Number(words[from.unsigned()]);
  return {
    active: (flags & WARNS) !== 0,
    streak,
    code: DEGRADED_CODES[flags & ~WARNS] as Degraded['code'],
    limit,
  };
}
