// Incidents of locations: quarantined because nobody believes them, lost because nobody hears them.

import type { ReportEntry } from '../model/journal.ts';
import type { IncidentRecord, LocationNotice, Notice } from '../model/notification.ts';
import type { LocationIncident, LocationState, State } from '../model/state.ts';
import { blindAfterMs } from '../notifications/no-data.ts';
import { isQuarantined } from '../voting/quorum.ts';
import { isCredible, mostQuarantined, suspectsOf } from './outlier-detection.ts';

export interface Located {
  readonly state: State;
  readonly notices: readonly Notice[];
  readonly records: readonly IncidentRecord[];
}

/** What a report says of the location itself. */
export function hearFrom(state: State, location: LocationState, entry: ReportEntry): Located {
  const measured = entry.observations.some(({ outcome }) => outcome !== 'unmeasured');
  const heard: LocationState = {
    ...location,
    missedDeadlines: entry.missedDeadline ? location.missedDeadlines + 1 : 0,
    ...(entry.error === null
      ? { reportedAt: entry.answeredAt }
      : { errorAt: entry.answeredAt, error: entry.error }),
    ...(measured
      ? { measuredAt: entry.answeredAt, silentSince: 0 }
      : { silentSince: location.silentSince || entry.askedAt }),
  };
  const next = withLocation(state, heard);
  return measured && heard.incident?.kind === 'lost'
    ? endIncident(next, heard, null, entry.at)
    : { state: next, notices: [], records: [] };
}

/** Quarantines the locations that a closing round has shown to be suspect. */
export function quarantineSuspects(state: State, since: number, at: number): Located {
  return suspectsOf(state, since).reduce<Located>(
    (located, { location, accused, asked, since: startedAt }) =>
      then(located, (before) =>
        begin(before, location, { kind: 'quarantined', startedAt, detectedAt: at, accused, asked }),
      ),
    { state, notices: [], records: [] },
  );
}

/** Ends the quarantine of a location that agrees with the others again. */
export function releaseCredible(state: State, number: number, at: number): Located {
  const location = state.locations.get(number);
  return location && isQuarantined(location) && isCredible(state, location, at)
    ? endIncident(state, location, null, at)
    : { state, notices: [], records: [] };
}

/** A location of which nothing was measured for long, while somebody was awake to hear it. */
export function noticeLost(state: State, at: number): Located {
  let located: Located = { state, notices: [], records: [] };
  for (const location of state.locations.values()) {
    const { enabled, silentSince, incident: open } = location;
    if (!enabled || silentSince === 0 || open !== null) continue;
    if (at < Math.max(silentSince, state.awakeSince) + patienceMs(state, location)) continue;
    const incident = { kind: 'lost', startedAt: silentSince, detectedAt: at, accused: 0, asked: 0 } as const;
    located = then(located, (before) => begin(before, location, incident));
  }
  return located;
}

/** The monitor that asks it most often decides; without one, it has nothing to say. */
function patienceMs(state: State, { number }: LocationState): number {
  let intervalMs = Number.POSITIVE_INFINITY;
  for (const { policy, views } of state.monitors.values()) {
    if (!policy.paused && views.has(number)) intervalMs = Math.min(intervalMs, policy.intervalMs);
  }
  return blindAfterMs({ intervalMs });
}

/** A location that leaves has no incident any more, and a smaller mesh may be unable to do without its suspects. */
export function reviewIncidents(state: State, at: number): Located {
  const quarantined = [...state.locations.values()].filter(isQuarantined);
  const tooMany = quarantined.length > mostQuarantined(state);
  let located: Located = { state, notices: [], records: [] };
  for (const location of state.locations.values()) {
    if (location.incident === null) continue;
    const reason = !location.enabled
      ? 'disabled'
      : tooMany && isQuarantined(location)
        ? 'too_few_locations'
        : null;
    if (reason !== null) located = then(located, (before) => endIncident(before, location, reason, at));
  }
  return located;
}

function then(before: Located, next: (state: State) => Located): Located {
  const { state, notices, records } = next(before.state);
  return { state, notices: [...before.notices, ...notices], records: [...before.records, ...records] };
}

const withLocation = (state: State, location: LocationState): State => ({
  ...state,
  locations: new Map(state.locations).set(location.number, location),
});

function begin(state: State, location: LocationState, what: Omit<LocationIncident, 'id'>): Located {
  const incident = { id: `loc_${what.detectedAt.toString(36)}_${location.number}`, ...what };
  const shown = { ...incident, resolvedAt: null, reason: null };
  return {
    state: withLocation(state, { ...location, incident }),
    notices: [noticeOf('location', location.number, shown, what.detectedAt)],
    records: [{ incident: shown, location: location.number }],
  };
}

function endIncident(state: State, location: LocationState, reason: string | null, at: number): Located {
  const shown = { ...(location.incident as LocationIncident), resolvedAt: at, reason };
  return {
    state: withLocation(state, { ...location, incident: null }),
    notices: [noticeOf('location_ended', location.number, shown, at)],
    records: [{ incident: shown, location: location.number }],
  };
}

const noticeOf = (
  kind: LocationNotice['kind'],
  location: number,
  incident: LocationNotice['incident'],
  at: number,
): LocationNotice => ({
  id: `${incident.id}_${kind}`,
  kind,
  at,
  location,
  startedAt: incident.startedAt,
  incident,
});
