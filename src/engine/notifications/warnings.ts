// Warnings of a monitor that answers: when a quorum of locations agrees on one, and what of it is still to be told.
// They never touch votes, verdicts, incidents or rounds.
import type { Degraded } from '../../../probes/contract/index.ts';
import type { MonitorState } from '../model/state.ts';
import type { Evaluation } from '../voting/evaluation.ts';
import { WARNING_KINDS, type WarningKind } from '../voting/location-warnings.ts';
import { hasQuorum, requiredFailing, type Votes } from '../voting/quorum.ts';
import { downAncestor } from './dependency.ts';

/** A warning that a quorum agrees on, or has agreed on of late. Limits are days for a certificate, else 0. */
export interface RaisedWarning {
  readonly since: number;
  /** The lowest limit that enough locations see crossed right now. */
  readonly limit: number;
  /** The lowest limit that receivers were told of; null = nothing was told yet. */
  readonly notifiedLimit: number | null;
  /** Since when no quorum agrees any more; absent while one does. Only what was told is remembered that long. */
  readonly endedAt?: number;
}

/** So many intervals a warning has to be gone before it is news again: one at its threshold comes and goes all day. */
const RECENT_INTERVALS = 20;

/** A quorum agrees on it now. */
export const isRaised = (warning: RaisedWarning | null | undefined): warning is RaisedWarning =>
  warning != null && warning.endedAt === undefined;

/** At least one of them is not null. */
export interface RaisedWarnings {
  readonly degraded: RaisedWarning | null;
  readonly certificate: RaisedWarning | null;
}

/** Who warns of a monitor, of one kind. */
export interface WarningVotes {
  /** Voting locations only, each with what it warned of last. */
  readonly locations: readonly {
    readonly location: number;
    readonly code: Degraded['code'];
    readonly limit: number;
  }[];
  /** As many as for an outage. */
  readonly required: number;
  /** Do so many warn? Null when too few vote to know. */
  readonly isMet: boolean | null;
}

export function countWarningVotes(monitor: MonitorState, votes: Votes, kind: WarningKind): WarningVotes {
  const voters = [...votes.failing, ...votes.passing];
  const needed = requiredFailing(monitor.policy, voters.length, votes.configured);
  const locations = voters.flatMap((location) => {
    const one = monitor.byLocation.get(location)?.warnings?.[kind];
    return one?.active ? [{ location, code: one.code, limit: one.limit }] : [];
  });
  const isMet = hasQuorum(voters.length, votes) ? locations.length >= needed : null;
  return { locations, required: needed, isMet };
}

/** What a monitor is warned of; nothing, where no quorum agrees on a warning. */
export const warningCodes = (monitor: MonitorState, votes: Votes): Degraded['code'][] => {
  const raised = WARNING_KINDS.filter((kind) => isRaised(monitor.warnings?.[kind]));
  const codes = raised.flatMap((kind) =>
    countWarningVotes(monitor, votes, kind).locations.map(({ code }) => code),
  );
  return [...new Set(codes)];
};

/** Raises what a quorum has come to agree on, and forgets what it does so no longer. */
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
  const { locations, required: needed, isMet } = countWarningVotes(monitor, votes, kind);
  if (isMet === null) return before;
  if (!isMet) return keepRecent(monitor, before, at);
  const limits = locations.map((one) => one.limit).sort((a, b) => a - b);
  const limit = kind === 'certificate' ? limits[needed - 1]! : 0;
  if (before === null || before.endedAt !== undefined)
    return { since: at, limit, notifiedLimit: before?.notifiedLimit ?? null };
  return before.limit === limit ? before : { ...before, limit };
}

/** What receivers know of a warning that has ended, until it has been gone for long enough. */
function keepRecent(
  { policy }: MonitorState,
  before: RaisedWarning | null,
  at: number,
): RaisedWarning | null {
  if (before === null || before.notifiedLimit === null) return null;
  const { endedAt = at } = before;
  if (at - endedAt >= RECENT_INTERVALS * policy.intervalMs) return null;
  return isRaised(before) ? { ...before, endedAt } : before;
}

/** It holds, and nobody was told of it, or only of a higher limit. */
export const isUnsent = (warning: RaisedWarning): boolean =>
  isRaised(warning) && (warning.notifiedLimit === null || warning.limit < warning.notifiedLimit);

const NOTHING: readonly WarningKind[] = [];

/** What receivers are to be told, in this order. */
export const unsentWarnings = (warnings: RaisedWarnings | null): readonly WarningKind[] =>
  warnings ? WARNING_KINDS.filter((kind) => warnings[kind] !== null && isUnsent(warnings[kind])) : NOTHING;

/** An outage, a parent's too, and a verdict that changes all the time say more; blind, nobody knows whether it holds. */
export const suppressesWarnings = ({ state, monitor, verdict }: Evaluation): boolean =>
  verdict !== 'up' || monitor.flapping !== null || downAncestor(state, monitor) !== null;

/** Receivers know everything that holds now. */
export const markWarningsNotified = (monitor: MonitorState): MonitorState => {
  const { degraded, certificate } = monitor.warnings ?? { degraded: null, certificate: null };
  return {
    ...monitor,
    warnings: {
      degraded: degraded && markNotified(degraded),
      certificate: certificate && markNotified(certificate),
    },
  };
};

const markNotified = (raised: RaisedWarning): RaisedWarning =>
  isUnsent(raised) ? { ...raised, notifiedLimit: raised.limit } : raised;
