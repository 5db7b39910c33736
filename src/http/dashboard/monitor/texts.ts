// Owns the words of the pages of one monitor: votes, failures, phases, what is next. Pure.
import type { Timings } from '../../../../probes/contract/index.ts';
import type { LocationExplanation } from '../../../engine/explain/explain.ts';
import type { StoredObservation } from '../../../engine/model/state.ts';
import { FAILURES, UNMEASURED } from '../parts/outcome-words.ts';

export const PHASES = [
  ['dnsMs', 'Name'],
  ['connectMs', 'Connect'],
  ['tlsMs', 'TLS'],
  ['firstByteMs', 'First byte'],
] as const satisfies readonly (readonly [keyof Timings, string])[];

export const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

/** `Name 12 ms, Connect 31 ms`. Empty if no phase was measured. */
export const phasesText = (timings: Timings): string =>
  PHASES.flatMap(([key, label]) => {
    const value = timings[key];
    return value === undefined ? [] : [`${label} ${ms(value)}`];
  }).join(', ');

type Outcome = Pick<StoredObservation, 'outcome' | 'code' | 'reason' | 'timings' | 'degraded'>;

/** `OK in 42 ms`, `Connection refused`, `Not measured: the probe failed`. */
export function outcomeText({ outcome, code, reason, timings, degraded }: Outcome): string {
  if (outcome === 'failed') return code === undefined ? 'Failed' : FAILURES[code];
  if (outcome === 'unmeasured')
    return reason === undefined ? 'Not measured' : `Not measured: ${UNMEASURED[reason]}`;
  const total = timings.totalMs === undefined ? 'OK' : `OK in ${ms(timings.totalMs)}`;
  return degraded !== undefined && degraded.length > 0 ? `${total}, with a warning` : total;
}

const ABSTAIN: Readonly<Record<NonNullable<LocationExplanation['abstainReason']>, string>> = {
  stale: 'no recent measurement',
  disabled: 'the location is disabled',
  quarantined: 'the location is in quarantine',
  no_response: 'it did not answer the last round',
  no_vote: 'not enough measurements yet',
};

const STALE: Readonly<Record<NonNullable<LocationExplanation['stale']>, string>> = {
  unmeasured: 'the newest check measured nothing',
  no_response: 'the newest check got no answer',
  overdue: 'the newest check is overdue',
};

export function voteOf({ vote, abstainReason }: Pick<LocationExplanation, 'vote' | 'abstainReason'>): {
  readonly tone: 'good' | 'bad' | 'no_data';
  readonly label: string;
} {
  if (abstainReason !== null) return { tone: 'no_data', label: 'Abstains' };
  return vote === 'failing' ? { tone: 'bad', label: 'Failing' } : { tone: 'good', label: 'Passing' };
}

/** Beside the vote: why it does not count, or why it may change soon. Empty if there is nothing to say. */
export function voteNotes({ abstainReason, stale, pending }: LocationExplanation): string[] {
  return [
    ...(abstainReason === null ? [] : [ABSTAIN[abstainReason]]),
    ...(stale === null ? [] : [STALE[stale]]),
    ...(pending ? ['the newest result contradicts the vote'] : []),
  ];
}

export const streakText = ({ streakOf, streak }: Pick<LocationExplanation, 'streakOf' | 'streak'>): string =>
  streakOf === 'none'
    ? '–'
    : `${streak}${streak > 1 ? ' times' : ' time'} ${streakOf === 'ok' ? 'ok' : 'failed'}`;

const WARNINGS: Readonly<Record<string, string>> = {
  degraded: 'Slow or lossy',
  certificate: 'Certificate expires soon',
  latency: 'Slow',
  loss: 'Loses packets',
  address: 'Dead at some addresses',
};

export const warningText = (kind: string): string => (Object.hasOwn(WARNINGS, kind) ? WARNINGS[kind]! : kind);

const REASONS: Readonly<Record<string, string>> = {
  paused: 'ended when it was paused',
  deleted: 'ended when it was deleted',
  target_changed: 'ended when the target was changed',
  disabled: 'ended when the location was disabled',
  too_few_locations: 'ended: too few locations',
  regional_problem: 'ended as a regional problem',
};

export const endReasonText = (reason: string | null): string =>
  reason === null ? '' : Object.hasOwn(REASONS, reason) ? REASONS[reason]! : reason;

export function quorumText(quorum: string | number): string {
  if (quorum === 'majority') return 'More than half of the locations';
  if (quorum === 'all') return 'All locations';
  if (quorum === 'any') return 'Any two locations, or the only one';
  return `${quorum} locations`;
}
