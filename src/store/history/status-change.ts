// Owns what a commit changed for the history: verdicts, votes, pauses, incidents, quarantines and maintenances, as one
// compact row. Monitors and locations are compared by identity first: a state is never changed in place.
import { noDataStart } from '../../engine/incidents/incident-times.ts';
import type { IncidentRecord } from '../../engine/model/notification.ts';
import { staleAfterMs } from '../../engine/model/policy.ts';
import type { LocationStatus, MonitorState, State, Window } from '../../engine/model/state.ts';
import { isQuarantined } from '../../engine/voting/quorum.ts';

/** What is known of the monitor: 0 up, down or partial, 1 no data, 2 paused. */
type Kind = 0 | 1 | 2;

export type MonitorEntry = readonly [
  number: number,
  kind: Kind,
  /** Start of the lack of data, which may be earlier than the commit. */
  since: number,
  staleMs: number,
  /** Locations whose vote is failing, each with the start of its streak. */
  failing: readonly (readonly [location: number, since: number])[],
  /** Those whose vote is not failing any more, each with the start of the streak that changed it. */
  ended: readonly (readonly [location: number, at: number])[],
];

export type IncidentEntry = readonly [
  monitor: number,
  id: string,
  verdict: 'down' | 'partial',
  startedAt: number,
  resolvedAt: number | null,
];

export type WindowEntry =
  | readonly [id: string]
  | readonly [id: string, monitors: Window['monitors'], spans: Window['spans']];

export interface StatusChange {
  /** Replaces everything that was known: other monitors do not exist. */
  readonly whole?: 1;
  /** No time before this row may be after it: the clock was ahead. */
  readonly corrected?: 1;
  readonly monitors?: readonly MonitorEntry[];
  readonly removed?: readonly number[];
  readonly incidents?: readonly IncidentEntry[];
  readonly locations?: readonly (readonly [number: number, id: string, quarantined: 0 | 1])[];
  /** Maintenances only. Without scope and spans: it is removed. */
  readonly windows?: readonly WindowEntry[];
  /** No tick ran: until this row, nothing is known of these monitors from that time on. */
  readonly gaps?: readonly (readonly [monitor: number, from: number])[];
}

/** Null if nothing of it changed. */
export function statusChange(
  before: State,
  after: State,
  records: readonly IncidentRecord[],
  corrected: boolean,
): StatusChange | null {
  const change: StatusChange = {
    ...(corrected ? { corrected: 1 } : {}),
    ...listed('monitors', changedMonitors(before, after)),
    ...listed(
      'removed',
      [...before.monitors.keys()].filter((number) => !after.monitors.has(number)),
    ),
    ...listed('incidents', records.flatMap(incidentEntry)),
    ...listed('locations', before.locations === after.locations ? [] : changedLocations(before, after)),
    ...listed('windows', before.windows === after.windows ? [] : changedWindows(before, after)),
    ...listed('gaps', gaps(before, after)),
  };
  return Object.keys(change).length === 0 ? null : change;
}

/** Everything that the state knows, for a state that does not follow from the row before it. */
export const wholeStatus = (state: State): StatusChange => ({
  whole: 1,
  monitors: [...state.monitors.values()].map((monitor) => monitorEntry(undefined, monitor, state.at)),
  incidents: [...state.monitors.values()].flatMap(({ number, incident }): IncidentEntry[] =>
    incident === null ? [] : [[number, incident.id, incident.verdict, incident.startedAt, null]],
  ),
  locations: [...state.locations.values()].map(locationEntry),
  windows: [...state.windows].flatMap(([id, window]): WindowEntry[] =>
    window.kind === 'maintenance' ? [[id, window.monitors, window.spans]] : [],
  ),
});

const listed = <K extends keyof StatusChange>(key: K, values: readonly unknown[]): StatusChange =>
  values.length === 0 ? {} : { [key]: values };

function changedMonitors(before: State, after: State): MonitorEntry[] {
  const changed: MonitorEntry[] = [];
  for (const [number, is] of after.monitors) {
    const was = before.monitors.get(number);
    if (was !== is && (was === undefined || differs(was, is))) changed.push(monitorEntry(was, is, after.at));
  }
  return changed;
}

const kindOf = ({ policy, verdict }: MonitorState): Kind =>
  policy.paused ? 2 : verdict === 'no_data' ? 1 : 0;

const sinceOf = (monitor: MonitorState): number => (kindOf(monitor) === 1 ? monitor.verdictSince : 0);

function differs(was: MonitorState, is: MonitorState): boolean {
  if (kindOf(was) !== kindOf(is) || sinceOf(was) !== sinceOf(is)) return true;
  if (was.policy !== is.policy && staleAfterMs(was.policy) !== staleAfterMs(is.policy)) return true;
  if (was.byLocation === is.byLocation) return false;
  for (const [location, status] of is.byLocation)
    if (isFailing(status) !== isFailing(was.byLocation.get(location))) return true;
  for (const [location, status] of was.byLocation)
    if (isFailing(status) && !is.byLocation.has(location)) return true;
  return false;
}

const isFailing = (status: LocationStatus | undefined): boolean => status?.vote === 'failing';

function monitorEntry(was: MonitorState | undefined, is: MonitorState, at: number): MonitorEntry {
  const failing: [number, number][] = [];
  const ended: [number, number][] = [];
  for (const [location, status] of is.byLocation) {
    const { streakOf, streakSince } = status;
    if (isFailing(status)) failing.push([location, streakOf === 'failed' ? (streakSince ?? at) : at]);
    else if (isFailing(was?.byLocation.get(location)))
      ended.push([location, streakOf === 'ok' ? (streakSince ?? at) : at]);
  }
  return [is.number, kindOf(is), sinceOf(is), staleAfterMs(is.policy), failing, ended];
}

const incidentEntry = (record: IncidentRecord): IncidentEntry[] => {
  if (!('monitor' in record)) return [];
  const { id, verdict, startedAt, resolvedAt } = record.incident;
  return [[record.monitor, id, verdict, startedAt, resolvedAt]];
};

const locationEntry = (location: Parameters<typeof isQuarantined>[0]) =>
  [location.number, location.id, isQuarantined(location) ? 1 : 0] as const;

const changedLocations = (before: State, after: State) =>
  [...after.locations.values()].flatMap((is) => {
    const was = before.locations.get(is.number);
    if (was === is || (was?.id === is.id && isQuarantined(was) === isQuarantined(is))) return [];
    return [locationEntry(is)];
  });

function changedWindows(before: State, after: State): WindowEntry[] {
  const changed: WindowEntry[] = [];
  for (const [id, window] of after.windows)
    if (window.kind === 'maintenance' && before.windows.get(id) !== window)
      changed.push([id, window.monitors, window.spans]);
  for (const [id, { kind }] of before.windows)
    if (kind === 'maintenance' && after.windows.get(id)?.kind !== kind) changed.push([id]);
  return changed;
}

/** After a pause of the coordinator, votes were too old from some time on. A monitor of one location never shows that. */
function gaps(before: State, after: State): [number, number][] {
  if (before.resumedAt === after.resumedAt) return [];
  return [...before.monitors.values()].flatMap((monitor): [number, number][] => {
    const is = after.monitors.get(monitor.number);
    // Otherwise it is paused, or the verdict shows it.
    if (kindOf(monitor) !== 0 || is === undefined || kindOf(is) === 1) return [];
    const from = noDataStart(before, monitor, after.at);
    return from < after.at ? [[monitor.number, Math.max(from, 0)]] : [];
  });
}
