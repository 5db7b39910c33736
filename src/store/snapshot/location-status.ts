// Owns one location status as bytes, and back. The header and the extras hold the details that fit no byte.
import type { Timings } from '../../../probes/contract/index.ts';
import type { LocationStatus, StoredObservation } from '../../engine/model/state.ts';
import { fromLogByte, toLogByte } from '../../uptime/log-steps.ts';
import type { VarintReader, VarintWriter } from '../varint.ts';
import type { Extras } from './extras.ts';
import { readTime, writeTime } from './time.ts';

const VOTES = ['none', 'passing', 'failing'] as const;
const STREAKS = ['none', 'ok', 'failed'] as const;
const NO_RESPONSE = 16;
const NEVER_MEASURED = 32;
const CHECKED_LATER = 64;
const TIMINGS = ['connectMs', 'dnsMs', 'totalMs'] as const;

export function encodeLocationStatus(to: VarintWriter, status: LocationStatus, at: number): void {
  const { lastMeasuredAt, lastCheckedAt } = status;
  const later = lastCheckedAt !== lastMeasuredAt;
  to.byte(
    VOTES.indexOf(status.vote) |
      (STREAKS.indexOf(status.streakOf) << 2) |
      (status.noResponse ? NO_RESPONSE : 0) |
      (lastMeasuredAt === null ? NEVER_MEASURED : 0) |
      (later ? CHECKED_LATER : 0),
  );
  if (later) writeTime(to, at, lastCheckedAt);
  if (lastMeasuredAt === null) {
    writeTime(to, at, status.assignedAt);
    return;
  }
  to.signed(at - lastMeasuredAt);
  to.byte(status.streak);
  to.unsigned(lastMeasuredAt - (status.streakSince ?? lastMeasuredAt));
  for (const one of TIMINGS) to.byte(toLogByte(status.lastResult?.timings[one]));
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a location status has a vote or a streak that does not exist');
  return value;
}

/** The parts of a status that are not in its bytes. */
export interface Details {
  /** The last result, if it is not ok. */
  readonly failed: StoredObservation | undefined;
  readonly lastUnmeasured: StoredObservation | null;
  readonly degraded: StoredObservation['degraded'];
  readonly extras: Extras;
}

export function decodeLocationStatus(
  from: VarintReader,
  at: number,
  { failed, lastUnmeasured, degraded, extras }: Details,
): Omit<LocationStatus, 'network'> {
  const { warnings, samples } = extras;
  const flags = from.byte();
  if (flags >= 2 * CHECKED_LATER) throw new Error(`the flags ${flags} of a location status do not exist`);
  const base = {
    vote: known(VOTES[flags & 3]),
    streakOf: known(STREAKS[(flags >> 2) & 3]),
    noResponse: (flags & NO_RESPONSE) !== 0,
    lastUnmeasured,
    warnings,
  };
  const checkedLaterAt = flags & CHECKED_LATER ? readTime(from, at) : null;
  if (flags & NEVER_MEASURED) {
    const assignedAt = readTime(from, at);
    const never = { streak: 0, streakSince: null, lastMeasuredAt: null, lastResult: null };
    return { ...base, ...never, lastCheckedAt: checkedLaterAt, assignedAt };
  }
  const lastMeasuredAt = at - from.signed();
  const streak = from.byte();
  const streakSince = lastMeasuredAt - from.unsigned();
  const timings: Timings = { ...extras.timings };
  for (const one of TIMINGS) {
    const value = fromLogByte(from.byte());
    if (value !== undefined) timings[one] = value;
  }
  const lastResult: StoredObservation = failed ?? {
    ...{ startedAt: lastMeasuredAt, outcome: 'ok', timings },
    ...(samples ? { samples } : {}),
    ...(degraded ? { degraded } : {}),
  };
  return {
    ...base,
    ...{ streak, streakSince, lastMeasuredAt, lastResult, assignedAt: null },
    lastCheckedAt: checkedLaterAt ?? lastMeasuredAt,
  };
}

/** Reads past a status. */
export function skipLocationStatus(from: VarintReader): void {
  const flags = from.byte();
  if (flags & CHECKED_LATER) readTime(from, 0);
  if (flags & NEVER_MEASURED) {
    readTime(from, 0);
    return;
  }
  from.signed();
  from.byte();
  from.unsigned();
  for (let left = TIMINGS.length; left > 0; left -= 1) from.byte();
}
