// Owns what lists show of a monitor, as a function of the state, and which monitors a commit changed in it. Pure.
// Monitors and locations are compared by identity first: a state is never changed in place.
import { shownSince } from '../engine/incidents/up-since.ts';
import { SLOT_MS, staleAfterMs } from '../engine/model/policy.ts';
import type { LocationState, LocationStatus, MonitorState, State } from '../engine/model/state.ts';
import { warningCodes } from '../engine/notifications/warnings.ts';
import { assignedLocations, countVotes, freshSince, isQuarantined } from '../engine/voting/quorum.ts';
import type { monitorStates, StoredVote } from './schema.ts';

/** The row of a monitor, without the time of the write. */
export type MonitorView = Omit<typeof monitorStates.$inferSelect, 'updatedAt'>;

/**
 * The time at which votes are counted. A vote can expire without a commit that touches its monitor, so all monitors are
 * looked through once in 10 s: a view lags behind the state by less than that.
 */
const countedAt = ({ at }: State): number => Math.floor(at / SLOT_MS) * SLOT_MS;

export function monitorView(state: State, monitor: MonitorState): MonitorView {
  const votes = countVotes(state, monitor, countedAt(state));
  const failing = new Set(votes.failing);
  const passing = new Set(votes.passing);
  const freshAfter = countedAt(state) - staleAfterMs(monitor.policy);
  return {
    number: monitor.number,
    verdict: monitor.verdict,
    since: shownSince(monitor),
    neverChecked: [...monitor.byLocation.values()].every(isUnmeasured),
    passing: passing.size,
    failing: failing.size,
    abstaining: votes.abstaining.length,
    warnings: monitor.verdict === 'up' ? warningCodes(monitor, votes) : [],
    flapping: monitor.flapping !== null,
    incidentId: monitor.incident?.id ?? null,
    votes: assignedLocations(state, monitor.policy).flatMap(({ number, id }): StoredVote[] => {
      const status = monitor.byLocation.get(number);
      if (!status) return [];
      if (failing.has(number)) return [[number, id, 'failing', failingSince(status)]];
      if (passing.has(number)) return [[number, id, 'passing', null]];
      return [[number, id, 'abstaining', isSilent(status, freshAfter) ? measuredAt(status) : null]];
    }),
  };
}

/** It abstains because it measures nothing. */
const isSilent = (status: LocationStatus, freshAfter: number): boolean =>
  status.vote !== 'none' && (status.noResponse || freshSince(status) < freshAfter);

const measuredAt = (status: LocationStatus): number | null => {
  const at = freshSince(status);
  return Number.isFinite(at) ? at : null;
};

const isUnmeasured = ({ lastMeasuredAt }: LocationStatus): boolean => lastMeasuredAt === null;

const failingSince = ({ vote, streakOf, streakSince }: LocationStatus): number | null =>
  vote === 'failing' && streakOf === 'failed' ? streakSince : null;

/** The monitors whose view the commits between the states changed. `corrected`: they moved times back. */
export function changedViews(before: State, after: State, corrected: boolean): MonitorView[] {
  const isEveryOneAsked = corrected || haveOtherVoters(before, after);
  const isTimeAsked = countedAt(before) !== countedAt(after);
  const changed: MonitorView[] = [];
  for (const [number, is] of after.monitors) {
    const was = before.monitors.get(number);
    if (was === is && !isEveryOneAsked && !isTimeAsked) continue;
    if (was === undefined) changed.push(monitorView(after, is));
    else if (isEveryOneAsked || mayDiffer(before, was, after, is)) {
      const view = monitorView(after, is);
      if (JSON.stringify(view) !== JSON.stringify(monitorView(before, was))) changed.push(view);
    }
  }
  return changed;
}

/** The view of every monitor. */
export const allViews = (state: State): MonitorView[] =>
  [...state.monitors.values()].map((monitor) => monitorView(state, monitor));

/** Whether a location came, went, was enabled, disabled, quarantined or released. */
function haveOtherVoters(before: State, after: State): boolean {
  if (before.locations === after.locations) return false;
  if (before.locations.size !== after.locations.size) return true;
  return [...after.locations.values()].some((is) => !isSameVoter(before.locations.get(is.number), is));
}

const isSameVoter = (was: LocationState | undefined, is: LocationState): boolean =>
  was === is || (was?.id === is.id && was.enabled === is.enabled && isQuarantined(was) === isQuarantined(is));

/** Cheap, and never false if the view of the same voters differs. */
function mayDiffer(before: State, was: MonitorState, after: State, is: MonitorState): boolean {
  if (
    was.policy !== is.policy ||
    was.verdict !== is.verdict ||
    shownSince(was) !== shownSince(is) ||
    was.incident?.id !== is.incident?.id ||
    (was.flapping === null) !== (is.flapping === null) ||
    was.warnings !== is.warnings ||
    was.byLocation.size !== is.byLocation.size
  )
    return true;
  const staleMs = staleAfterMs(is.policy);
  const freshBefore = countedAt(before) - staleMs;
  const freshAfter = countedAt(after) - staleMs;
  for (const [number, status] of is.byLocation) {
    const known = was.byLocation.get(number);
    if (known === undefined) return true;
    if (freshSince(known) < freshBefore !== freshSince(status) < freshAfter) return true;
    if (known === status) continue;
    if (haveDifferentVotes(known, status, is.warnings !== null)) return true;
    if (isSilent(status, freshAfter) && measuredAt(known) !== measuredAt(status)) return true;
  }
  return false;
}

const haveDifferentVotes = (was: LocationStatus, is: LocationStatus, isWarned: boolean): boolean =>
  was.vote !== is.vote ||
  was.noResponse !== is.noResponse ||
  isUnmeasured(was) !== isUnmeasured(is) ||
  failingSince(was) !== failingSince(is) ||
  (isWarned && was.warnings !== is.warnings);
