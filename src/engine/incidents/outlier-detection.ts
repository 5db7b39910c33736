// A witness that accuses everybody is suspect: when a location is quarantined, and when it is believed again.

import {
  type LocationState,
  type LocationStatus,
  type MonitorState,
  SLOT_MS,
  type State,
} from '../model/state.ts';
import { abstainReason, assignedLocations, isQuarantined } from '../voting/quorum.ts';

const MIN_FAILED = 3;
const MIN_NETWORKS = 3;
/** Of the monitors that it was asked about, it accuses at least so many … */
const FAILED_SHARE = 0.5;
/** … and of these, so many were seen well from most other locations. */
const CONTRADICTED_SHARE = 0.8;
const AGREEING_SHARE = 0.9;

/** At most a third of the mesh may be suspect at once: more of them are a regional outage. */
export const maxQuarantined = (state: State): number =>
  Math.floor([...state.locations.values()].filter(({ enabled }) => enabled).length / 3);

/** How far back the looks of a closing round reach: to the look that started it, which may have hung. */
export const roundLookbackMs = ({ policy }: MonitorState): number => policy.timeoutMs + SLOT_MS;

export interface Outlier {
  readonly location: LocationState;
  readonly checkedMonitors: number;
  readonly failedMonitors: number;
  /** Start of its first failing look. */
  readonly since: number;
}

/**
 * The locations to quarantine when a fan-out round closes, judged on the looks since `since`. None, when they would be
 * too many together with those that are quarantined already.
 */
export function findOutliers(state: State, since: number): Outlier[] {
  const outliers = [...state.locations.values()]
    .filter((location) => location.enabled && location.incident === null)
    .flatMap((location) => detectOutlier(state, location, since) ?? []);
  const already = [...state.locations.values()].filter(isQuarantined).length;
  return outliers.length + already > maxQuarantined(state) ? [] : outliers;
}

/**
 * It failed at least 3 monitors on at least 3 networks and half of those it was asked about, of which at least 80 %
 * were ok from most others.
 */
function detectOutlier(state: State, location: LocationState, since: number): Outlier | null {
  let checkedMonitors = 0;
  let refuted = 0;
  let first = Number.POSITIVE_INFINITY;
  const failedMonitors: MonitorState[] = [];
  for (const monitor of state.monitors.values()) {
    const status = monitor.byLocation.get(location.number);
    if (!status || status.lastMeasuredAt < since || monitor.policy.paused) continue;
    checkedMonitors += 1;
    if (status.streakOf !== 'failed') continue;
    failedMonitors.push(monitor);
    first = Math.min(first, status.streakSince);
    if (isContradictedByPeers(state, monitor, location, since)) refuted += 1;
  }
  const isSuspect =
    failedMonitors.length >= MIN_FAILED &&
    failedMonitors.length >= FAILED_SHARE * checkedMonitors &&
    refuted >= CONTRADICTED_SHARE * failedMonitors.length &&
    new Set(failedMonitors.flatMap(({ network }) => network ?? [])).size >= MIN_NETWORKS;
  return isSuspect
    ? { location, checkedMonitors, failedMonitors: failedMonitors.length, since: Math.max(first, since) }
    : null;
}

/** Were most of the others that looked as well served? */
function isContradictedByPeers(
  state: State,
  monitor: MonitorState,
  firstReporter: LocationState,
  since: number,
): boolean {
  let ok = 0;
  let others = 0;
  for (const location of assignedLocations(state, monitor.policy)) {
    const status = monitor.byLocation.get(location.number);
    if (location === firstReporter || !status || status.lastMeasuredAt < since || isQuarantined(location))
      continue;
    others += 1;
    if (status.streakOf === 'ok') ok += 1;
  }
  return 2 * ok > others;
}

/** Two looks in a row at each monitor, and they agree with most others about at least 90 % of the monitors. */
export function agreesWithPeers(state: State, location: LocationState, at: number): boolean {
  const detectedAt = location.incident?.detectedAt ?? 0;
  let assigned = 0;
  let agreeing = 0;
  let dissenting = 0;
  for (const monitor of state.monitors.values()) {
    const status = monitor.byLocation.get(location.number);
    if (!status || monitor.policy.paused) continue;
    assigned += 1;
    const others = peerMajority(state, monitor, location, at);
    if (others === null || status.lastMeasuredAt <= detectedAt) continue;
    if (status.streakOf !== others) dissenting += 1;
    else if (hasTwoResults(status, monitor)) agreeing += 1;
  }
  return agreeing >= Math.min(MIN_FAILED, assigned) && agreeing >= AGREEING_SHARE * (agreeing + dissenting);
}

const hasTwoResults = (status: LocationStatus, { policy }: MonitorState): boolean =>
  status.streak >= Math.min(2, Math.max(policy.failures, policy.recoveries));

/** What most other locations say of a monitor right now; null where they are divided or silent. */
function peerMajority(
  state: State,
  monitor: MonitorState,
  location: LocationState,
  at: number,
): 'ok' | 'failed' | null {
  let balance = 0;
  for (const other of assignedLocations(state, monitor.policy)) {
    const status = monitor.byLocation.get(other.number);
    if (other === location || !status || abstainReason(status, other, monitor.policy, at) !== null) continue;
    balance += status.vote === 'failing' ? -1 : 1;
  }
  return balance === 0 ? null : balance > 0 ? 'ok' : 'failed';
}
