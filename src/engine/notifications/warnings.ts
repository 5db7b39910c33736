// Warnings of a monitor that answers: when a quorum of locations agrees on one, and what of it is still to be told.
// They never touch votes, verdicts, incidents or rounds.
import type { Degraded } from '../../../probes/contract/index.ts';
import type { MonitorState } from '../model/state.ts';
import type { Hearing } from '../voting/evaluation.ts';
import { WARNING_KINDS, type WarningKind } from '../voting/location-warnings.ts';
import { enoughVoters, required, type Votes } from '../voting/quorum.ts';
import { downAncestor } from './dependency.ts';

/** A warning that a quorum agrees on, or has agreed on of late. Limits are days for a certificate, else 0. */
export interface RaisedWarning {
  readonly since: number;
  /** The lowest limit that enough locations see crossed right now. */
  readonly limit: number;
  /** The lowest limit that receivers were told of; null = nothing was told yet. */
  readonly told: number | null;
  /** Since when no quorum agrees any more; absent while one does. Only what was told is remembered that long. */
  readonly over?: number;
}

/** So many intervals a warning has to be gone before it is news again: one at its threshold comes and goes all day. */
const REMEMBERED_INTERVALS = 20;

/** A quorum agrees on it now. */
export const isRaised = (warning: RaisedWarning | null | undefined): warning is RaisedWarning =>
  warning != null && warning.over === undefined;

/** At least one of them is not null. */
export interface RaisedWarnings {
  readonly degraded: RaisedWarning | null;
  readonly certificate: RaisedWarning | null;
}

/** Who warns of a monitor, of one kind. */
export interface Warners {
  /** Voting locations only, each with what it warned of last. */
  readonly warning: readonly {
    readonly location: number;
    readonly code: Degraded['code'];
    readonly limit: number;
  }[];
  /** As many as for an outage. */
  readonly required: number;
  /** Do so many warn? Null when too few vote to know. */
  readonly holds: boolean | null;
}

export function warnersOf(monitor: MonitorState, votes: Votes, kind: WarningKind): Warners {
  const voters = [...votes.failing, ...votes.passing];
  const needed = required(monitor.policy, voters.length, votes.configured);
  const warning = voters.flatMap((location) => {
    const one = monitor.views.get(location)?.warnings?.[kind];
    return one?.warns ? [{ location, code: one.code, limit: one.limit }] : [];
  });
  const holds = enoughVoters(voters.length, votes) ? warning.length >= needed : null;
  return { warning, required: needed, holds };
}

/** What a monitor is warned of; nothing, where no quorum agrees on a warning. */
export const warningCodes = (monitor: MonitorState, votes: Votes): Degraded['code'][] => {
  const raised = WARNING_KINDS.filter((kind) => isRaised(monitor.warnings?.[kind]));
  const codes = raised.flatMap((kind) => warnersOf(monitor, votes, kind).warning.map(({ code }) => code));
  return [...new Set(codes)];
};

/** Raises what a quorum has come to agree on, and forgets what it does so no longer. */
export function followWarnings({ monitor, votes, at }: Hearing): MonitorState {
  if (!votes.warning && !monitor.warnings) return monitor;
  const degraded = follow(monitor, votes, 'degraded', at);
  const certificate = follow(monitor, votes, 'certificate', at);
  const before = monitor.warnings;
  if (degraded === (before?.degraded ?? null) && certificate === (before?.certificate ?? null))
    return monitor;
  return { ...monitor, warnings: degraded || certificate ? { degraded, certificate } : null };
}

function follow(monitor: MonitorState, votes: Votes, kind: WarningKind, at: number): RaisedWarning | null {
  const before = monitor.warnings?.[kind] ?? null;
  const { warning, required: needed, holds } = warnersOf(monitor, votes, kind);
  if (holds === null) return before;
  if (!holds) return remembered(monitor, before, at);
  const limits = warning.map((one) => one.limit).sort((a, b) => a - b);
  const limit = kind === 'certificate' ? limits[needed - 1]! : 0;
  if (before === null || before.over !== undefined) return { since: at, limit, told: before?.told ?? null };
  return before.limit === limit ? before : { ...before, limit };
}

/** What receivers know of a warning that has ended, until it has been gone for long enough. */
function remembered(
  { policy }: MonitorState,
  before: RaisedWarning | null,
  at: number,
): RaisedWarning | null {
  if (before === null || before.told === null) return null;
  const { over = at } = before;
  if (at - over >= REMEMBERED_INTERVALS * policy.intervalMs) return null;
  return isRaised(before) ? { ...before, over } : before;
}

/** It holds, and nobody was told of it, or only of a higher limit. */
export const isUntold = (warning: RaisedWarning): boolean =>
  isRaised(warning) && (warning.told === null || warning.limit < warning.told);

const NOTHING: readonly WarningKind[] = [];

/** What receivers are to be told, in this order. */
export const untoldWarnings = (warnings: RaisedWarnings | null): readonly WarningKind[] =>
  warnings ? WARNING_KINDS.filter((kind) => warnings[kind] !== null && isUntold(warnings[kind])) : NOTHING;

/** An outage, a parent's too, and a verdict that changes all the time say more; blind, nobody knows whether it holds. */
export const hushesWarnings = ({ state, monitor, verdict }: Hearing): boolean =>
  verdict !== 'up' || monitor.flapping !== null || downAncestor(state, monitor) !== null;

/** Receivers know everything that holds now. */
export const withWarningsTold = (monitor: MonitorState): MonitorState => {
  const { degraded, certificate } = monitor.warnings ?? { degraded: null, certificate: null };
  return {
    ...monitor,
    warnings: { degraded: degraded && told(degraded), certificate: certificate && told(certificate) },
  };
};

const told = (raised: RaisedWarning): RaisedWarning =>
  isUntold(raised) ? { ...raised, told: raised.limit } : raised;
