// Owns the rules about checks: ticks, measurements, clocks, and faults that all locations share. Pure.
import { activeMonitors, newestTime } from '../../engine/model/activity.ts';
import { isHeartbeatLocation } from '../../engine/model/heartbeat.ts';
import { CLOCK_TOLERANCE_MS } from '../../engine/model/policy.ts';
import type { State } from '../../engine/model/state.ts';
import { duration } from './figures.ts';
import { findSharedFault, isSilent, type LocationFault, type SharedFault } from './locations.ts';
import type { ReadInputs, Rule } from './rule.ts';

/** Every location is asked within this time after a first failure, so that one lost invocation raises nothing. */
const SHARED_FAULT_MS = 60_000;
const SHARED_FAULT_STOPS_MS = 180_000;
/** The first tick, or the first change, adds the locations. */
const LOCATIONS_WITHIN_MS = 60_000;

/** A fault that all locations share, once it is not a single lost invocation. */
function lastingFault({ state, facts }: ReadInputs, now: number): (SharedFault & { lastsMs: number }) | null {
  const found = activeMonitors(state).length > 0 ? findSharedFault(state) : null;
  if (found === null) return null;
  const since = newestTime([found.since, facts.activity?.activeSince ?? null], now) ?? found.since;
  const lastsMs = now - since;
  return lastsMs < SHARED_FAULT_MS ? null : { ...found, since, lastsMs };
}

const sharedFault =
  (kind: LocationFault, verb: string): Rule['find'] =>
  (inputs, now) => {
    const found = lastingFault(inputs, now);
    if (found?.fault !== kind) return null;
    const { since, lastsMs, locations, repeated, detail } = found;
    const all = locations === 1 ? 'The only location' : `All ${locations} locations`;
    // Without a report, the interval of the monitors does not matter.
    const isOver = isSilent(kind) && repeated && lastsMs > SHARED_FAULT_STOPS_MS;
    return {
      since,
      detail: `${all} ${verb} for ${duration(lastsMs)}. ${detail}`,
      stops: isOver || inputs.liveness.measured.isOver,
    };
  };

const hasLocations = (state: State): boolean =>
  [...state.locations.values()].some((location) => location.enabled && !isHeartbeatLocation(location));

/** In order: what explains most is listed first. */
export const CHECK_RULES = {
  clocks_apart: {
    words: "The monitoring system's clock is wrong.",
    stops: true,
    find({ clockAheadMs }) {
      if (Math.abs(clockAheadMs) <= CLOCK_TOLERANCE_MS) return null;
      const way = clockAheadMs > 0 ? 'ahead of' : 'behind';
      return {
        since: null,
        detail: `The coordinator's clock is ${duration(Math.abs(clockAheadMs))} ${way} D1's clock. The limit is ${duration(CLOCK_TOLERANCE_MS)}. Correct the coordinator's clock.`,
      };
    },
  },
  ticks_stopped: {
    words: 'Checks are not started.',
    stops: true,
    find({ liveness: { ticks } }) {
      if (!ticks.isOver) return null;
      const newest =
        ticks.at === null
          ? `No tick has started${ticks.ageMs === null ? ' yet' : ` for ${duration(ticks.ageMs)}`}`
          : `The newest tick started ${duration(ticks.ageMs ?? 0)} ago`;
      return {
        since: ticks.since,
        detail: `${newest}. The limit is ${duration(ticks.limitMs ?? 0)}. Check the cron trigger and the Worker's log.`,
      };
    },
  },
  measuring_stopped: {
    words: 'No location has measured anything recently.',
    stops: true,
    find(inputs, now) {
      const { state, liveness } = inputs;
      const { ticks, measured } = liveness;
      // Another reason explains it, and stops the mesh too.
      if (!measured.isOver || ticks.isOver || !hasLocations(state) || lastingFault(inputs, now)) return null;
      const future = [...state.locations.values()].some(
        ({ lastMeasuredAt }) => (lastMeasuredAt ?? 0) > now + CLOCK_TOLERANCE_MS,
      );
      const newest = future
        ? 'The newest measurement is dated in the future'
        : measured.ageMs === null
          ? 'Nothing has been measured yet'
          : `Nothing has been measured for ${duration(measured.ageMs)}`;
      return { since: measured.since, detail: `${newest}. The limit is ${duration(measured.limitMs ?? 0)}.` };
    },
  },
  no_locations: {
    words: 'No location is configured.',
    stops: true,
    find({ state, facts }, now) {
      const since = facts.activity?.activeSince ?? null;
      if (activeMonitors(state).length === 0 || hasLocations(state)) return null;
      if (since !== null && now - since < LOCATIONS_WITHIN_MS) return null;
      return { since: null, detail: 'No location is enabled. Set LOCATIONS in wrangler.toml.' };
    },
  },
  probes_unreachable: {
    words: 'No location can be reached.',
    stops: false,
    find: sharedFault('probes_unreachable', 'could not be invoked'),
  },
  reports_unusable: {
    words: 'The results of the locations cannot be read.',
    stops: false,
    find: sharedFault('reports_unusable', 'sent unusable reports'),
  },
  probe_version: {
    words: 'The locations run another version.',
    stops: false,
    find: sharedFault('probe_version', 'ran a probe of another version'),
  },
  locations_offline: {
    words: 'All locations are offline.',
    stops: false,
    find: sharedFault('locations_offline', 'were offline'),
  },
  nothing_measured: {
    words: 'No location measures anything.',
    stops: false,
    find: sharedFault('nothing_measured', 'measured nothing'),
  },
} as const satisfies Record<string, Rule>;
