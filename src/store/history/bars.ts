// Owns the newest days of monitors as a status page shows them, read in one statement, today included.
import type { DayBar } from '../../uptime/model.ts';

/** By monitor number, oldest day first: at most 90 days. A monitor without a history is missing. */
export async function readBars(
  _db: D1Database,
  _numbers: readonly number[],
  _now: number,
): Promise<ReadonlyMap<number, readonly DayBar[]>> {
  return new Map();
}
