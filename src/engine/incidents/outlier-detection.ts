// A witness that accuses everybody is suspect: when a location is quarantined, and when it is believed again.

import { type LocationState, type MonitorState, SLOT_MS, type State, type View } from '../model/state.ts';
import { abstention, assignedLocations, isQuarantined } from '../voting/quorum.ts';

const MIN_ACCUSED = 3;
const MIN_NETWORKS = 3;
/** Of the monitors that it was asked about, it accuses at least so many … */
const ACCUSED_SHARE = 0.5;
/** … and of these, so many were seen well from most other locations. */
const REFUTED_SHARE = 0.8;
const AGREEING_SHARE = 0.9;

/** At most a third of the mesh may be suspect at once: more of them are a regional outage. */
export const mostQuarantined = (state: State): number =>
  Math.floor([...state.locations.values()].filter(({ enabled }) => enabled).length / 3);

/** How far back the looks of a closing round reach: to the look that started it, which may have hung. */
export const roundReachMs = ({ policy }: MonitorState): number => policy.timeoutMs + SLOT_MS;

export interface Suspicion {
  readonly location: LocationState;
  readonly asked: number;
  readonly accused: number;
  /** Start of its first failing look. */
  readonly since: number;
}

/**
 * The locations to quarantine when a fan-out round closes, judged on the looks since `since`. None, when they would be
 * too many together with those that are quarantined already.
 */
export function suspectsOf(state: State, since: number): Suspicion[] {
  const suspects = [...state.locations.values()]
    .filter((location) => location.enabled && location.incident === null)
    .flatMap((location) => suspicionOf(state, location, since) ?? []);
  const already = [...state.locations.values()].filter(isQuarantined).length;
  return suspects.length + already > mostQuarantined(state) ? [] : suspects;
}

/**
 * It failed at least 3 monitors on at least 3 networks and half of those it was asked about, of which at least 80 %
 * were ok from most others.
 */
function suspicionOf(state: State, location: LocationState, since: number): Suspicion | null {
  let asked = 0;
  let refuted = 0;
  let first = Number.POSITIVE_INFINITY;
  const accused: MonitorState[] = [];
  for (const monitor of state.monitors.values()) {
    const view = monitor.views.get(location.number);
    if (!view || view.measuredAt < since || monitor.policy.paused) continue;
    asked += 1;
    if (view.streakOf !== 'failed') continue;
    accused.push(monitor);
    first = Math.min(first, view.streakSince);
    if (isRefuted(state, monitor, location, since)) refuted += 1;
  }
  const isSuspect =
    accused.length >= MIN_ACCUSED &&
    accused.length >= ACCUSED_SHARE * asked &&
    refuted >= REFUTED_SHARE * accused.length &&
    new Set(accused.flatMap(({ network }) => network ?? [])).size >= MIN_NETWORKS;
  return isSuspect ? { location, asked, accused: accused.length, since: Math.max(first, since) } : null;
}

/** Were most of the others that looked as well served? */
function isRefuted(state: State, monitor: MonitorState, accuser: LocationState, since: number): boolean {
  let ok = 0;
  let others = 0;
  for (const location of assignedLocations(state, monitor.policy)) {
    const view = monitor.views.get(location.number);
    if (location === accuser || !view || view.measuredAt < since || isQuarantined(location)) continue;
    others += 1;
    if (view.streakOf === 'ok') ok += 1;
  }
  return 2 * ok > others;
}

/** Two looks in a row at each monitor, and they agree with most others about at least 90 % of the monitors. */
export function isCredible(state: State, location: LocationState, at: number): boolean {
  const detectedAt = location.incident?.detectedAt ?? 0;
  let assigned = 0;
  let agreeing = 0;
  let dissenting = 0;
  for (const monitor of state.monitors.values()) {
    const view = monitor.views.get(location.number);
    if (!view || monitor.policy.paused) continue;
    assigned += 1;
    const others = opinionOfOthers(state, monitor, location, at);
    if (others === null || view.measuredAt <= detectedAt) continue;
    if (view.streakOf !== others) dissenting += 1;
    else if (hasTwoLooks(view, monitor)) agreeing += 1;
  }
  return agreeing >= Math.min(MIN_ACCUSED, assigned) && agreeing >= AGREEING_SHARE * (agreeing + dissenting);
}

const hasTwoLooks = (view: View, { policy }: MonitorState): boolean =>
  view.streak >= Math.min(2, Math.max(policy.failures, policy.recoveries));

/** What most other locations say of a monitor right now; null where they are divided or silent. */
function opinionOfOthers(
  state: State,
  monitor: MonitorState,
  location: LocationState,
  at: number,
): 'ok' | 'failed' | null {
  let balance = 0;
  for (const other of assignedLocations(state, monitor.policy)) {
    const view = monitor.views.get(other.number);
    if (other === location || !view || abstention(view, other, monitor.policy, at) !== null) continue;
    balance += view.vote === 'failing' ? -1 : 1;
  }
  return balance === 0 ? null : balance > 0 ? 'ok' : 'failed';
}
