// One monitor before its judges: its votes, the verdict they give, and what every location testifies.
import type {
  Evidence,
  IncidentRecord,
  MonitorNotice,
  MonitorNoticeKind,
  Testimony,
} from '../model/notification.ts';
import type { MonitorState, OpenIncident, State, Verdict, View } from '../model/state.ts';
import { countVotes, judge, quorumCount, type Votes } from './quorum.ts';

/** Everything that the rules of incidents and notices look at. */
export interface Hearing {
  readonly state: State;
  readonly monitor: MonitorState;
  readonly votes: Votes;
  readonly verdict: Verdict;
  readonly at: number;
}

export function openHearing(state: State, monitor: MonitorState, at: number): Hearing {
  const votes = countVotes(state, monitor, at);
  return { state, monitor, votes, verdict: judge(monitor, votes), at };
}

/** The same hearing of a monitor that has changed; itself, when it has not. */
export const over = (hearing: Hearing, monitor: MonitorState): Hearing =>
  monitor === hearing.monitor ? hearing : { ...hearing, monitor };

/** An incident as it is told: still open, unless `ended` says otherwise. */
export const shown = (
  incident: OpenIncident,
  ended: { readonly resolvedAt: number; readonly reason: string | null } | null = null,
): NonNullable<MonitorNotice['incident']> => ({
  ...incident,
  resolvedAt: ended?.resolvedAt ?? null,
  reason: ended?.reason ?? null,
});

export const recordOf = (
  { monitor, votes }: Hearing,
  incident: NonNullable<MonitorNotice['incident']>,
): IncidentRecord => ({ incident, monitor: monitor.number, ...testimonyOf(monitor, votes) });

export function noticeOf(
  { monitor, votes, verdict, at }: Hearing,
  id: string,
  kind: MonitorNoticeKind,
  startedAt: number,
  incident: MonitorNotice['incident'] = null,
): MonitorNotice {
  const { number } = monitor;
  return { id, kind, at, monitor: number, verdict, incident, startedAt, ...testimonyOf(monitor, votes) };
}

const testimonyOf = (monitor: MonitorState, votes: Votes): Testimony => ({
  scope: votes.failing,
  quorum: quorumCount(monitor.policy, votes),
  evidence: evidenceOf(monitor, votes),
});

/** Every assigned location's testimony: those that fail first, then those that pass, then those that abstain. */
export function evidenceOf(monitor: MonitorState, votes: Votes): Evidence[] {
  const testify = (vote: Evidence['vote']) => (location: number) => {
    const view = monitor.views.get(location) as View;
    const seen = vote === 'abstaining' ? (view.missed ?? view.seen) : view.seen;
    return { location, vote, streak: view.streak, since: view.streak > 0 ? view.streakSince : null, seen };
  };
  return [
    ...votes.failing.map(testify('failing')),
    ...votes.passing.map(testify('passing')),
    ...votes.abstaining.map(testify('abstaining')),
  ];
}
