// Owns the explanation of a monitor: votes, streaks, quorum, suppression, the open round and the next checks. Decides
// nothing itself: every answer is the rule's own.

import type { QuorumCount } from '../model/notification.ts';
import type {
  LocationIncident,
  LocationStatus,
  MonitorState,
  State,
  StoredObservation,
  Verdict,
  Vote,
} from '../model/state.ts';
import { WARNING_KINDS, type WarningKind } from '../model/warning.ts';
import { isNotified } from '../notifications/pipeline.ts';
import { type MonitorSuppression, suppressionOf } from '../notifications/suppression.ts';
import { isRaised, isUnsent } from '../notifications/warnings.ts';
import { lastDueAt } from '../schedule/schedule.ts';
import { type Evaluation, evaluate } from '../voting/evaluation.ts';
import {
  type AbstainReason,
  abstainReason,
  assignedLocations,
  isQuarantined,
  quorumCount,
} from '../voting/quorum.ts';
import { isPending } from '../voting/streak.ts';
import { type FailureGroup, groupFailures } from './failures.ts';
import { explainInWords } from './sentences.ts';
import { type StaleReason, staleReason, voteExpiresAt } from './staleness.ts';

export interface LocationExplanation {
  readonly location: number;
  readonly id: string;
  readonly vote: Vote;
  /** Why it does not vote right now. */
  readonly abstainReason: AbstainReason | null;
  /** Why the vote is shown as stale although it may count until `voteExpiresAt`; null if it is of the newest check. */
  readonly stale: StaleReason | null;
  readonly voteExpiresAt: number | null;
  readonly pending: boolean;
  readonly streakOf: LocationStatus['streakOf'];
  readonly streak: number;
  readonly since: number | null;
  readonly lastMeasuredAt: number | null;
  readonly lastCheckedAt: number | null;
  /** By its schedule; a round may check sooner. */
  readonly nextCheckAt: number | null;
  /** The kinds of warnings that it reports. */
  readonly warnings: readonly WarningKind[];
  readonly lastResult: StoredObservation | null;
  /** The target's network as the location reports it. */
  readonly network: string | null;
  /** Null if it is not in quarantine. */
  readonly quarantine: LocationIncident | null;
}

/** A warning that a quorum agrees on. */
export interface WarningExplanation {
  readonly kind: WarningKind;
  readonly since: number;
  /** It was sent, at its present limit or a lower one. */
  readonly notified: boolean;
}

export interface Explanation {
  readonly verdict: Verdict;
  readonly since: number;
  readonly quorum: QuorumCount;
  /** A few sentences for a person. */
  readonly why: string;
  readonly flapping: boolean;
  /** Which rule decides on which network the target is: what most locations report, or its host. */
  readonly network: { readonly by: 'majority'; readonly name: string } | { readonly by: 'host' };
  /** Why a new notification is not sent right now. */
  readonly suppressed: MonitorSuppression | null;
  readonly warnings: readonly WarningExplanation[];
  /** What the failing locations saw, those that most of them saw first. Locations by id. */
  readonly failures: readonly (Omit<FailureGroup, 'locations'> & { readonly locations: readonly string[] })[];
  readonly locations: readonly LocationExplanation[];
  readonly round: {
    readonly step: number;
    readonly startsAt: number;
    readonly asked: readonly string[];
    readonly answered: readonly string[];
  } | null;
}

/** Throws if the monitor is not in the state: a row without state is a bug. */
export function explain(state: State, number: number, now: number): Explanation {
  const monitor = state.monitors.get(number);
  if (!monitor) throw new Error(`monitor ${number} is not in the state`);
  const evaluation = evaluate(state, monitor, now);
  const { votes, verdict } = evaluation;
  const suppressed = suppressionOf(evaluation, unsentSubject(evaluation));
  const idOf = (location: number): string => state.locations.get(location)?.id ?? String(location);
  const { round } = monitor;
  return {
    verdict,
    since: verdict === monitor.verdict ? monitor.verdictSince : now,
    quorum: quorumCount(monitor.policy, votes),
    why: explainInWords(evaluation, suppressed),
    flapping: monitor.flapping !== null,
    network: monitor.network === null ? { by: 'host' } : { by: 'majority', name: monitor.network },
    suppressed,
    warnings: explainWarnings(monitor),
    failures: groupFailures(evaluation).map(({ code, detail, locations }) => ({
      code,
      detail,
      locations: locations.map(idOf),
    })),
    locations: explainLocations(state, monitor, now),
    round: round && {
      step: round.step,
      startsAt: round.startsAt,
      asked: round.asked.map(idOf),
      answered: [...new Set(round.results.map((result) => idOf(result.location)))],
    },
  };
}

/** What is not sent yet. A dependency or flapping holds back an opening, but not that a monitor has no data. */
function unsentSubject({ monitor, verdict }: Evaluation): 'opened' | 'no_data' | 'next' {
  if (!isNotified(monitor)) return 'opened';
  return verdict === 'no_data' && monitor.noDataId === null ? 'no_data' : 'next';
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
        stale: staleReason(monitor, status, { k, of: locations.length }, now),
        voteExpiresAt: voteExpiresAt(monitor, status),
        pending: isPending(status),
        streakOf: status.streakOf,
        streak: status.streak,
        since: status.streakSince,
        lastMeasuredAt: status.lastMeasuredAt,
        lastCheckedAt: status.lastCheckedAt,
        nextCheckAt: policy.paused || !location.enabled ? null : nextCheckAt,
        warnings: WARNING_KINDS.filter((kind) => status.warnings?.[kind]?.active),
        lastResult: status.lastUnmeasured ?? status.lastResult,
        network: status.network,
        quarantine: isQuarantined(location) ? location.incident : null,
      },
    ];
  });
}
