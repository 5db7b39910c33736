// Owns the rule for quarantine that needs no networks: a single location that fails what every other voter sees ok, for a
// while. Two such locations are a regional problem. Opens no incident.

import {
  LONE_OUTLIER_FAILED_SHARE,
  LONE_OUTLIER_INTERVALS,
  LONE_OUTLIER_MIN_MONITORS,
  MIN_CONTRADICTING_PEERS,
} from '../model/policy.ts';
import type { LocationState, LocationStatus, MonitorState, State } from '../model/state.ts';
import { abstainReason } from '../voting/quorum.ts';
import type { Outlier } from './outlier-detection.ts';

/** The location as an outlier, if it alone fails nearly everything that all others see ok. */
export function detectLoneOutlier(state: State, location: LocationState, at: number): Outlier | null {
  if (!location.enabled || location.incident !== null) return null;
  let checkedMonitors = 0;
  let failedMonitors = 0;
  let since = Number.POSITIVE_INFINITY;
  for (const monitor of state.monitors.values()) {
    const status = monitor.byLocation.get(location.number);
    if (!status || monitor.policy.paused || abstainReason(status, location, monitor.policy, at) !== null)
      continue;
    if (!isOkForAllOthers(state, monitor, location, at)) continue;
    checkedMonitors += 1;
    if (!hasFailedLong(status, monitor, at)) continue;
    failedMonitors += 1;
    since = Math.min(since, status.streakSince!);
  }
  const isOutlier =
    checkedMonitors >= LONE_OUTLIER_MIN_MONITORS &&
    failedMonitors >= LONE_OUTLIER_FAILED_SHARE * checkedMonitors;
  return isOutlier ? { location, rule: 'alone', checkedMonitors, failedMonitors, since } : null;
}

const hasFailedLong = (
  { streakOf, streakSince }: LocationStatus,
  { policy }: MonitorState,
  at: number,
): boolean => streakOf === 'failed' && at - streakSince! >= LONE_OUTLIER_INTERVALS * policy.intervalMs;

/** At least two others vote, and each of them passes: one location's word against another's proves nothing. */
function isOkForAllOthers(
  state: State,
  monitor: MonitorState,
  candidate: LocationState,
  at: number,
): boolean {
  let others = 0;
  for (const [number, status] of monitor.byLocation) {
    const location = state.locations.get(number);
    if (!location || location === candidate) continue;
    if (abstainReason(status, location, monitor.policy, at) !== null) continue;
    if (status.vote !== 'passing' || status.streakOf !== 'ok') return false;
    others += 1;
  }
  return others >= MIN_CONTRADICTING_PEERS;
}
