// Owns the changes that follow lost journal rows: what the other tables know and the state does not.
// They were written in the same transactions as the lost rows. Does not guess votes.
import type { Change, RebuiltLocation, RebuiltMonitor } from '../engine/model/journal.ts';
import type { LocationIncident, MonitorState, State, Window } from '../engine/model/state.ts';
import type { LostRows } from './journal/lost-rows.ts';
import { type Known, type KnownIncident, readKnown } from './known-events.ts';
import type { MonitorRow } from './monitors.ts';
import { enginePolicy } from './policy.ts';
import { coveredNumbers } from './window-scope.ts';
import type { WindowRow } from './windows.ts';

export async function rebuiltChanges(db: D1Database, state: State, lost: LostRows): Promise<Change[]> {
  const known = await readKnown(db, state);
  const numbers = new Map(known.monitors.map(({ id, number }) => [id, number]));
  const locations = locationsOf(state, lost, known);
  const byId = new Map(locations.map(({ id, number }) => [id, number]));
  const maxMonitor = Math.max(lost.maxMonitor, known.maxMonitor, ...numbers.values());
  return [
    { type: 'state.rebuilt', lost: lost.count, nextMonitor: Math.max(state.nextMonitor, maxMonitor + 1) },
    ...locations.map((location): Change => ({ type: 'location.rebuilt', location })),
    ...known.windows.map((row) => windowChange(state, row, known.monitors)),
    ...known.monitors.map((row): Change => {
      const policy = enginePolicy(row, (id) => byId.get(id)!, numbers);
      const before = state.monitors.get(row.number);
      return { type: 'monitor.rebuilt', monitor: rebuiltMonitor(row, policy, before, known) };
    }),
  ];
}

/** Known ones, those that lost rows name, and those that monitors name. */
function locationsOf(state: State, lost: LostRows, known: Known): RebuiltLocation[] {
  const all = new Map<number, Omit<RebuiltLocation, 'incident'>>();
  for (const { number, id, enabled } of state.locations.values()) all.set(number, { number, id, enabled });
  for (const { number, id, enabled } of lost.locations.values()) all.set(number, { number, id, enabled });
  const ids = new Set([...all.values()].map(({ id }) => id));
  let next = Math.max(lost.maxLocation, ...all.keys(), 0) + 1;
  for (const id of known.monitors.flatMap(({ locations }) => (locations === 'all' ? [] : locations))) {
    if (ids.has(id)) continue;
    ids.add(id);
    all.set(next, { number: next, id, enabled: true });
    next += 1;
  }
  return [...all.values()].map((location) => ({
    ...location,
    incident: locationIncident(state.locations.get(location.number)?.incident ?? null, location.id, known),
  }));
}

/** The open one of the table, which is also right if the state knows one that has ended meanwhile. */
function locationIncident(
  before: LocationIncident | null,
  location: string,
  known: Known,
): LocationIncident | null {
  const open = known.incidents.find((row) => row.location === location && row.state === 'open');
  if (!open || (open.verdict !== 'quarantined' && open.verdict !== 'lost')) {
    const isEnded = known.incidents.some(({ id, state }) => id === before?.id && state === 'resolved');
    return isEnded ? null : before;
  }
  if (before?.id === open.id) return before;
  const { failedMonitors = 0, checkedMonitors = 0 } = open.quorum as Partial<LocationIncident>;
  const { id, startedAt, detectedAt, verdict: kind } = open;
  return { id, kind, startedAt, detectedAt, failedMonitors, checkedMonitors };
}

function rebuiltMonitor(
  { number, id }: MonitorRow,
  policy: MonitorState['policy'],
  before: MonitorState | undefined,
  known: Known,
): RebuiltMonitor {
  const rows = known.incidents.filter((row) => row.monitorNumber === number && row.location === null);
  const open = rows.find(({ state }) => state === 'open');
  const stillOpen =
    before?.incident && !rows.some((row) => row.id === before.incident?.id) ? before.incident : null;
  return {
    number,
    policy,
    network: before?.network ?? null,
    hostHash: before?.hostHash ?? null,
    incident: (open && incidentOf(open, open.verdict)) ?? stillOpen,
    notified: notifiedOf(rows, before, known),
    transitions: before?.transitions ?? [],
    flapping: flappingOf(id, before, known),
    noDataId: noDataOf(id, before, known),
    warnings: warningsOf(id, before, known),
  };
}

