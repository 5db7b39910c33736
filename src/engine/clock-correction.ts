// Owns the correction of times that a clock which was ahead has written into the state, or into a report.
// Does not read a clock and does not decide whether two clocks differ.

import type { EntryDraft, ReportEntry } from './model/journal.ts';
import type { IncidentRecord } from './model/notification.ts';
import { CLOCK_TOLERANCE_MS, minSpacingMs, STATE_AHEAD_MS } from './model/policy.ts';
import type { LocationStatus, MonitorState, Round, State } from './model/state.ts';
import { startFullRound } from './voting/confirmation.ts';
import { evaluate, incidentRecord, incidentSnapshot } from './voting/evaluation.ts';

export const correctsClock = (entry: EntryDraft): boolean =>
  entry.kind === 'change' && entry.changes.some(({ type }) => type === 'clock.corrected');

/** Whether the newest entry was written by a clock that was ahead of `now`. */
export const isStateAhead = (state: State, now: number): boolean => state.at > now + STATE_AHEAD_MS;

/** The same for every time that could delay a check: a report may be committed by another clock than it began with. */
export function hasTimesAhead(state: State, now: number): boolean {
  if (isStateAhead(state, now)) return true;
  const latest = now + STATE_AHEAD_MS;
  for (const { verdictSince, lastFullCheckAt, byLocation } of state.monitors.values()) {
    if (verdictSince > latest || isAfter(lastFullCheckAt, latest)) return true;
    for (const { lastCheckedAt, assignedAt } of byLocation.values())
      if (isAfter(lastCheckedAt, latest) || isAfter(assignedAt, latest)) return true;
  }
  return [...state.locations.values()].some(({ unmeasuredSince }) => isAfter(unmeasuredSince, latest));
}

const isAfter = (time: number | null, latest: number): boolean => time !== null && time > latest;

/** The state without a time after `at`, except in windows, and in rounds that wait for their pause. */
export function correctClock(state: State, at: number): State {
  const wasFarAhead = state.at > at + CLOCK_TOLERANCE_MS;
  const monitors = new Map(
    [...state.monitors].map(([number, monitor]) => [number, correctMonitor(monitor, state.at, at)]),
  );
  const corrected: State = {
    ...state,
    at,
    // How long no tick ran is unknown: none of that time counts as no data.
    resumedAt: wasFarAhead ? at : Math.min(state.resumedAt, at),
    locations: limitTimes(state.locations, at),
    monitors,
  };
  for (const [number, monitor] of state.monitors)
    if (isAgeUnknown(monitor, at))
      monitors.set(number, startFullRound(corrected, monitors.get(number) as MonitorState, at));
  return corrected;
}

/** The open incidents whose times were corrected: their rows are stored again. */
export function correctedIncidents(before: State, after: State): IncidentRecord[] {
  const monitors = [...after.monitors].flatMap(([number, monitor]): IncidentRecord[] => {
    const { incident } = monitor;
    if (incident === null || incident === before.monitors.get(number)?.incident) return [];
    return [incidentRecord(evaluate(after, monitor, after.at), incidentSnapshot(incident))];
  });
  const locations = [...after.locations].flatMap(([location, { incident }]): IncidentRecord[] =>
    incident === null || incident === before.locations.get(location)?.incident
      ? []
      : [{ incident: { ...incident, resolvedAt: null, reason: null }, location }],
  );
  return [...monitors, ...locations];
}

function correctMonitor(monitor: MonitorState, stateAt: number, at: number): MonitorState {
  const { policy, round, byLocation, ...rest } = monitor;
  return {
    ...limitTimes(rest, at),
    policy,
    round: round && correctRound(round, stateAt, at, policy.confirmMs),
    byLocation: new Map(
      [...byLocation].map(([location, status]) => [
        location,
        correctStatus(status, at, minSpacingMs(policy)),
      ]),
    ),
  };
}

/** The next run counts: how long ago the newest one was is unknown, and one at `at` itself would be too close to it. */
const correctStatus = (status: LocationStatus, at: number, spacingMs: number): LocationStatus =>
  limitTimes(status, isAfter(status.lastMeasuredAt, at) ? at - spacingMs : at);

/** A round that had begun is due at once. Any other waits for as long as it had to. */
function correctRound(round: Round, stateAt: number, at: number, confirmMs: number): Round {
  const { startsAt, ...rest } = round;
  const pauseMs = Math.min(Math.max(0, startsAt - stateAt), confirmMs);
  return { ...limitTimes(rest, at), startsAt: Math.min(startsAt, at + pauseMs) };
}

/** A vote that was dated so far ahead may be of any age: all locations check again at once. */
const isAgeUnknown = ({ policy, round, byLocation }: MonitorState, at: number): boolean =>
  !policy.paused &&
  round === null &&
  [...byLocation.values()].some(({ lastCheckedAt }) => isAfter(lastCheckedAt, at + CLOCK_TOLERANCE_MS));

/**
 * The value with `latest` in place of every greater number, at any depth. Every other number of the state is far below a
 * time in ms since the epoch, so a field that is added later is corrected too.
 */
function limitTimes<T>(value: T, latest: number): T {
  if (typeof value === 'number') return (value > latest ? latest : value) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Map) return limitMap(value, latest) as T;
  const entries = Object.entries(value).map(([key, part]) => [key, part, limitTimes(part, latest)] as const);
  if (entries.every(([, before, after]) => before === after)) return value;
  if (Array.isArray(value)) return entries.map(([, , after]) => after) as T;
  return Object.fromEntries(entries.map(([key, , after]) => [key, after])) as T;
}

const limitMap = <K, V>(map: ReadonlyMap<K, V>, latest: number): Map<K, V> =>
  new Map([...map].map(([key, part]) => [key, limitTimes(part, latest)]));

/** A report whose clock jumped while its runs were in flight: no time is after the commit, and none before the start. */
export function limitReportTimes(entry: ReportEntry): ReportEntry {
  const { at, askedAt, answeredAt, observations } = entry;
  const isWithin =
    askedAt <= answeredAt && answeredAt <= at && observations.every((one) => one.startedAt <= at);
  if (isWithin) return entry;
  const asked = Math.min(askedAt, at);
  return {
    ...entry,
    askedAt: asked,
    answeredAt: Math.min(Math.max(answeredAt, asked), at),
    observations: observations.map((one) => ({ ...one, startedAt: Math.min(one.startedAt, at) })),
  };
}
