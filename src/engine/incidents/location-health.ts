// Incidents of locations: quarantined because nobody believes them, lost because nobody hears them.

import type { ReportEntry } from '../model/journal.ts';
import type { IncidentRecord, LocationNotification, Notification } from '../model/notification.ts';
import type { LocationIncident, LocationState, State } from '../model/state.ts';
import { noDataAfterMs } from '../notifications/no-data.ts';
import { isQuarantined } from '../voting/quorum.ts';
import { agreesWithPeers, findOutliers, maxQuarantined } from './outlier-detection.ts';

export interface LocationEffects {
  readonly state: State;
  readonly notifications: readonly Notification[];
  readonly records: readonly IncidentRecord[];
}

/** What a report says of the location itself. */
export function recordReport(state: State, location: LocationState, entry: ReportEntry): LocationEffects {
  const measured = entry.observations.some(({ outcome }) => outcome !== 'unmeasured');
  const heard: LocationState = {
    ...location,
    missedDeadlines: entry.missedDeadline ? location.missedDeadlines + 1 : 0,
    ...(entry.error === null
      ? { lastReportAt: entry.answeredAt }
      : { lastErrorAt: entry.answeredAt, error: entry.error }),
    ...(measured
      ? { lastMeasuredAt: entry.answeredAt, unmeasuredSince: 0 }
      : { unmeasuredSince: location.unmeasuredSince || entry.askedAt }),
  };
  const next = withLocation(state, heard);
  return measured && heard.incident?.kind === 'lost'
    ? endIncident(next, heard, null, entry.at)
    : { state: next, notifications: [], records: [] };
}

/** Quarantines the locations that a closing round has shown to be suspect. */
export function quarantineOutliers(state: State, since: number, at: number): LocationEffects {
  return findOutliers(state, since).reduce<LocationEffects>(
    (located, { location, failedMonitors, checkedMonitors, since: startedAt }) =>
      chain(located, (before) =>
        openLocationIncident(before, location, {
          kind: 'quarantined',
          startedAt,
          detectedAt: at,
          failedMonitors,
          checkedMonitors,
        }),
      ),
    { state, notifications: [], records: [] },
  );
}

/** Ends the quarantine of a location that agrees with the others again. */
export function releaseRecovered(state: State, number: number, at: number): LocationEffects {
  const location = state.locations.get(number);
  return location && isQuarantined(location) && agreesWithPeers(state, location, at)
    ? endIncident(state, location, null, at)
    : { state, notifications: [], records: [] };
}

/** A location of which nothing was measured for long, while somebody was awake to hear it. */
export function detectLost(state: State, at: number): LocationEffects {
  let located: LocationEffects = { state, notifications: [], records: [] };
  for (const location of state.locations.values()) {
    const { enabled, unmeasuredSince, incident: open } = location;
    if (!enabled || unmeasuredSince === 0 || open !== null) continue;
    if (at < Math.max(unmeasuredSince, state.resumedAt) + lostAfterMs(state, location)) continue;
    const incident = {
      kind: 'lost',
      startedAt: unmeasuredSince,
      detectedAt: at,
      failedMonitors: 0,
      checkedMonitors: 0,
    } as const;
    located = chain(located, (before) => openLocationIncident(before, location, incident));
  }
  return located;
}

/** The monitor that asks it most often decides; without one, it has nothing to say. */
function lostAfterMs(state: State, { number }: LocationState): number {
  let intervalMs = Number.POSITIVE_INFINITY;
  for (const { policy, byLocation } of state.monitors.values()) {
    if (!policy.paused && byLocation.has(number)) intervalMs = Math.min(intervalMs, policy.intervalMs);
  }
  return noDataAfterMs({ intervalMs });
}

/** A location that leaves has no incident any more, and a smaller mesh may be unable to do without its suspects. */
export function reviewLocationIncidents(state: State, at: number): LocationEffects {
  const quarantined = [...state.locations.values()].filter(isQuarantined);
  const tooMany = quarantined.length > maxQuarantined(state);
  let located: LocationEffects = { state, notifications: [], records: [] };
  for (const location of state.locations.values()) {
    if (location.incident === null) continue;
    const reason = !location.enabled
      ? 'disabled'
      : tooMany && isQuarantined(location)
        ? 'too_few_locations'
        : null;
    if (reason !== null) located = chain(located, (before) => endIncident(before, location, reason, at));
  }
  return located;
}

function chain(before: LocationEffects, next: (state: State) => LocationEffects): LocationEffects {
  const { state, notifications, records } = next(before.state);
  return {
    state,
    notifications: [...before.notifications, ...notifications],
    records: [...before.records, ...records],
  };
}

const withLocation = (state: State, location: LocationState): State => ({
  ...state,
  locations: new Map(state.locations).set(location.number, location),
});

function openLocationIncident(
  state: State,
  location: LocationState,
  what: Omit<LocationIncident, 'id'>,
): LocationEffects {
  const incident = { id: `loc_${what.detectedAt.toString(36)}_${location.number}`, ...what };
  const shown = { ...incident, resolvedAt: null, reason: null };
  return {
    state: withLocation(state, { ...location, incident }),
    notifications: [locationNotification('location', location.number, shown, what.detectedAt)],
    records: [{ incident: shown, location: location.number }],
  };
}

function endIncident(
  state: State,
  location: LocationState,
  reason: string | null,
  at: number,
): LocationEffects {
  const shown = { ...(location.incident as LocationIncident), resolvedAt: at, reason };
  return {
    state: withLocation(state, { ...location, incident: null }),
    notifications: [locationNotification('location_ended', location.number, shown, at)],
    records: [{ incident: shown, location: location.number }],
  };
}

const locationNotification = (
  kind: LocationNotification['kind'],
  location: number,
  incident: LocationNotification['incident'],
  at: number,
): LocationNotification => ({
  id: `${incident.id}_${kind}`,
  kind,
  at,
  location,
  startedAt: incident.startedAt,
  incident,
});
