// Owns the newest days of a monitor as bytes, the newest first: a day that was up in full takes one byte.

import { MOMENTS, type Moment, type MomentTotals } from '../../uptime/model.ts';
import { NO_TIME } from '../../uptime/moments.ts';
import { VarintReader, VarintWriter } from '../varint.ts';
import { DAY_MS } from './ids.ts';

/** A status page shows 90, today included. */
export const RECENT_DAYS = 91;

export function encodeRecent(days: readonly MomentTotals[]): Uint8Array {
  const to = new VarintWriter();
  for (const totals of days.slice(0, RECENT_DAYS)) {
    const present = MOMENTS.filter((moment) => totals[moment] > 0);
    if (totals.up === DAY_MS) {
      to.byte(0);
      continue;
    }
    to.byte(0x80 | present.reduce((bits, moment) => bits | (1 << MOMENTS.indexOf(moment)), 0));
    for (const moment of present) to.unsigned(totals[moment]);
  }
  return to.finish();
}

export function decodeRecent(bytes: Uint8Array): MomentTotals[] {
  const from = new VarintReader(bytes);
  const days: MomentTotals[] = [];
  while (!from.done) {
    const mask = from.byte();
    if (mask === 0) {
      days.push({ ...NO_TIME, up: DAY_MS });
      continue;
    }
    const totals: Record<Moment, number> = { ...NO_TIME };
    for (const [bit, moment] of MOMENTS.entries()) if (mask & (1 << bit)) totals[moment] = from.unsigned();
    days.push(totals);
  }
  return days;
}
