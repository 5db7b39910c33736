// What the public is told: one word for everything, from the verdicts of the public monitors.

import type { State, Verdict } from '../model/state.ts';
import { countVotes, verdictFor } from '../voting/quorum.ts';

export type PublicState = 'operational' | 'partial_outage' | 'major_outage' | 'maintenance' | 'no_data';

/** A verdict as of `now`: votes that went stale since the last commit do not count any more. */
export function currentVerdict(state: State, number: number, now: number): Verdict {
  const monitor = state.monitors.get(number);
  return monitor ? verdictFor(monitor, countVotes(state, monitor, now)) : 'no_data';
}

/** How one public monitor is. */
export interface PublicMonitor {
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
export function overallStatus(monitors: readonly PublicMonitor[]): PublicState {
  const share = (verdict: Verdict): number =>
    monitors.length === 0
      ? 0
      : monitors.filter((monitor) => !monitor.maintenance && monitor.verdict === verdict).length /
        monitors.length;
  if (share('down') >= 0.5) return 'major_outage';
  if (share('down') > 0 || share('partial') > 0) return 'partial_outage';
  if (share('no_data') >= 0.5) return 'no_data';
  return monitors.some(({ maintenance }) => maintenance) ? 'maintenance' : 'operational';
}
