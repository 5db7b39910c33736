// Owns the virtual probes: the result of an invocation and the time when it arrives, as src/fleet would return it.
// Does not decide what fails (network-model.ts).
import type { FailureCode } from '../../probes/contract/index.ts';
import type { ReportEntry, ReportedObservation } from '../../src/engine/model/journal.ts';
import type { FaultKind } from './scenario.ts';

/** The coordinator waits this much longer than the slowest check may take. */
const INVOCATION_SLACK_MS = 3_000;

/** A report entry without the time of its commit. */
export type InvocationResult = Omit<ReportEntry, 'kind' | 'at'>;

interface VirtualInvocation {
  readonly location: number;
  readonly runs: readonly {
    readonly monitor: number;
    readonly timeoutMs: number;
    /** Null = ok. */
    readonly fault: FaultKind | null;
  }[];
}

/** If the location is silent or late, every run of the invocation is late, whatever it found. */
export function invokeVirtually({ location, runs }: VirtualInvocation, askedAt: number): InvocationResult {
  const slowestMs = Math.max(...runs.map(({ timeoutMs }) => timeoutMs));
  const late = runs.some(({ fault }) => fault === 'silent' || fault === 'late');
  if (late) {
    const answeredAt = askedAt + slowestMs + INVOCATION_SLACK_MS;
    const observations = runs.map(({ monitor }) => unmeasured(monitor, askedAt, 'late'));
    return { location, askedAt, answeredAt, error: 'no answer in time', missedDeadline: true, observations };
  }
  const timeouts = runs.filter(({ fault }) => fault === 'timeout').map(({ timeoutMs }) => timeoutMs);
  return {
    location,
    askedAt,
    answeredAt: askedAt + Math.max(0, ...timeouts),
    error: null,
    missedDeadline: false,
    observations: runs.map(({ monitor, fault }) => observationOf(monitor, askedAt, fault)),
  };
}

function observationOf(monitor: number, startedAt: number, fault: FaultKind | null): ReportedObservation {
  // Every monitor is on its own network.
  const network = `10.${monitor >> 8}.${monitor & 255}.0/24`;
  if (fault === null) return { monitor, startedAt, outcome: 'ok', timings: {}, network };
  if (fault === 'unmeasured') return unmeasured(monitor, startedAt, 'deadline');
  const code = fault as FailureCode;
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
