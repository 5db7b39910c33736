// Owns incidents of locations: quarantined (it contradicts its peers) and lost (it measures nothing). Counts no votes.

import { chain, type Effects, unchanged } from '../model/effects.ts';
import { isHeartbeatLocation } from '../model/heartbeat.ts';
import type { ReportEntry } from '../model/journal.ts';
import type { LocationEvent, LocationNotification } from '../model/notification.ts';
import { noDataAfterMs, staleAfterMs } from '../model/policy.ts';
import type { EndReason, LocationIncident, LocationState, State } from '../model/state.ts';
import { isQuarantined } from '../voting/quorum.ts';
import { detectLoneOutlier } from './lone-outlier.ts';
import { agreesWithPeers, findOutliers, maxQuarantined, type Outlier } from './outlier-detection.ts';

/** Records what a report shows of its own location. */
export function recordReport(state: State, location: LocationState, entry: ReportEntry): Effects<State> {
  const measured = entry.measured ?? entry.observations.some(({ outcome }) => outcome !== 'unmeasured');
  const reported: LocationState = {
    ...location,
    missedDeadlines: entry.missedDeadline ? location.missedDeadlines + 1 : 0,
    ...(entry.error === null
      ? { lastReportAt: entry.answeredAt }
      : { lastErrorAt: entry.answeredAt, error: entry.error }),
    ...(measured
      ? { lastMeasuredAt: entry.answeredAt, unmeasuredSince: null }
      : { unmeasuredSince: location.unmeasuredSince ?? entry.askedAt }),
  };
  const next = withLocation(state, reported);
  return measured && reported.incident?.kind === 'lost'
    ? endLocationIncident(next, reported, null, entry.at)
    : unchanged(next);
}

/** Quarantines the locations that a closing round has shown to be outliers. */
export function quarantineOutliers(state: State, since: number, at: number): Effects<State> {
  let effects = unchanged(state);
  for (const outlier of findOutliers(state, since))
    effects = chain(effects, (before) => quarantine(before, outlier, at));
  return effects;
}

const quarantine = (
  state: State,
  { location, rule, failedMonitors, checkedMonitors, since: startedAt }: Outlier,
  at: number,
): Effects<State> =>
  openLocationIncident(state, location, {
    ...{ kind: 'quarantined', rule, startedAt, detectedAt: at, failedMonitors, checkedMonitors },
  });

/**
 * Quarantines the location if it alone is an outlier on few networks. A second such location makes it a regional
 * problem: then none is in quarantine for it.
 */
export function quarantineLoneOutlier(state: State, number: number, at: number): Effects<State> {
  const location = state.locations.get(number);
  const outlier = location && maxQuarantined(state) > 0 ? detectLoneOutlier(state, location, at) : null;
  if (!outlier) return unchanged(state);
  const others = [...state.locations.values()].filter(isQuarantined);
  if (others.length === 0) return quarantine(state, outlier, at);
  return others
    .filter(({ incident }) => incident?.rule === 'alone')
    .reduce(
      (effects, other) =>
        chain(effects, (before) => endLocationIncident(before, other, 'regional_problem', at)),
      unchanged(state),
    );
}

/** Ends the quarantine of a location that agrees with its peers again. */
export function releaseRecovered(state: State, number: number, at: number): Effects<State> {
  const location = state.locations.get(number);
  return location && isQuarantined(location) && agreesWithPeers(state, location, at)
    ? endLocationIncident(state, location, null, at)
    : unchanged(state);
}

/** Opens an incident of every location that has measured nothing for too long while ticks were running. */
export function detectLost(state: State, at: number): Effects<State> {
  let effects = unchanged(state);
  for (const location of state.locations.values()) {
    const { enabled, unmeasuredSince, incident: open } = location;
    // No probe runs there: what is not measured shows at its monitors.
    if (!enabled || unmeasuredSince === null || open !== null || isHeartbeatLocation(location)) continue;
    if (at < Math.max(unmeasuredSince, state.resumedAt) + lostAfterMs(state, location, unmeasuredSince))
      continue;
    const incident = {
      kind: 'lost',
      startedAt: unmeasuredSince,
      detectedAt: at,
      failedMonitors: 0,
      checkedMonitors: 0,
    } as const;
    effects = chain(effects, (before) => openLocationIncident(before, location, incident));
  }
  return effects;
}

/**
 * By the shortest interval of the monitors that it measured before; a location without monitors is never lost. A monitor
 * whose job always fails there shows nothing of a location that measures its other monitors on time.
 */
function lostAfterMs(state: State, { number }: LocationState, unmeasuredSince: number): number {
  let measuredMs = Number.POSITIVE_INFINITY;
  let anyMs = Number.POSITIVE_INFINITY;
  for (const { policy, byLocation } of state.monitors.values()) {
    const status = byLocation.get(number);
    if (policy.paused || !status) continue;
    anyMs = Math.min(anyMs, policy.intervalMs);
    if ((status.lastMeasuredAt ?? Number.NEGATIVE_INFINITY) >= unmeasuredSince - staleAfterMs(policy))
      measuredMs = Math.min(measuredMs, policy.intervalMs);
  }
  return noDataAfterMs({ intervalMs: Number.isFinite(measuredMs) ? measuredMs : anyMs });
}

/** A disabled location has no incident, and a mesh that shrank may need its quarantined locations. */
export function reviewLocationIncidents(state: State, at: number): Effects<State> {
  const quarantined = [...state.locations.values()].filter(isQuarantined);
  const tooMany = quarantined.length > maxQuarantined(state);
  let effects = unchanged(state);
  for (const location of state.locations.values()) {
    if (location.incident === null) continue;
    const reason = !location.enabled
      ? 'disabled'
      : tooMany && isQuarantined(location)
        ? 'too_few_locations'
        : null;
    if (reason !== null)
      effects = chain(effects, (before) => endLocationIncident(before, location, reason, at));
  }
  return effects;
}

const withLocation = (state: State, location: LocationState): State => ({
  ...state,
  locations: new Map(state.locations).set(location.number, location),
});

function openLocationIncident(
  state: State,
  location: LocationState,
  opened: Omit<LocationIncident, 'id'>,
): Effects<State> {
  const incident = { id: `loc_${opened.detectedAt.toString(36)}_${location.number}`, ...opened };
  const snapshot = { ...incident, resolvedAt: null, reason: null };
  return {
    value: withLocation(state, { ...location, incident }),
    notifications: [locationNotification(incident.kind, location.number, snapshot, opened.detectedAt)],
    records: [{ incident: snapshot, location: location.number }],
  };
}

function endLocationIncident(
  state: State,
  location: LocationState,
  reason: EndReason | null,
  at: number,
): Effects<State> {
  const snapshot = { ...(location.incident as LocationIncident), resolvedAt: at, reason };
  return {
    value: withLocation(state, { ...location, incident: null }),
    notifications: [locationNotification('recovered', location.number, snapshot, at)],
    records: [{ incident: snapshot, location: location.number }],
  };
}

type LastPart<T> = T extends `location.${infer Part}` ? Part : never;

const locationNotification = (
  event: LastPart<LocationEvent>,
  location: number,
  incident: LocationNotification['incident'],
  at: number,
): LocationNotification => ({
  id: `${incident.id}_${event}`,
  event: `location.${event}`,
  at,
  location,
  startedAt: incident.startedAt,
  incident,
});
