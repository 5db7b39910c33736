// settle(state, entry): what the world looks like after one report or one change. Pure: the same journal,
// replayed, gives the same state.

import { Sitting } from './apply-context.ts';
import { applyChange } from './config-change.ts';
import { hearFrom, noticeLost, releaseCredible } from './incidents/location-health.ts';
import type { Entry, ReportEntry } from './model/journal.ts';
import type { IncidentRecord, Notice } from './model/notification.ts';
import type { MonitorState, State } from './model/state.ts';
import { hasUntold } from './notifications/pipeline.ts';
import { nextEnd } from './notifications/windows.ts';
import { listen } from './voting/confirmation.ts';
import { assignedLocations } from './voting/quorum.ts';

/** A silence that lasts this much longer than the mesh may be silent was a gap: nobody was awake. */
const GAP_MS = 150_000;

export interface Settlement {
  readonly state: State;
  /** What receivers are told. */
  readonly notices: readonly Notice[];
  /** What is stored of incidents, whether anybody is told or not. */
  readonly records: readonly IncidentRecord[];
  /** A vote, a round or a verdict changed: the packed state has to be written. */
  readonly changed: boolean;
}

export function settle(before: State, entry: Entry): Settlement {
  const { at } = entry;
  const awakeSince = isGap(before, at) ? at : before.awakeSince;
  const sitting = new Sitting({ ...before, seq: before.seq + 1, at, awakeSince }, at);
  if (entry.kind === 'report') settleReport(sitting, entry);
  else applyChanges(sitting, entry.changes);
  hearEndedWindows(sitting, before.at);
  sitting.take(noticeLost(sitting.state, at));
  const { state, notices, records } = sitting;
  const told = notices.length > 0 || records.length > 0 || entry.kind === 'change';
  return { state, notices, records, changed: told || differs(before, sitting) };
}

/** Between two looks a mesh of long intervals is silent although awake; without anything to look at, for ever. */
function isGap(before: State, at: number): boolean {
  if (at - before.at <= GAP_MS) return false;
  let silenceMs = Number.POSITIVE_INFINITY;
  for (const { policy } of before.monitors.values()) {
    if (policy.paused || policy.intervalMs >= silenceMs) continue;
    if (assignedLocations(before, policy).some(({ enabled }) => enabled)) silenceMs = policy.intervalMs;
  }
  return at - before.at > silenceMs + GAP_MS;
}

/** Everything that a report says is taken in before any verdict is pronounced on it. */
function settleReport(sitting: Sitting, entry: ReportEntry): void {
  const { at } = sitting;
  const reporter = sitting.state.locations.get(entry.location);
  if (!reporter) return;
  sitting.take(hearFrom(sitting.state, reporter, entry));
  const heard: number[] = [];
  for (const { monitor: number, network, ...seen } of entry.observations) {
    const known = sitting.monitor(number);
    const view = known?.views.get(entry.location);
    // What began before the target, or the location, was the monitor's is history only.
    if (!known || !view || known.policy.paused || seen.startedAt < view.addedAt) continue;
    const monitor = network === undefined || known.network !== null ? known : { ...known, network };
    const after = listen(sitting.state, monitor, { location: entry.location, ...seen }, at);
    sitting.putHeard(monitor, after);
    if (monitor.round === null && after.round !== null) sitting.askAncestors(after);
    heard.push(number);
  }
  const suspected = sitting.judgeWitnesses();
  const released = sitting.take(releaseCredible(sitting.state, entry.location, at));
  sitting.pronounce(suspected || released ? [...sitting.state.monitors.keys()] : heard);
}

function applyChanges(sitting: Sitting, changes: Extract<Entry, { kind: 'change' }>['changes']): void {
  const heard = new Set<number>();
  for (const change of changes) for (const number of applyChange(sitting, change)) heard.add(number);
  const suspected = sitting.judgeWitnesses();
  sitting.pronounce([...(suspected ? sitting.state.monitors.keys() : heard)]);
}

/** What was withheld during maintenance or a silence is told when that ends. */
function hearEndedWindows(sitting: Sitting, since: number): void {
  const { state, at } = sitting;
  if (state.windows.size === 0) return;
  const freed = [...state.monitors.values()].filter((monitor) => {
    const end = hasUntold(monitor) && !monitor.policy.paused ? nextEnd(state, monitor.number, since) : null;
    return end !== null && end <= at;
  });
  sitting.pronounce(freed.map(({ number }) => number));
}

const FACTS = [
  'round',
  'verdict',
  'incident',
  'told',
  'turns',
  'flapping',
  'blind',
  'network',
  'warnings',
] as const;

function differs(before: State, { state, touched }: Sitting): boolean {
  for (const number of touched) {
    const was = before.monitors.get(number);
    const is = state.monitors.get(number);
    if (!was || !is || FACTS.some((fact) => was[fact] !== is[fact]) || viewsDiffer(was, is)) return true;
  }
  return false;
}

function viewsDiffer(was: MonitorState, is: MonitorState): boolean {
  for (const [location, view] of is.views) {
    const old = was.views.get(location);
    if (old === view) continue;
    const same =
      old?.vote === view.vote && old.streakOf === view.streakOf && old.unanswered === view.unanswered;
    if (!same) return true;
  }
  return false;
}

/** Rebuilds a state from the entries after it, in order. */
export const replay = (state: State, entries: Iterable<Entry>): State => {
  let current = state;
  for (const entry of entries) current = settle(current, entry).state;
  return current;
};
