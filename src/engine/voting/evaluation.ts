// Owns the evaluation of one monitor: its votes, their verdict, and the evidence of every location. Decides no effects.
import type {
  Evidence,
  IncidentRecord,
  MonitorEvent,
  MonitorNotification,
  VotesAndEvidence,
} from '../model/notification.ts';
import type {
  IncidentEnd,
  LocationStatus,
  MonitorState,
  OpenIncident,
  State,
  Verdict,
} from '../model/state.ts';
import { countVotes, quorumCount, type Votes, verdictFor } from './quorum.ts';

/** The input of every rule about incidents and notifications. */
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

/** The same evaluation with the monitor as it is after an earlier rule. */
export const withMonitor = (evaluation: Evaluation, monitor: MonitorState): Evaluation =>
  monitor === evaluation.monitor ? evaluation : { ...evaluation, monitor };

/** An incident as it is sent and stored: still open, unless `ended` is given. */
export const incidentSnapshot = (
  incident: OpenIncident,
  ended: IncidentEnd | null = null,
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
  event: MonitorEvent,
  startedAt: number,
  incident: MonitorNotification['incident'] = null,
): MonitorNotification {
  const { number } = monitor;
  return {
    id,
    event,
    at,
    monitor: number,
    verdict,
    incident,
    startedAt,
    ...votesAndEvidence(monitor, votes),
  };
}

const votesAndEvidence = (monitor: MonitorState, votes: Votes): VotesAndEvidence => ({
  scope: votes.failing,
  quorum: quorumCount(monitor.policy, votes),
  evidence: evidenceFor(monitor, votes),
});

/** The evidence of every assigned location: failing ones first, then passing, then abstaining. */
export function evidenceFor(monitor: MonitorState, votes: Votes): Evidence[] {
  const evidenceAt = (vote: Evidence['vote']) => (location: number) => {
    const status = monitor.byLocation.get(location) as LocationStatus;
    const observation =
      vote === 'abstaining' ? (status.lastUnmeasured ?? status.lastResult) : status.lastResult;
    return { location, vote, streak: status.streak, since: status.streakSince, observation };
  };
  return [
    ...votes.failing.map(evidenceAt('failing')),
    ...votes.passing.map(evidenceAt('passing')),
    ...votes.abstaining.map(evidenceAt('abstaining')),
  ];
}
