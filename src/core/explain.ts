// Why a monitor's verdict is what it is: votes, streaks, quorum, the open round and the next looks.
import type { QuorumCount } from './notice.ts';
import { lastDueAt } from './plan.ts';
import {
  type Abstention,
  abstention,
  assignedLocations,
  countVotes,
  enoughVoters,
  judge,
  quorumCount,
  type Votes,
} from './quorum.ts';
import type { MonitorState, Seen, State, Verdict, View, Vote } from './state.ts';
import { isPending } from './view.ts';

export interface LocationExplanation {
  readonly location: number;
  readonly id: string;
  readonly vote: Vote;
  /** Why it has no say right now. */
  readonly abstains: Abstention | null;
  readonly pending: boolean;
  readonly streakOf: View['streakOf'];
  readonly streak: number;
  readonly since: number | null;
  readonly measuredAt: number | null;
  readonly lookedAt: number | null;
  /** When its own slot comes next; a round may ask it sooner. */
  readonly nextLookAt: number | null;
  readonly seen: Seen | null;
}

export interface Explanation {
  readonly verdict: Verdict;
  readonly since: number;
  readonly quorum: QuorumCount;
  /** One or two sentences for a person. */
  readonly why: string;
  readonly locations: readonly LocationExplanation[];
  readonly round: {
    readonly step: number;
    readonly startsAt: number;
    readonly asked: readonly string[];
    readonly answered: readonly string[];
  } | null;
}

/** Throws when the monitor is not in the state: a row without state is a bug. */
export function explain(state: State, number: number, now: number): Explanation {
  const monitor = state.monitors.get(number);
  if (!monitor) throw new Error(`monitor ${number} is not in the state`);
  const votes = countVotes(state, monitor, now);
  const verdict = judge(monitor, votes);
  const idOf = (location: number): string => state.locations.get(location)?.id ?? String(location);
  const { round } = monitor;
  return {
    verdict,
    since: verdict === monitor.verdict ? monitor.verdictSince : now,
    quorum: quorumCount(monitor.policy, votes),
    why: sentence(monitor, votes, verdict),
    locations: explainLocations(state, monitor, now),
    round: round && {
      step: round.step,
      startsAt: round.startsAt,
      asked: round.asked.map(idOf),
      answered: [...new Set(round.answers.map((answer) => idOf(answer.location)))],
    },
  };
}

function sentence(monitor: MonitorState, votes: Votes, verdict: Verdict): string {
  if (monitor.policy.paused) return 'The monitor is paused: no location looks at it.';
  const { required } = quorumCount(monitor.policy, votes);
  const failing = votes.failing.length;
  const voters = failing + votes.passing.length;
  if (!enoughVoters(voters, votes)) {
    return `Only ${voters} of ${votes.configured} locations have a fresh vote, and more than half are needed to know.`;
  }
  const rule = `${required} of ${voters} voting locations must fail ${monitor.policy.failures} times in a row`;
  const count = failing === 0 ? 'none does' : failing === 1 ? '1 does' : `${failing} do`;
  const pending = votes.pending
    ? ' A location has just seen the opposite of its vote and is asked again.'
    : '';
  const silent = votes.abstaining.length > 0 ? ` ${votes.abstaining.length} abstain.` : '';
  return `${rule}; ${count}.${verdict === 'partial' ? ' So it is a regional problem.' : ''}${silent}${pending}`;
}

function explainLocations(state: State, monitor: MonitorState, now: number): LocationExplanation[] {
  const { policy } = monitor;
  const locations = assignedLocations(state, policy);
  return locations.flatMap((location, k): LocationExplanation[] => {
    const view = monitor.views.get(location.number);
    if (!view) return [];
    const nextLookAt = lastDueAt(monitor, k, locations.length, now) + policy.intervalMs;
    return [
      {
        location: location.number,
        id: location.id,
        vote: view.vote,
        abstains: abstention(view, location, policy, now),
        pending: isPending(view),
        streakOf: view.streakOf,
        streak: view.streak,
        since: view.streak > 0 ? view.streakSince : null,
        measuredAt: view.measuredAt || null,
        lookedAt: view.lookedAt || null,
        nextLookAt: policy.paused || !location.enabled ? null : nextLookAt,
        seen: view.missed ?? view.seen,
      },
    ];
  });
}
