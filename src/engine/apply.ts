// Owns apply(state, entry): the state after one report or one change, and its effects. Pure: the same journal, replayed,
// gives the same state.

import { ApplyContext } from './apply-context.ts';
import { correctClock, correctedIncidents, correctsClock, limitReportTimes } from './clock-correction.ts';
import { applyConfigChange } from './config-change.ts';
import { detectLost, recordReport, releaseRecovered } from './incidents/location-health.ts';
import { acceptsNetwork, withReportedNetwork } from './incidents/target-network.ts';
import type { Effects } from './model/effects.ts';
import type { ChangeEntry, Entry, ReportEntry } from './model/journal.ts';
import { COORDINATOR_GAP_MS } from './model/policy.ts';
import type { MonitorState, State, StoredObservation } from './model/state.ts';
import { nextReleaseAt } from './notifications/pipeline.ts';
import { ingest } from './voting/confirmation.ts';
import { assignedLocations } from './voting/quorum.ts';

export interface ApplyResult extends Effects<State> {
  /** A vote, a round or a verdict changed: the snapshot has to be written. */
  readonly changed: boolean;
}

export const apply = (stored: State, entry: Entry): ApplyResult => applyTo(stored, entry, false);

/**
 * The state after an entry, of a state that has only some of the monitors. It is that of these monitors in the whole state if
 * no dependency links them to others, no incident of a location begins or ends, and the entry follows without a gap: the
 * other monitors decide about these. A report has the results of these monitors, and whether any other one measured.
 */
export const applyToPart = (stored: State, entry: Entry): State => applyTo(stored, entry, true).value;

function applyTo(stored: State, entry: Entry, isPart: boolean): ApplyResult {
  const { at } = entry;
  const before = correctsClock(entry) ? correctClock(stored, at) : stored;
  const resumedAt = !isPart && isCoordinatorGap(before, at) ? at : before.resumedAt;
  const context = new ApplyContext({ ...before, seq: before.seq + 1, at, resumedAt }, at);
  if (before !== stored)
    context.collect({ value: null, notifications: [], records: correctedIncidents(stored, before) });
  if (entry.kind === 'report') applyReport(context, limitReportTimes(entry), isPart);
  else applyChanges(context, entry.changes, isPart);
  reevaluateReleased(context, before.at);
  if (!isPart) context.mergeLocations(detectLost(context.state, at));
  const { effects } = context;
  const hasEffects = effects.notifications.length > 0 || effects.records.length > 0;
  const changed = hasEffects || entry.kind === 'change' || needsSnapshot(before, context);
  return { ...effects, changed };
}

/** A mesh commits at least once in its shortest interval; without a monitor to check it may never commit. */
function isCoordinatorGap(before: State, at: number): boolean {
  if (at - before.at <= COORDINATOR_GAP_MS) return false;
  let shortestMs = Number.POSITIVE_INFINITY;
  for (const { policy } of before.monitors.values()) {
    if (policy.paused || policy.intervalMs >= shortestMs) continue;
    if (assignedLocations(before, policy).some(({ enabled }) => enabled)) shortestMs = policy.intervalMs;
  }
  return at - before.at > shortestMs + COORDINATOR_GAP_MS;
}

/** The whole report is ingested before any monitor is evaluated. */
function applyReport(context: ApplyContext, entry: ReportEntry, isPart: boolean): void {
  const { at } = context;
  const reporter = context.state.locations.get(entry.location);
  if (!reporter) return;
  context.mergeLocations(recordReport(context.state, reporter, entry));
  const reported: number[] = [];
  for (const { monitor: number, network, ...observation } of entry.observations) {
    const known = context.monitor(number);
    const status = known?.byLocation.get(entry.location);
    if (!known || !status || known.policy.paused) continue;
    // A run that began before the target, or the location, was the monitor's does not count.
    if (status.assignedAt !== null && observation.startedAt < status.assignedAt) continue;
    const monitor =
      network !== undefined && acceptsNetwork(status, { network, ...observation })
        ? withReportedNetwork(known, entry.location, network)
        : known;
    const located = { location: entry.location, ...withDetail(observation, entry) };
    const after = ingest(context.state, monitor, located, at);
    context.setMonitorAfterResult(monitor, after);
    if (monitor.round === null && after.round !== null) context.recheckAncestors(after);
    reported.push(number);
  }
  if (isPart) {
    context.evaluate(reported);
    return;
  }
  const fails = entry.observations.some(({ outcome }) => outcome === 'failed');
  const quarantined = [context.quarantineOutliers(), fails && context.quarantineLone(entry.location)].some(
    Boolean,
  );
  const released = context.mergeLocations(releaseRecovered(context.state, entry.location, at));
  context.evaluate(quarantined || released ? [...context.state.monitors.keys()] : reported);
}

/** If the whole invocation failed, its error is why each of its runs measured nothing. */
const withDetail = <T extends StoredObservation>(observation: T, { error }: ReportEntry): T =>
  observation.outcome === 'unmeasured' && observation.detail === undefined && error !== null
    ? { ...observation, detail: error }
    : observation;

function applyChanges(context: ApplyContext, changes: ChangeEntry['changes'], isPart: boolean): void {
  const affected = new Set<number>();
  for (const change of changes) for (const number of applyConfigChange(context, change)) affected.add(number);
  const quarantined = !isPart && context.quarantineOutliers();
  context.evaluate([...(quarantined ? context.state.monitors.keys() : affected)]);
}

/** What a window, or the wait of a flapping monitor, suppressed is sent with the first entry after its end. */
function reevaluateReleased(context: ApplyContext, since: number): void {
  const { state, at } = context;
  const released: number[] = [];
  for (const monitor of state.monitors.values()) {
    if (monitor.policy.paused || (state.windows.size === 0 && monitor.flapping === null)) continue;
    const end = nextReleaseAt(state, monitor, since);
    if (end !== null && end <= at) released.push(monitor.number);
  }
  if (released.length > 0) context.evaluate(released);
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
  'detached',
] as const;

function needsSnapshot(before: State, { state, changedMonitors }: ApplyContext): boolean {
  for (const number of changedMonitors) {
    const was = before.monitors.get(number);
    const is = state.monitors.get(number);
    if (
      !was ||
      !is ||
      SNAPSHOT_FIELDS.some((field) => was[field] !== is[field]) ||
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
  for (const entry of entries) current = apply(current, entry).value;
  return current;
};