const incidentOf = (
  { id, startedAt, detectedAt }: KnownIncident,
  verdict: KnownIncident['verdict'],
): MonitorState['incident'] =>
  verdict === 'down' || verdict === 'partial' ? { id, verdict, startedAt, detectedAt } : null;

/** The newest incident of which receivers know the opening, and not the end. */
function notifiedOf(
  rows: readonly KnownIncident[],
  before: MonitorState | undefined,
  { sent }: Known,
): MonitorState['notified'] {
  const { notified = null } = before ?? {};
  for (const row of rows.toSorted((a, b) => b.detectedAt - a.detectedAt)) {
    const { id } = row;
    if (sent.has(`${id}_resolved`) || sent.has(`${id}_partial_resolved`)) continue;
    const verdict =
      sentVerdict(id, sent) ?? (notified?.incident.id === id ? notified.incident.verdict : null);
    const incident = verdict && incidentOf(row, verdict);
    if (!incident) continue;
    const ended =
      row.state === 'open' || row.resolvedAt === null
        ? null
        : { resolvedAt: row.resolvedAt, reason: row.reason };
    return { incident, ended };
  }
  // Its rows may be deleted by now: then only the state knows that its end is not sent.
  return notified && !rows.some(({ id }) => id === notified.incident.id) ? notified : null;
}

const sentVerdict = (incident: string, sent: ReadonlySet<string>): 'down' | 'partial' | null => {
  if (sent.has(`${incident}_opened`)) return 'down';
  return sent.has(`${incident}_partial`) ? 'partial' : null;
};

function flappingOf(
  monitor: string,
  before: MonitorState | undefined,
  known: Known,
): MonitorState['flapping'] {
  const newest = known.newest.get(`${monitor} monitor.flapping`);
  const own = before?.flapping ?? null;
  const flapping =
    newest && newest.id !== own?.id && newest.at > known.since ? { id: newest.id, since: newest.at } : own;
  return flapping && known.newest.get(`${monitor} monitor.flapping_ended`)?.id === `${flapping.id}_ended`
    ? null
    : flapping;
}

function noDataOf(monitor: string, before: MonitorState | undefined, known: Known): string | null {
  const newest = known.newest.get(`${monitor} monitor.no_data`);
  const id = newest && newest.at > known.since ? newest.id : (before?.noDataId ?? null);
  return id !== null && known.newest.get(`${monitor} monitor.no_data_resolved`)?.id === `${id}_ended`
    ? null
    : id;
}

/** A warning that was sent in a lost row is not sent again. */
function warningsOf(
  monitor: string,
  before: MonitorState | undefined,
  known: Known,
): MonitorState['warnings'] {
  const of = (kind: 'degraded' | 'certificate') => {
    const newest = known.newest.get(`${monitor} monitor.${kind}`);
    if (!newest || newest.at <= known.since) return before?.warnings?.[kind] ?? null;
    const limit = kind === 'certificate' ? newest.limit : 0;
    return { since: newest.at, limit, notifiedLimit: limit };
  };
  const degraded = of('degraded');
  const certificate = of('certificate');
  return degraded || certificate ? { degraded, certificate } : null;
}

/**
 * A recurring window that was written in a lost row has no occurrences yet: without a span it is due for its refresh in
 * the next tick.
 */
function windowChange(state: State, row: WindowRow, monitors: Known['monitors']): Change {
  const id = `${row.kind}:${row.id}`;
  const { schedule } = row;
  const before = state.windows.get(id);
  const isCurrent = before !== undefined && row.updatedAt <= state.at;
  const spans: Window['spans'] =
    'startsAt' in schedule ? [[schedule.startsAt, schedule.endsAt]] : isCurrent ? before.spans : [];
  return { type: 'window', id, window: { kind: row.kind, monitors: coveredNumbers(row, monitors), spans } };
}
