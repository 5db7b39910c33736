// Incidents: when one opens, is upgraded, ends, and when monitoring itself was blind. Turns verdicts into notices.
import type { Evidence, Notice, NoticeKind } from './notice.ts';
import {
  abstention,
  assignedLocations,
  countVotes,
  freshAt,
  judge,
  quorumCount,
  required,
  staleAfterMs,
  type Votes,
} from './quorum.ts';
import type { MonitorState, OpenIncident, Policy, State, Verdict, View } from './state.ts';
import { isPending } from './view.ts';

const MIN_BLIND_MS = 300_000;

export interface Told {
  readonly monitor: MonitorState;
  readonly notices: readonly Notice[];
}

/** Everything the rules below look at: one monitor, its votes and the verdict they give. */
interface Hearing {
  readonly state: State;
  readonly monitor: MonitorState;
  readonly votes: Votes;
  readonly verdict: Verdict;
  readonly at: number;
}

/** Moves a monitor to the verdict that its votes give now: opens, upgrades or ends its incident, and says so. */
export function pronounce(state: State, monitor: MonitorState, at: number): Told {
  const votes = countVotes(state, monitor, at);
  const verdict = judge(monitor, votes);
  const hearing = { state, monitor, votes, verdict, at };
  const told = verdict === 'undecided' ? { monitor, notices: [] } : changeIncident(hearing);
  const since = verdict === monitor.verdict ? monitor.verdictSince : sinceWhen(hearing, told.monitor);
  return changeBlindness(
    { ...hearing, monitor: { ...told.monitor, verdict, verdictSince: since } },
    told.notices,
  );
}

function sinceWhen({ state, monitor, votes, verdict, at }: Hearing, after: MonitorState): number {
  if (verdict === 'undecided')
    return Math.max(monitor.verdictSince, Math.min(at, blindSince(state, monitor, at)));
  if (after.incident) return after.incident.startedAt;
  return monitor.incident ? Math.min(at, endOf(monitor, monitor.incident, votes, at)) : at;
}

/** Which notice, if any, takes the open incident to this verdict. */
function changeIncident(hearing: Hearing): Told {
  const { monitor, verdict } = hearing;
  const open = monitor.incident;
  switch (verdict) {
    case 'down':
      return open?.verdict === 'down' ? { monitor, notices: [] } : openOutage(hearing);
    case 'partial': {
      if (open?.verdict === 'partial') return { monitor, notices: [] };
      if (!open) return openPartial(hearing);
      const ended = endIncident(hearing, open, null);
      const begun = openPartial({ ...hearing, monitor: ended.monitor });
      return { monitor: begun.monitor, notices: [...ended.notices, ...begun.notices] };
    }
    default:
      return open ? endIncident(hearing, open, null) : { monitor, notices: [] };
  }
}

/** A partial problem that becomes an outage is the same incident, upgraded. */
function openOutage(hearing: Hearing): Told {
  const { monitor, votes, at } = hearing;
  const { policy } = monitor;
  const needed = required(policy, votes.failing.length + votes.passing.length, votes.configured);
  const incident: OpenIncident = {
    id: monitor.incident?.id ?? incidentId(monitor, at),
    verdict: 'down',
    startedAt: startOf(streakStarts(monitor, votes.firm), needed, policy),
    detectedAt: at,
  };
  return tell(hearing, 'opened', { ...monitor, incident }, incident);
}

function openPartial(hearing: Hearing): Told {
  const { monitor, votes, at } = hearing;
  const startedAt = startOf(streakStarts(monitor, votes.failing), 2, monitor.policy);
  const incident: OpenIncident = {
    id: incidentId(monitor, at),
    verdict: 'partial',
    startedAt,
    detectedAt: at,
  };
  return tell(hearing, 'partial', { ...monitor, incident }, incident);
}

/** Ends the open incident; `reason` says why when it was not the target that came back. */
function endIncident(hearing: Hearing, open: OpenIncident, reason: string | null): Told {
  const { monitor, votes, at } = hearing;
  const resolvedAt = reason === null ? Math.min(at, endOf(monitor, open, votes, at)) : at;
  const kind = open.verdict === 'down' ? 'resolved' : 'partial_ended';
  return tell(hearing, kind, { ...monitor, incident: null }, open, resolvedAt, reason);
}

/** Pausing or deleting a monitor ends what was open, and says that this is why. */
export function withdraw(state: State, monitor: MonitorState, reason: string, at: number): Told {
  const votes = countVotes(state, monitor, at);
  const hearing: Hearing = { state, monitor, votes, verdict: monitor.verdict, at };
  const ended = monitor.incident ? endIncident(hearing, monitor.incident, reason) : { monitor, notices: [] };
  const seen = endBlindness({ ...hearing, monitor: ended.monitor });
  return { monitor: seen.monitor, notices: [...ended.notices, ...seen.notices] };
}

