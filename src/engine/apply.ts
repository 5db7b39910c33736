// settle(state, entry): what the world looks like after one report or one change. Pure: the same journal,
// replayed, gives the same state.

import { ApplyContext } from './apply-context.ts';
import { applyConfigChange } from './config-change.ts';
import { detectLost, recordReport, releaseRecovered } from './incidents/location-health.ts';
import type { Entry, ReportEntry } from './model/journal.ts';
import type { IncidentRecord, Notification } from './model/notification.ts';
import type { MonitorState, State } from './model/state.ts';
import { hasUnsentNotification } from './notifications/pipeline.ts';
import { nextWindowEnd } from './notifications/windows.ts';
import { ingest } from './voting/confirmation.ts';
import { assignedLocations } from './voting/quorum.ts';

/** A silence that lasts this much longer than the mesh may be silent was a gap: nobody was awake. */
const GAP_MS = 150_000;

export interface ApplyResult {
  readonly state: State;
  /** What receivers are told. */
  readonly notifications: readonly Notification[];
  /** What is stored of incidents, whether anybody is told or not. */
  readonly records: readonly IncidentRecord[];
  /** A vote, a round or a verdict changed: the packed state has to be written. */
  readonly changed: boolean;
}

export function apply(before: State, entry: Entry): ApplyResult {
  const { at } = entry;
  const resumedAt = isCoordinatorGap(before, at) ? at : before.resumedAt;
  const context = new ApplyContext({ ...before, seq: before.seq + 1, at, resumedAt }, at);
  if (entry.kind === 'report') applyReport(context, entry);
  else applyChanges(context, entry.changes);
  reevaluateAfterWindows(context, before.at);
  context.mergeLocations(detectLost(context.state, at));
  const { state, notifications, records } = context;
  const told = notifications.length > 0 || records.length > 0 || entry.kind === 'change';
  return { state, notifications, records, changed: told || needsSnapshot(before, context) };
}

/** Between two looks a mesh of long intervals is silent although awake; without anything to look at, for ever. */
function isCoordinatorGap(before: State, at: number): boolean {
  if (at - before.at <= GAP_MS) return false;
  let silenceMs = Number.POSITIVE_INFINITY;
  for (const { policy } of before.monitors.values()) {
    if (policy.paused || policy.intervalMs >= silenceMs) continue;
    if (assignedLocations(before, policy).some(({ enabled }) => enabled)) silenceMs = policy.intervalMs;
  }
  return at - before.at > silenceMs + GAP_MS;
}

/** Everything that a report says is taken in before any verdict is pronounced on it. */
function applyReport(context: ApplyContext, entry: ReportEntry): void {
  const { at } = context;
  const reporter = context.state.locations.get(entry.location);
  if (!reporter) return;
  context.mergeLocations(recordReport(context.state, reporter, entry));
  const heard: number[] = [];
  for (const { monitor: number, network, ...observation } of entry.observations) {
    const known = context.monitor(number);
    const status = known?.byLocation.get(entry.location);
    // What began before the target, or the location, was the monitor's is history only.
    if (!known || !status || known.policy.paused || observation.startedAt < status.assignedAt) continue;
    const monitor = network === undefined || known.network !== null ? known : { ...known, network };
    const after = ingest(context.state, monitor, { location: entry.location, ...observation }, at);
    context.setMonitorAfterResult(monitor, after);
    if (monitor.round === null && after.round !== null) context.recheckAncestors(after);
    heard.push(number);
  }
  const suspected = context.quarantineOutliers();
  const released = context.mergeLocations(releaseRecovered(context.state, entry.location, at));
  context.evaluate(suspected || released ? [...context.state.monitors.keys()] : heard);
}

function applyChanges(context: ApplyContext, changes: Extract<Entry, { kind: 'change' }>['changes']): void {
  const heard = new Set<number>();
  for (const change of changes) for (const number of applyConfigChange(context, change)) heard.add(number);
  const suspected = context.quarantineOutliers();
  context.evaluate([...(suspected ? context.state.monitors.keys() : heard)]);
}

/** What was withheld during maintenance or a silence is told when that ends. */
function reevaluateAfterWindows(context: ApplyContext, since: number): void {
  const { state, at } = context;
  if (state.windows.size === 0) return;
  const freed = [...state.monitors.values()].filter((monitor) => {
    const end =
      hasUnsentNotification(monitor) && !monitor.policy.paused
        ? nextWindowEnd(state, monitor.number, since)
        : null;
    return end !== null && end <= at;
  });
  context.evaluate(freed.map(({ number }) => number));
}

const SNAPSHOT_FIELDS = [
  'round',
  'verdict',
  'incident',
  'notified',
  'transitions',
  'flapping',
  'noDataId',
  'network',
  'warnings',
] as const;

function needsSnapshot(before: State, { state, changedMonitors }: ApplyContext): boolean {
  for (const number of changedMonitors) {
    const was = before.monitors.get(number);
    const is = state.monitors.get(number);
    if (
      !was ||
      !is ||
      SNAPSHOT_FIELDS.some((fact) => was[fact] !== is[fact]) ||
      locationStatusDiffers(was, is)
    )
      return true;
  }
  return false;
}

function locationStatusDiffers(was: MonitorState, is: MonitorState): boolean {
  for (const [location, status] of is.byLocation) {
    const old = was.byLocation.get(location);
    if (old === status) continue;
    const same =
      old?.vote === status.vote && old.streakOf === status.streakOf && old.noResponse === status.noResponse;
    if (!same) return true;
  }
  return false;
}

/** Rebuilds a state from the entries after it, in order. */
export const replay = (state: State, entries: Iterable<Entry>): State => {
  let current = state;
  for (const entry of entries) current = apply(current, entry).state;
  return current;
};
