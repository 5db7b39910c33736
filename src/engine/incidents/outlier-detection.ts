// Owns which locations are outliers: they fail what their peers reach. Also when one is trusted again. Opens no incident.

import { isHeartbeatLocation } from '../model/heartbeat.ts';
import {
  MAX_QUARANTINED_ONE_IN,
  MIN_CONTRADICTING_PEERS,
  OUTLIER_CONTRADICTED_SHARE,
  OUTLIER_FAILED_SHARE,
  OUTLIER_MIN_FAILED,
  OUTLIER_MIN_NETWORKS,
  RECOVERED_AGREEING_SHARE,
  SLOT_MS,
} from '../model/policy.ts';
import type { LocationState, LocationStatus, MonitorState, QuarantineRule, State } from '../model/state.ts';
import { abstainReason, assignedLocations, isQuarantined } from '../voting/quorum.ts';
import { networkKey } from './target-network.ts';

export const maxQuarantined = (state: State): number =>
  Math.floor(probeLocations(state).length / MAX_QUARANTINED_ONE_IN);

/** Enabled locations with a probe. */
const probeLocations = (state: State): LocationState[] =>
  [...state.locations.values()].filter((location) => location.enabled && !isHeartbeatLocation(location));

/** How far back a closing round's runs reach: to the run that started it, which may have hung. */
export const roundLookbackMs = ({ policy }: MonitorState): number => policy.timeoutMs + SLOT_MS;

export interface Outlier {
  readonly location: LocationState;
  readonly rule: QuarantineRule;
  readonly checkedMonitors: number;
  readonly failedMonitors: number;
  /** Start of its first failing run. */
  readonly since: number;
}

/** The locations to quarantine when a round closes, by the runs since `since`. None if they would be too many. */
export function findOutliers(state: State, since: number): Outlier[] {
  const outliers = probeLocations(state)
    .filter((location) => location.incident === null)
    .flatMap((location) => detectOutlier(state, location, since) ?? []);
  const already = [...state.locations.values()].filter(isQuarantined).length;
  return outliers.length + already > maxQuarantined(state) ? [] : outliers;
}

const isMeasuredSince = ({ lastMeasuredAt }: LocationStatus, since: number): boolean =>
  lastMeasuredAt !== null && lastMeasuredAt >= since;

function detectOutlier(state: State, location: LocationState, since: number): Outlier | null {
  let checkedMonitors = 0;
  let contradicted = 0;
  let first = Number.POSITIVE_INFINITY;
  const failed: MonitorState[] = [];
  for (const monitor of state.monitors.values()) {
    const status = monitor.byLocation.get(location.number);
    if (!status || !isMeasuredSince(status, since) || monitor.policy.paused) continue;
    checkedMonitors += 1;
    if (status.streakOf !== 'failed') continue;
    failed.push(monitor);
    first = Math.min(first, status.streakSince!);
    if (isContradictedByPeers(state, monitor, location, since)) contradicted += 1;
  }
  const failedMonitors = failed.length;
  const isOutlier =
    failedMonitors >= OUTLIER_MIN_FAILED &&
    failedMonitors >= OUTLIER_FAILED_SHARE * checkedMonitors &&
    contradicted >= OUTLIER_CONTRADICTED_SHARE * failedMonitors &&
    new Set(failed.flatMap((monitor) => networkKey(monitor) ?? [])).size >= OUTLIER_MIN_NETWORKS;
  return isOutlier
    ? { location, rule: 'three_networks', checkedMonitors, failedMonitors, since: Math.max(first, since) }
    : null;
}

/** Did most of the peers that checked it as well get an ok? A monitor with a single peer proves nothing. */
function isContradictedByPeers(
  state: State,
  monitor: MonitorState,
  candidate: LocationState,
  since: number,
): boolean {
  let ok = 0;
  let peers = 0;
  const assigned = assignedLocations(state, monitor.policy);
  if (assigned.length <= MIN_CONTRADICTING_PEERS) return false;
  for (const location of assigned) {
    const status = monitor.byLocation.get(location.number);
    if (location === candidate || !status || !isMeasuredSince(status, since) || isQuarantined(location))
      continue;
    peers += 1;
    if (status.streakOf === 'ok') ok += 1;
  }
  return 2 * ok > peers;
}

/** Has the location checked its monitors twice since its quarantine, and do nearly all results match its peers'? */
export function agreesWithPeers(state: State, location: LocationState, at: number): boolean {
  const detectedAt = location.incident?.detectedAt ?? 0;
  let assigned = 0;
  let agreeing = 0;
  let dissenting = 0;
  for (const monitor of state.monitors.values()) {
    const status = monitor.byLocation.get(location.number);
    if (!status || monitor.policy.paused) continue;
    assigned += 1;
    const majority = peerMajority(state, monitor, location, at);
    if (majority === null || status.lastMeasuredAt === null || status.lastMeasuredAt <= detectedAt) continue;
    if (status.streakOf !== majority) dissenting += 1;
    else if (hasTwoResults(status, monitor)) agreeing += 1;
  }
  return (
    agreeing >= Math.min(OUTLIER_MIN_FAILED, assigned) &&
    agreeing >= RECOVERED_AGREEING_SHARE * (agreeing + dissenting)
  );
}

const hasTwoResults = (status: LocationStatus, { policy }: MonitorState): boolean =>
  status.streak >= Math.min(2, Math.max(policy.failures, policy.recoveries));

/** What most peers vote on a monitor right now; null if they are divided or abstain. */
function peerMajority(
  state: State,
  monitor: MonitorState,
  location: LocationState,
  at: number,
): 'ok' | 'failed' | null {
  let balance = 0;
  for (const peer of assignedLocations(state, monitor.policy)) {
    const status = monitor.byLocation.get(peer.number);
    if (peer === location || !status || abstainReason(status, peer, monitor.policy, at) !== null) continue;
    balance += status.vote === 'failing' ? -1 : 1;
  }
  return balance === 0 ? null : balance > 0 ? 'ok' : 'failed';
}
