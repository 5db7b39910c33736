// One monitor before its judges: its votes, the verdict they give, and what every location testifies.
import type {
  Evidence,
  IncidentRecord,
  MonitorNotification,
  MonitorNotificationKind,
  VotesAndEvidence,
} from '../model/notification.ts';
import type { LocationStatus, MonitorState, OpenIncident, State, Verdict } from '../model/state.ts';
import { countVotes, quorumCount, type Votes, verdictFor } from './quorum.ts';

/** Everything that the rules of incidents and notifications look at. */
export interface Evaluation {
  readonly state: State;
  readonly monitor: MonitorState;
  readonly votes: Votes;
  readonly verdict: Verdict;
  readonly at: number;
}

export function evaluate(state: State, monitor: MonitorState, at: number): Evaluation {
  const votes = countVotes(state, monitor, at);
  return { state, monitor, votes, verdict: verdictFor(monitor, votes), at };
}

/** The same hearing of a monitor that has changed; itself, when it has not. */
export const withMonitor = (evaluation: Evaluation, monitor: MonitorState): Evaluation =>
  monitor === evaluation.monitor ? evaluation : { ...evaluation, monitor };

/** An incident as it is told: still open, unless `ended` says otherwise. */
export const incidentSnapshot = (
  incident: OpenIncident,
  ended: { readonly resolvedAt: number; readonly reason: string | null } | null = null,
): NonNullable<MonitorNotification['incident']> => ({
  ...incident,
  resolvedAt: ended?.resolvedAt ?? null,
  reason: ended?.reason ?? null,
});

export const incidentRecord = (
  { monitor, votes }: Evaluation,
  incident: NonNullable<MonitorNotification['incident']>,
): IncidentRecord => ({ incident, monitor: monitor.number, ...votesAndEvidence(monitor, votes) });

export function buildNotification(
  { monitor, votes, verdict, at }: Evaluation,
  id: string,
  kind: MonitorNotificationKind,
  startedAt: number,
  incident: MonitorNotification['incident'] = null,
): MonitorNotification {
  const { number } = monitor;
  return { id, kind, at, monitor: number, verdict, incident, startedAt, ...votesAndEvidence(monitor, votes) };
}

const votesAndEvidence = (monitor: MonitorState, votes: Votes): VotesAndEvidence => ({
  scope: votes.failing,
  quorum: quorumCount(monitor.policy, votes),
  evidence: evidenceFor(monitor, votes),
});

/** Every assigned location's testimony: those that fail first, then those that pass, then those that abstain. */
export function evidenceFor(monitor: MonitorState, votes: Votes): Evidence[] {
  const testify = (vote: Evidence['vote']) => (location: number) => {
    const status = monitor.byLocation.get(location) as LocationStatus;
    const observation =
      vote === 'abstaining' ? (status.lastUnmeasured ?? status.lastResult) : status.lastResult;
    return {
      location,
      vote,
      streak: status.streak,
      since: status.streak > 0 ? status.streakSince : null,
      observation,
    };
  };
  return [
    ...votes.failing.map(testify('failing')),
    ...votes.passing.map(testify('passing')),
    ...votes.abstaining.map(testify('abstaining')),
  ];
}
