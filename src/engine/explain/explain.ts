// Why a monitor's verdict is what it is: votes, streaks, quorum, the open round and the next looks.

import type { QuorumCount } from '../model/notification.ts';
import type {
  LocationStatus,
  MonitorState,
  State,
  StoredObservation,
  Verdict,
  Vote,
} from '../model/state.ts';
import { isRaised, isUnsent } from '../notifications/warnings.ts';
import { lastDueAt } from '../schedule/schedule.ts';
import { WARNING_KINDS, type WarningKind } from '../voting/location-warnings.ts';
import {
  type AbstainReason,
  abstainReason,
  assignedLocations,
  countVotes,
  quorumCount,
  verdictFor,
} from '../voting/quorum.ts';
import { isPending } from '../voting/streak.ts';
import { explainInWords, type Suppression, suppressedBy } from './sentences.ts';

export interface LocationExplanation {
  readonly location: number;
  readonly id: string;
  readonly vote: Vote;
  /** Why it has no say right now. */
  readonly abstainReason: AbstainReason | null;
  readonly pending: boolean;
  readonly streakOf: LocationStatus['streakOf'];
  readonly streak: number;
  readonly since: number | null;
  readonly lastMeasuredAt: number | null;
  readonly lastCheckedAt: number | null;
  /** When its own slot comes next; a round may ask it sooner. */
  readonly nextCheckAt: number | null;
  /** What it warns of. */
  readonly warnings: readonly WarningKind[];
  readonly lastResult: StoredObservation | null;
}

/** A warning that a quorum agrees on. */
export interface WarningExplanation {
  readonly kind: WarningKind;
  readonly since: number;
  /** Receivers know all of it. */
  readonly notified: boolean;
}

export interface Explanation {
  readonly verdict: Verdict;
  readonly since: number;
  readonly quorum: QuorumCount;
  /** A few sentences for a person. */
  readonly why: string;
  readonly flapping: boolean;
  /** Why nothing new is told of it right now. */
  readonly suppressed: Suppression | null;
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
  const verdict = verdictFor(monitor, votes);
  const idOf = (location: number): string => state.locations.get(location)?.id ?? String(location);
  const { round } = monitor;
  return {
    verdict,
    since: verdict === monitor.verdict ? monitor.verdictSince : now,
    quorum: quorumCount(monitor.policy, votes),
    why: explainInWords(state, monitor, votes, verdict, now),
    flapping: monitor.flapping !== null,
    suppressed: suppressedBy(state, monitor, now),
    warnings: explainWarnings(monitor),
    locations: explainLocations(state, monitor, now),
    round: round && {
      step: round.step,
      startsAt: round.startsAt,
      asked: round.asked.map(idOf),
      answered: [...new Set(round.results.map((answer) => idOf(answer.location)))],
    },
  };
}

const explainWarnings = ({ warnings }: MonitorState): WarningExplanation[] =>
  WARNING_KINDS.flatMap((kind) => {
    const raised = warnings?.[kind];
    return isRaised(raised) ? [{ kind, since: raised.since, notified: !isUnsent(raised) }] : [];
  });

function explainLocations(state: State, monitor: MonitorState, now: number): LocationExplanation[] {
  const { policy } = monitor;
  const locations = assignedLocations(state, policy);
  return locations.flatMap((location, k): LocationExplanation[] => {
    const status = monitor.byLocation.get(location.number);
    if (!status) return [];
    const nextCheckAt = lastDueAt(monitor, k, locations.length, now) + policy.intervalMs;
    return [
      {
        location: location.number,
        id: location.id,
        vote: status.vote,
        abstainReason: abstainReason(status, location, policy, now),
        pending: isPending(status),
        streakOf: status.streakOf,
        streak: status.streak,
        since: status.streak > 0 ? status.streakSince : null,
        lastMeasuredAt: status.lastMeasuredAt || null,
        lastCheckedAt: status.lastCheckedAt || null,
        nextCheckAt: policy.paused || !location.enabled ? null : nextCheckAt,
        warnings: WARNING_KINDS.filter((kind) => status.warnings?.[kind]?.active),
        lastResult: status.lastUnmeasured ?? status.lastResult,
      },
    ];
  });
}
