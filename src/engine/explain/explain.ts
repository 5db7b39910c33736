// Why a monitor's verdict is what it is: votes, streaks, quorum, the open round and the next looks.

import type { QuorumCount } from '../model/notification.ts';
import type { MonitorState, Seen, State, Verdict, View, Vote } from '../model/state.ts';
import { isRaised, isUntold } from '../notifications/warnings.ts';
import { lastDueAt } from '../schedule/schedule.ts';
import { WARNING_KINDS, type WarningKind } from '../voting/location-warnings.ts';
import {
  type Abstention,
  abstention,
  assignedLocations,
  countVotes,
  judge,
  quorumCount,
} from '../voting/quorum.ts';
import { isPending } from '../voting/streak.ts';
import { type Muted, mutedBy, sentencesOf } from './sentences.ts';

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
  /** What it warns of. */
  readonly warns: readonly WarningKind[];
  readonly seen: Seen | null;
}

/** A warning that a quorum agrees on. */
export interface WarningExplanation {
  readonly kind: WarningKind;
  readonly since: number;
  /** Receivers know all of it. */
  readonly told: boolean;
}

export interface Explanation {
  readonly verdict: Verdict;
  readonly since: number;
  readonly quorum: QuorumCount;
  /** A few sentences for a person. */
  readonly why: string;
  readonly flapping: boolean;
  /** Why nothing new is told of it right now. */
  readonly muted: Muted | null;
  readonly warnings: readonly WarningExplanation[];
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
    why: sentencesOf(state, monitor, votes, verdict, now),
    flapping: monitor.flapping !== null,
    muted: mutedBy(state, monitor, now),
    warnings: explainWarnings(monitor),
    locations: explainLocations(state, monitor, now),
    round: round && {
      step: round.step,
      startsAt: round.startsAt,
      asked: round.asked.map(idOf),
      answered: [...new Set(round.answers.map((answer) => idOf(answer.location)))],
    },
  };
}

const explainWarnings = ({ warnings }: MonitorState): WarningExplanation[] =>
  WARNING_KINDS.flatMap((kind) => {
    const raised = warnings?.[kind];
    return isRaised(raised) ? [{ kind, since: raised.since, told: !isUntold(raised) }] : [];
  });

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
        warns: WARNING_KINDS.filter((kind) => view.warnings?.[kind]?.warns),
        seen: view.missed ?? view.seen,
      },
    ];
  });
}
