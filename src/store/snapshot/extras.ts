// Owns what only some location statuses have: TLS and reply timings and samples of an ok run, and the location's
// warnings. One mask byte for each status, in the order of the statuses.
import { DEGRADED_CODES, type Samples, type Timings } from '../../../probes/contract/index.ts';
import type { LocationStatus } from '../../engine/model/state.ts';
import type { LocationWarning } from '../../engine/model/warning.ts';
import { fromLogByte, toLogByte } from '../../uptime/log-steps.ts';
import { fromSampleBytes, SAMPLE_BYTES, toSampleBytes } from '../journal/sample-bytes.ts';
import type { VarintReader, VarintWriter } from '../varint.ts';
import { limitAt, type StringTable } from './observation.ts';

const PHASES = [
  ['tlsMs', 1],
  ['firstByteMs', 2],
] as const;
const SAMPLES = 4;
const KINDS = [
  ['degraded', 8],
  ['certificate', 16],
] as const;
const ALL = 1 | 2 | SAMPLES | 8 | 16;
const ACTIVE = 128;

export interface Extras extends Pick<LocationStatus, 'warnings'> {
  readonly timings: Timings;
  readonly samples: Samples | undefined;
}

export const NO_EXTRAS: Extras = { timings: {}, samples: undefined, warnings: null };

/** Returns whether anything but an empty mask was written. */
export function writeExtras(
  to: VarintWriter,
  { lastResult, warnings }: LocationStatus,
  strings: StringTable,
): boolean {
  const ok = lastResult?.outcome === 'ok' ? lastResult : null;
  let mask = ok?.samples ? SAMPLES : 0;
  for (const [phase, bit] of PHASES) if (ok?.timings[phase] !== undefined) mask |= bit;
  for (const [kind, bit] of KINDS) if (warnings?.[kind]) mask |= bit;
  to.byte(mask);
  for (const [phase, bit] of PHASES) if (mask & bit) to.byte(toLogByte(ok?.timings[phase]));
  if (mask & SAMPLES) for (const byte of toSampleBytes(ok?.samples)) to.byte(byte);
  for (const [kind] of KINDS) if (warnings?.[kind]) writeWarning(to, warnings[kind], strings);
  return mask !== 0;
}

function writeWarning(
  to: VarintWriter,
  { active, streak, code, limit }: LocationWarning,
  strings: StringTable,
): void {
  to.byte(DEGRADED_CODES.indexOf(code) | (active ? ACTIVE : 0));
  to.unsigned(streak);
  to.unsigned(strings.add(`${limit}`));
}

export function readExtras(from: VarintReader, strings: readonly string[]): Extras {
  const mask = from.byte();
  if (mask === 0) return NO_EXTRAS;
  if (mask > ALL) throw new Error(`the extras ${mask} of a location status do not exist`);
  const timings: Timings = {};
  for (const [phase, bit] of PHASES) {
    const ms = mask & bit ? fromLogByte(from.byte()) : undefined;
    if (ms !== undefined) timings[phase] = ms;
  }
  const samples =
    mask & SAMPLES ? fromSampleBytes(Array.from({ length: SAMPLE_BYTES }, () => from.byte())) : undefined;
  const [degraded, certificate] = KINDS.map(([, bit]) => (mask & bit ? readWarning(from, strings) : null));
  return {
    timings,
    samples,
    warnings:
      degraded || certificate ? { degraded: degraded ?? null, certificate: certificate ?? null } : null,
  };
}

/** Reads past the extras of a status. */
export function skipExtras(from: VarintReader): void {
  const mask = from.byte();
  if (mask === 0) return;
  for (const [, bit] of PHASES) if (mask & bit) from.byte();
  if (mask & SAMPLES) for (let left = SAMPLE_BYTES; left > 0; left -= 1) from.byte();
  for (const [, bit] of KINDS) {
    if ((mask & bit) === 0) continue;
    from.byte();
    from.unsigned();
    from.unsigned();
  }
}

function readWarning(from: VarintReader, strings: readonly string[]): LocationWarning {
  const flags = from.byte();
  const streak = from.unsigned();
  const limit = limitAt(strings, from.unsigned());
  const code = DEGRADED_CODES[flags & ~ACTIVE];
  if (code === undefined) throw new Error(`the warning ${flags} of a location status does not exist`);
  return { active: (flags & ACTIVE) !== 0, streak, code, limit };
}