/** Blindness is noticed by itself, once it has lasted, and only as long as somebody was awake to see. */
function changeBlindness(hearing: Hearing, before: readonly Notice[]): Told {
  const { monitor, verdict, at } = hearing;
  if (verdict !== 'undecided') {
    const ended = endBlindness(hearing);
    return { monitor: ended.monitor, notices: [...before, ...ended.notices] };
  }
  if (monitor.blind !== null || monitor.policy.paused || at < blindNoticeAt(hearing.state, monitor))
    return { monitor, notices: before };
  const blind = `blind_${at.toString(36)}_${monitor.number}`;
  const notice = noticeOf(hearing, blind, 'blind', monitor.verdictSince, null);
  return { monitor: { ...monitor, blind }, notices: [...before, notice] };
}

/** When blindness has lasted long enough to be told. */
const blindNoticeAt = (state: State, { policy, verdictSince }: MonitorState): number =>
  Math.max(verdictSince, state.awakeSince) + Math.max(3 * policy.intervalMs, MIN_BLIND_MS);

/** When a monitor that no enabled location looks at has to be heard without a report; null when it has not. */
export function blindHearingAt(state: State, monitor: MonitorState): number | null {
  if (assignedLocations(state, monitor.policy).some(({ enabled }) => enabled)) return null;
  if (monitor.verdict !== 'undecided') return state.at;
  return monitor.blind === null ? blindNoticeAt(state, monitor) : null;
}

function endBlindness(hearing: Hearing): Told {
  const { monitor } = hearing;
  if (monitor.blind === null) return { monitor, notices: [] };
  const notice = noticeOf(hearing, `${monitor.blind}_ended`, 'blind_ended', monitor.verdictSince, null);
  return { monitor: { ...monitor, blind: null }, notices: [notice] };
}

/** When the number of fresh votes fell to half of the assigned locations or fewer. */
function blindSince(state: State, monitor: MonitorState, at: number): number {
  const expiries: number[] = [];
  let assigned = 0;
  for (const location of assignedLocations(state, monitor.policy)) {
    const view = monitor.views.get(location.number);
    if (!view) continue;
    assigned += 1;
    const why = abstention(view, location, monitor.policy, at);
    if (why === null || why === 'stale') expiries.push(freshAt(view) + staleAfterMs(monitor.policy));
  }
  expiries.sort((a, b) => b - a);
  return expiries[Math.floor(assigned / 2)] ?? at;
}

const incidentId = (monitor: MonitorState, at: number): string => `inc_${at.toString(36)}_${monitor.number}`;

/** When each began to say what it votes; one that is pending has said so for long. */
const streakStarts = (monitor: MonitorState, locations: readonly number[]): number[] =>
  locations
    .map((number) => monitor.views.get(number) as View)
    .map((view) => (isPending(view) ? 0 : view.streakSince))
    .sort((a, b) => a - b);

/** The earliest streak start that lies within one interval and timeout of the needed-th. */
export function startOf(starts: readonly number[], needed: number, policy: Policy): number {
  const decisive = starts[Math.min(needed, starts.length) - 1] ?? 0;
  return starts.find((start) => start >= decisive - policy.intervalMs - policy.timeoutMs) ?? decisive;
}

/**
 * Mirrors startOf: the passing streak that left too few failing decides when the incident ended. Who passed all along
 * ended nothing: where that would be enough, failing locations were lost from sight, just now.
 */
function endOf(monitor: MonitorState, open: OpenIncident, votes: Votes, at: number): number {
  const voters = votes.failing.length + votes.passing.length;
  const bar = open.verdict === 'partial' ? 2 : required(monitor.policy, voters, votes.configured);
  const recovered = streakStarts(monitor, votes.passing).filter((start) => start > open.startedAt);
  const decisive = voters - bar + 1 - (votes.passing.length - recovered.length);
  return decisive < 1 || recovered.length === 0 ? at : startOf(recovered, decisive, monitor.policy);
}

function tell(
  hearing: Hearing,
  kind: NoticeKind,
  monitor: MonitorState,
  incident: OpenIncident,
  resolvedAt: number | null = null,
  reason: string | null = null,
): Told {
  const shown = { ...incident, resolvedAt, reason };
  const notice = noticeOf(hearing, `${incident.id}_${kind}`, kind, incident.startedAt, shown);
  return { monitor, notices: [notice] };
}

function noticeOf(
  hearing: Hearing,
  id: string,
  kind: NoticeKind,
  startedAt: number,
  incident: Notice['incident'],
): Notice {
  const { monitor, votes, at } = hearing;
  return {
    id,
    kind,
    at,
    monitor: monitor.number,
    verdict: hearing.verdict,
    incident,
    startedAt,
    scope: votes.failing,
    quorum: quorumCount(monitor.policy, votes),
    evidence: evidenceOf(monitor, votes),
  };
}

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
