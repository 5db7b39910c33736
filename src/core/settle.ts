// settle(state, entry): what the world looks like after one report or one change. Pure: the same journal,
// replayed, gives the same state.
import { applyChanges } from './change.ts';
import { pronounce } from './incident.ts';
import type { Entry, ReportEntry } from './journal.ts';
import type { Notice } from './notice.ts';
import { assignedLocations } from './quorum.ts';
import { askEverybody, belongsTo, fanOut, hear, reconsider } from './round.ts';
import type { Answer, LocationState, MonitorState, State, View } from './state.ts';
import { isPending, observe } from './view.ts';

/** A silence that lasts this much longer than the mesh may be silent was a gap: nobody was awake. */
const GAP_MS = 150_000;

export interface Settlement {
  readonly state: State;
  readonly notices: readonly Notice[];
  /** A vote, a round or a verdict changed: the packed state has to be written. */
  readonly changed: boolean;
}

export function settle(before: State, entry: Entry): Settlement {
  const awakeSince = isGap(before, entry.at) ? entry.at : before.awakeSince;
  const state: State = { ...before, seq: before.seq + 1, at: entry.at, awakeSince };
  return entry.kind === 'report' ? settleReport(state, entry) : applyChanges(state, entry);
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

function settleReport(before: State, entry: ReportEntry): Settlement {
  const reporter = before.locations.get(entry.location);
  if (!reporter) return { state: before, notices: [], changed: false };
  const locations = new Map(before.locations).set(entry.location, hearFrom(reporter, entry));
  const state: State = { ...before, locations };
  const monitors = new Map(state.monitors);
  const notices: Notice[] = [];
  let changed = false;
  for (const { monitor: number, ...seen } of entry.observations) {
    const monitor = monitors.get(number);
    const view = monitor?.views.get(entry.location);
    if (!monitor || !view || monitor.policy.paused) continue;
    // It began before the target, or the location, was the monitor's: history only.
    if (seen.startedAt < view.addedAt) continue;
    const told = settleMonitor(state, monitor, { location: entry.location, ...seen }, entry.at);
    monitors.set(number, told.monitor);
    notices.push(...told.notices);
    changed ||= told.notices.length > 0 || differs(monitor, told.monitor, entry.location);
  }
  return { state: { ...state, monitors }, notices, changed };
}

/** What a report says of the location itself. */
function hearFrom(location: LocationState, entry: ReportEntry): LocationState {
  const missedDeadlines = entry.missedDeadline ? location.missedDeadlines + 1 : 0;
  if (entry.error === null) return { ...location, missedDeadlines, reportedAt: entry.answeredAt };
  return { ...location, missedDeadlines, errorAt: entry.answeredAt, error: entry.error };
}

/** One observation of one monitor: into the open round or straight into the view; then the round, then the verdict. */
function settleMonitor(state: State, before: MonitorState, answer: Answer, at: number) {
  let monitor = before;
  if (monitor.round && belongsTo(monitor.round, answer, monitor.policy)) {
    monitor = hear(state, monitor, monitor.round, answer, at);
  } else {
    monitor = applyAnswer(state, monitor, answer, at);
  }
  const told = pronounce(state, monitor, at);
  return { ...told, monitor: askIfBlind(state, told.monitor, at) };
}

/** An answer outside a round; if it contradicts what its location said, a fan-out starts at once. */
function applyAnswer(state: State, monitor: MonitorState, answer: Answer, at: number): MonitorState {
  const view = monitor.views.get(answer.location);
  if (!view) return monitor;
  const next = observe(view, answer, monitor.policy);
  const seen = { ...monitor, views: new Map(monitor.views).set(answer.location, next) };
  if (seen.round) return reconsider(state, seen, at);
  return contradicts(view, next) ? fanOut(state, seen, answer.location, at) : seen;
}

/** It made its location pending; or, where one look is enough, turned its vote at once. */
const contradicts = (before: View, after: View): boolean =>
  !isPending(before) && (isPending(after) || (before.vote === 'failing') !== (after.vote === 'failing'));

/** A monitor short of fresh voters is asked from everywhere at once, at most once an interval. */
function askIfBlind(state: State, monitor: MonitorState, at: number): MonitorState {
  if (
    monitor.verdict !== 'undecided' ||
    monitor.round ||
    at - monitor.askedAllAt < monitor.policy.intervalMs
  ) {
    return monitor;
  }
  return askEverybody(state, monitor, at);
}

function differs(a: MonitorState, b: MonitorState, location: number): boolean {
  if (a.round !== b.round || a.verdict !== b.verdict || a.incident !== b.incident || a.blind !== b.blind)
    return true;
  const was = a.views.get(location);
  const is = b.views.get(location);
  return was?.vote !== is?.vote || was?.streakOf !== is?.streakOf || was?.unanswered !== is?.unanswered;
}

/** Rebuilds a state from the entries after it, in order. */
export const replay = (state: State, entries: Iterable<Entry>): State => {
  let current = state;
  for (const entry of entries) current = settle(current, entry).state;
  return current;
};
