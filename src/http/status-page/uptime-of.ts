// Owns the uptime over days as a page shows it. Pure.
import type { DayBar, Uptime } from '../../uptime/model.ts';

/** 1 − down / (down + partial + up): maintenance, pauses and time without data count neither way. */
export function uptimeOf(bars: readonly Pick<DayBar, 'totals'>[]): Uptime {
  const sum = (moment: 'down' | 'partial' | 'up'): number =>
    bars.reduce((total, { totals }) => total + totals[moment], 0);
  const counted = sum('down') + sum('partial') + sum('up');
  return counted === 0 ? null : 1 - sum('down') / counted;
}
