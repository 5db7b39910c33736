// The virtual fleet: what an invocation comes back with, and when. Answers as the real one does: src/fleet.
import type { FailureCode } from '../../probes/contract/index.ts';
import type { ReportEntry, ReportedObservation } from '../../src/engine/model/journal.ts';
import type { Kind } from './scenario.ts';

/** Waiting for an answer this much longer than the slowest check may take. */
const INVOCATION_SLACK_MS = 3_000;

/** What was heard of one invocation: a report entry but for when it is committed. */
export type Heard = Omit<ReportEntry, 'kind' | 'at'>;

export interface Asked {
  readonly location: number;
  readonly runs: readonly {
    readonly monitor: number;
    readonly timeoutMs: number;
    readonly kind: Kind | null;
  }[];
}

/** Every look of an invocation that nobody answers in time is late, whatever it found. */
export function answerTo({ location, runs }: Asked, askedAt: number): Heard {
  const slowestMs = Math.max(...runs.map(({ timeoutMs }) => timeoutMs));
  const late = runs.some(({ kind }) => kind === 'silent' || kind === 'late');
  if (late) {
    const answeredAt = askedAt + slowestMs + INVOCATION_SLACK_MS;
    const observations = runs.map(({ monitor }) => unmeasured(monitor, askedAt, 'late'));
    return { location, askedAt, answeredAt, error: 'no answer in time', missedDeadline: true, observations };
  }
  const hung = runs.filter(({ kind }) => kind === 'timeout').map(({ timeoutMs }) => timeoutMs);
  return {
    location,
    askedAt,
    answeredAt: askedAt + Math.max(0, ...hung),
    error: null,
    missedDeadline: false,
    observations: runs.map(({ monitor, kind }) => observationOf(monitor, askedAt, kind)),
  };
}

function observationOf(monitor: number, startedAt: number, kind: Kind | null): ReportedObservation {
  // Every monitor is on a network of its own.
  const network = `10.${monitor >> 8}.${monitor & 255}.0/24`;
  if (kind === null) return { monitor, startedAt, outcome: 'ok', timings: {}, network };
  if (kind === 'unmeasured') return unmeasured(monitor, startedAt, 'deadline');
  const code = kind as FailureCode;
  return { monitor, startedAt, outcome: 'failed', code, detail: code, timings: {}, network };
}

const unmeasured = (
  monitor: number,
  startedAt: number,
  reason: 'late' | 'deadline',
): ReportedObservation => ({
  monitor,
  startedAt,
  outcome: 'unmeasured',
  reason,
  timings: {},
});
