// Owns why no location measures anything: invocations fail, reports are unusable, or runs are unmeasured. Pure.
import { activeMonitors } from '../../engine/model/activity.ts';
import { isHeartbeatLocation, type OutcomeReason } from '../../engine/model/heartbeat.ts';
import type { LocationState, State, StoredObservation } from '../../engine/model/state.ts';

export type LocationFault =
  | 'probes_unreachable'
  | 'reports_unusable'
  | 'probe_version'
  | 'locations_offline'
  | 'nothing_measured';

const FAULT_OF: Readonly<Record<OutcomeReason, LocationFault>> = {
  invoke_error: 'probes_unreachable',
  throttled: 'probes_unreachable',
  function_error: 'probes_unreachable',
  late: 'probes_unreachable',
  bad_report: 'reports_unusable',
  version: 'probe_version',
  unknown_check: 'probe_version',
  location_offline: 'locations_offline',
  deadline: 'nothing_measured',
  no_ipv6: 'nothing_measured',
  waiting: 'nothing_measured',
};

/** Faults of locations that do not report at all. */
export const isSilent = (fault: LocationFault): boolean =>
  fault === 'probes_unreachable' || fault === 'reports_unusable';

/** What keeps every location from measuring. */
export interface SharedFault {
  readonly fault: LocationFault;
  /** Since then no location has measured anything. */
  readonly since: number;
  readonly locations: number;
  /** Each location's reason, the same ones together: `3 of 6: the error`. */
  readonly detail: string;
  /** It is not a single failure of a single location. */
  readonly repeated: boolean;
}

/** Enabled locations of probes with an active monitor. */
export function usedLocations(state: State): LocationState[] {
  const used = new Set<number>();
  for (const { byLocation } of activeMonitors(state))
    for (const number of byLocation.keys()) used.add(number);
  return [...state.locations.values()].filter(
    (location) => location.enabled && used.has(location.number) && !isHeartbeatLocation(location),
  );
}

/** Active monitors that no enabled location checks. */
export const unassignedMonitors = (state: State): number[] =>
  activeMonitors(state).flatMap(({ number, byLocation }) =>
    [...byLocation.keys()].some((location) => state.locations.get(location)?.enabled) ? [] : [number],
  );

/** Null as long as one location measures, or has not been asked yet. */
export function findSharedFault(state: State): SharedFault | null {
  const used = usedLocations(state);
  const dark = used.flatMap((location) =>
    location.unmeasuredSince === null ? [] : [{ location, since: location.unmeasuredSince }],
  );
  if (used.length === 0 || dark.length < used.length) return null;
  const reasons = dark.map(({ location }) => reasonOf(state, location));
  const [first] = dark;
  const repeated = dark.length > 1 || (first?.location.lastErrorAt ?? 0) >= (first?.since ?? 0) + REPEATED_MS;
  return {
    fault: mostFrequent(reasons.map(({ fault }) => fault)),
    since: Math.max(...dark.map(({ since }) => since)),
    locations: dark.length,
    detail: summary(reasons.map(({ text }) => text)),
    repeated,
  };
}

/** Failures of one location that are this far apart are not a single one. */
const REPEATED_MS = 30_000;

function reasonOf(state: State, location: LocationState): { fault: LocationFault; text: string } {
  const newest = newestUnmeasured(state, location.number);
  const { lastErrorAt, lastReportAt, error } = location;
  const failed = error !== null && lastErrorAt !== null && lastErrorAt >= (lastReportAt ?? 0);
  const reason = newest?.reason;
  // The coordinator did not send these runs: the location is not at fault.
  const isOurs = error !== null && /ENCRYPTION_KEY/.test(error);
  if (failed) {
    const fault = isOurs
      ? 'nothing_measured'
      : reason === 'bad_report'
        ? 'reports_unusable'
        : 'probes_unreachable';
    return { fault, text: error };
  }
  const text = [reason, newest?.detail].filter((part) => part !== undefined).join(': ');
  return { fault: reason ? FAULT_OF[reason] : 'nothing_measured', text: text || 'no measurement' };
}

/** The newest run of the location that measured nothing, of any monitor. */
function newestUnmeasured(state: State, location: number): StoredObservation | null {
  let newest: StoredObservation | null = null;
  for (const { byLocation, round } of activeMonitors(state)) {
    const answers = round?.results.filter((result) => result.location === location) ?? [];
    for (const one of [byLocation.get(location)?.lastUnmeasured ?? null, ...answers]) {
      if (one?.outcome === 'unmeasured' && one.startedAt >= (newest?.startedAt ?? 0)) newest = one;
    }
  }
  return newest;
}

function counted<T>(items: readonly T[]): [T, number][] {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

const mostFrequent = (faults: readonly LocationFault[]): LocationFault =>
  counted(faults)[0]?.[0] ?? 'nothing_measured';

const MAX_TEXTS = 3;

const summary = (texts: readonly string[]): string =>
  counted(texts)
    .slice(0, MAX_TEXTS)
    .map(([text, count]) => `${count} of ${texts.length}: ${text}`)
    .join('; ');
