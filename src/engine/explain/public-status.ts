// Owns the overall public status, from the verdicts of the public monitors. Does not word it.

import type { State, Verdict } from '../model/state.ts';
import { countVotes, verdictFor } from '../voting/quorum.ts';

export type PublicState = 'operational' | 'partial_outage' | 'major_outage' | 'maintenance' | 'no_data';

/** The verdict as of `now`: votes that expired since the last commit do not count any more. */
export function currentVerdict(state: State, number: number, now: number): Verdict {
  const monitor = state.monitors.get(number);
  return monitor ? verdictFor(monitor, countVotes(state, monitor, now)) : 'no_data';
}

export interface PublicMonitor {
  readonly verdict: Verdict;
  /** Planned work: the verdict does not count. */
  readonly maintenance: boolean;
}

/**
 * - major_outage: at least half of the monitors are down.
 * - partial_outage: any is down or partial.
 * - no_data: at least half have no data.
 * - maintenance: at least one is under maintenance.
 * - operational: everything else, also without any monitor.
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
