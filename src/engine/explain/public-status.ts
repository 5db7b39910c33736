// What the public is told: one word for everything, from the verdicts of the public monitors.

import type { State, Verdict } from '../model/state.ts';
import { countVotes, judge } from '../voting/quorum.ts';

export type PublicState = 'operational' | 'partial_outage' | 'major_outage' | 'maintenance' | 'blind';

/** A verdict as of `now`: votes that went stale since the last commit do not count any more. */
export function currentVerdict(state: State, number: number, now: number): Verdict {
  const monitor = state.monitors.get(number);
  return monitor ? judge(monitor, countVotes(state, monitor, now)) : 'undecided';
}

/** How one public monitor is. */
export interface PublicStanding {
  readonly verdict: Verdict;
  /** Under maintenance: whatever its verdict, it was planned. */
  readonly maintenance: boolean;
}

/**
 * - major_outage: at least half of the monitors are down.
 * - partial_outage: any is down or partial.
 * - blind: at least half are undecided.
 * - maintenance: only maintenance is going on.
 * - operational: everything else, nothing to watch included.
 */
export function publicState(monitors: readonly PublicStanding[]): PublicState {
  const share = (verdict: Verdict): number =>
    monitors.length === 0
      ? 0
      : monitors.filter((monitor) => !monitor.maintenance && monitor.verdict === verdict).length /
        monitors.length;
  if (share('down') >= 0.5) return 'major_outage';
  if (share('down') > 0 || share('partial') > 0) return 'partial_outage';
  if (share('undecided') >= 0.5) return 'blind';
  return monitors.some(({ maintenance }) => maintenance) ? 'maintenance' : 'operational';
}
