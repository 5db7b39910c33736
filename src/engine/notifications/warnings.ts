// Owns warnings of a monitor that is up: when a quorum agrees on one, and which are not sent yet. Touches no verdict.
import type { Degraded } from '../../../probes/contract/index.ts';
import { RECENT_WARNING_INTERVALS } from '../model/policy.ts';
import type { MonitorState } from '../model/state.ts';
import {
  type RaisedWarning,
  type RaisedWarnings,
  WARNING_KINDS,
  type WarningKind,
} from '../model/warning.ts';
import type { Evaluation } from '../voting/evaluation.ts';
import { hasQuorum, requiredFailing, type Votes } from '../voting/quorum.ts';

/** A quorum agrees on it now. */
export const isRaised = (warning: RaisedWarning | null | undefined): warning is RaisedWarning =>
  warning != null && warning.endedAt === undefined;

/** The locations that warn of a monitor, with one kind of warning. */
export interface WarningVotes {
  /** Voting locations only, each with the code and limit of its newest warning. */
  readonly locations: readonly {
    readonly location: number;
    readonly code: Degraded['code'];
    readonly limit: number;
  }[];
  /** As many as for an outage. */
  readonly required: number;
  /** Do enough of them warn? Null if too few locations vote. */
  readonly isMet: boolean | null;
}

export function countWarningVotes(monitor: MonitorState, votes: Votes, kind: WarningKind): WarningVotes {
  const voters = [...votes.failing, ...votes.passing];
  const required = requiredFailing(monitor.policy, voters.length, votes.configured);
  const locations = voters.flatMap((location) => {
    const warning = monitor.byLocation.get(location)?.warnings?.[kind];
    return warning?.active ? [{ location, code: warning.code, limit: warning.limit }] : [];
  });
  const isMet = hasQuorum(voters.length, votes) ? locations.length >= required : null;
  return { locations, required, isMet };
}

/** The codes of the monitor's raised warnings, each once. */
export const warningCodes = (monitor: MonitorState, votes: Votes): Degraded['code'][] => {
  const raised = WARNING_KINDS.filter((kind) => isRaised(monitor.warnings?.[kind]));
  const codes = raised.flatMap((kind) =>
    countWarningVotes(monitor, votes, kind).locations.map(({ code }) => code),
  );
  return [...new Set(codes)];
};

/** Raises the warnings that a quorum agrees on and ends those that it no longer agrees on. */
export function updateWarnings({ monitor, votes, at }: Evaluation): MonitorState {
  if (!votes.warning && !monitor.warnings) return monitor;
  const degraded = updateWarning(monitor, votes, 'degraded', at);
  const certificate = updateWarning(monitor, votes, 'certificate', at);
  const before = monitor.warnings;
  if (degraded === (before?.degraded ?? null) && certificate === (before?.certificate ?? null))
    return monitor;
  return { ...monitor, warnings: degraded || certificate ? { degraded, certificate } : null };
}

function updateWarning(
  monitor: MonitorState,
  votes: Votes,
  kind: WarningKind,
  at: number,
): RaisedWarning | null {
  const before = monitor.warnings?.[kind] ?? null;
  const { locations, required, isMet } = countWarningVotes(monitor, votes, kind);
  if (isMet === null) return before;
  if (!isMet) return keepRecent(monitor, before, at);
  const limits = locations.map((one) => one.limit).sort((a, b) => a - b);
  const limit = kind === 'certificate' ? limits[required - 1]! : 0;
  if (before === null || before.endedAt !== undefined)
    return { since: at, limit, notifiedLimit: before?.notifiedLimit ?? null };
  return before.limit === limit ? before : { ...before, limit };
}

/** A warning that was sent is kept for a while after its end, so that it is not sent again when it returns. */
function keepRecent(
  { policy }: MonitorState,
  before: RaisedWarning | null,
  at: number,
): RaisedWarning | null {
  if (before === null || before.notifiedLimit === null) return null;
  const { endedAt = at } = before;
  if (at - endedAt >= RECENT_WARNING_INTERVALS * policy.intervalMs) return null;
  return isRaised(before) ? { ...before, endedAt } : before;
}

/** The warning was sent, at this limit or a lower one. */
export const isRecentlySent = ({ limit, notifiedLimit }: RaisedWarning): boolean =>
  notifiedLimit !== null && limit >= notifiedLimit;

/** It holds and was not sent, or only at a higher limit. */
export const isUnsent = (warning: RaisedWarning): boolean => isRaised(warning) && !isRecentlySent(warning);

const NO_KINDS: readonly WarningKind[] = [];

/** The kinds of warnings that are not sent yet, in the order in which they are sent. */
export const unsentWarnings = (warnings: RaisedWarnings | null): readonly WarningKind[] =>
  warnings ? WARNING_KINDS.filter((kind) => warnings[kind] !== null && isUnsent(warnings[kind])) : NO_KINDS;

/** The monitor after the notification about one of its raised warnings. */
export function markWarningNotified(monitor: MonitorState, kind: WarningKind): MonitorState {
  const warnings = monitor.warnings as RaisedWarnings;
  const raised = warnings[kind] as RaisedWarning;
  return { ...monitor, warnings: { ...warnings, [kind]: { ...raised, notifiedLimit: raised.limit } } };
}
