// settle(state, entry): what the world looks like after one report or one change. Pure: the same journal,
// replayed, gives the same state.
import { applyChanges } from './change.ts';
import { pronounce } from './incident.ts';
import type { Entry, ReportEntry } from './journal.ts';
import type { Notice } from './notice.ts';
import { countVotes, judge } from './quorum.ts';
import { askEverybody, belongsTo, fanOut, hear, reconsider } from './round.ts';
import type { Answer, LocationState, MonitorState, State } from './state.ts';
import { isPending, observe } from './view.ts';

/** A longer silence than this between commits was a gap: nobody was awake. */
const GAP_MS = 150_000;

export interface Settlement {
  readonly state: State;
  readonly notices: readonly Notice[];
  /** A vote, a round or a verdict changed: the packed state has to be written. */
  readonly changed: boolean;
}

export function settle(before: State, entry: Entry): Settlement {
  const awakeSince = entry.at - before.at > GAP_MS ? entry.at : before.awakeSince;
  const state: State = { ...before, seq: before.seq + 1, at: entry.at, awakeSince };
  return entry.kind === 'report' ? settleReport(state, entry) : applyChanges(state, entry);
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
    if (!monitor || monitor.policy.paused || !monitor.views.has(entry.location)) continue;
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
  const votes = countVotes(state, monitor, at);
  const verdict = judge(monitor, votes);
  const told = pronounce(state, monitor, votes, verdict, at);
  return { ...told, monitor: askIfBlind(state, told.monitor, at) };
}

/** An answer outside a round; if it makes its location pending, a fan-out starts at once. */
function applyAnswer(state: State, monitor: MonitorState, answer: Answer, at: number): MonitorState {
  const view = monitor.views.get(answer.location);
  if (!view) return monitor;
  const next = observe(view, answer, monitor.policy);
  const seen = { ...monitor, views: new Map(monitor.views).set(answer.location, next) };
  if (seen.round) return reconsider(state, seen, at);
  return isPending(next) && !isPending(view) ? fanOut(state, seen, answer.location, at) : seen;
}

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
