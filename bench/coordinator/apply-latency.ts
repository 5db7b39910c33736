// Owns the time to apply one slot: one report with one run of every monitor, healthy and at the onset of an outage.
import { apply, replay } from '../../src/engine/apply.ts';
import type { ReportEntry, ReportedObservation } from '../../src/engine/model/journal.ts';
import { emptyState, type Policy, type State } from '../../src/engine/model/state.ts';

const T0 = 1_800_000_000_000;
const LOCATIONS = 6;
const POLICY: Policy = {
  intervalMs: 60_000,
  timeoutMs: 5_000,
  quorum: 'majority',
  failures: 2,
  recoveries: 2,
  confirmMs: 10_000,
  locations: 'all',
  dependsOn: [],
  paused: false,
};

export interface ApplyLatency {
  readonly monitors: number;
  /** Median over the repetitions. */
  readonly healthyUsPerObservation: number;
  /** The first report of an outage of every monitor, and the reports of the fan-outs that it starts. */
  readonly outageUsPerObservation: number;
  readonly repetitions: number;
}

/** Single-threaded, CPU-bound work: wall time is CPU time. Medians reduce the effect of other programs. */
export function measureApplyLatency(monitors: number, repetitions: number): ApplyLatency {
  const healthy = runHealthy(monitors);
  const ok = [report(healthy, 1, 'ok', 60_000)];
  const failed = Array.from({ length: LOCATIONS }, (_, index) =>
    report(healthy, index + 1, 'failed', 60_000 + index),
  );
  return {
    monitors,
    healthyUsPerObservation: medianUsPerObservation(healthy, ok, repetitions),
    outageUsPerObservation: medianUsPerObservation(healthy, failed, repetitions),
    repetitions,
  };
}

function medianUsPerObservation(from: State, reports: readonly ReportEntry[], repetitions: number): number {
  const observations = reports.reduce((sum, { observations }) => sum + observations.length, 0);
  const times = Array.from({ length: repetitions }, () => {
    const startedAt = performance.now();
    replay(from, reports);
    return ((performance.now() - startedAt) * 1_000) / observations;
  });
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

function runHealthy(monitors: number): State {
  const locations = Array.from({ length: LOCATIONS }, (_, index) => index + 1);
  let state = apply(emptyState, {
    kind: 'change',
    at: T0,
    changes: [
      ...locations.map((number) => ({
        type: 'location' as const,
        number,
        id: `aws:bench-${number}`,
        enabled: true,
      })),
      ...Array.from({ length: monitors }, (_, index) => ({
        type: 'monitor' as const,
        number: index + 1,
        policy: POLICY,
      })),
    ],
  }).value;
  for (const location of locations) state = apply(state, report(state, location, 'ok', 1_000)).value;
  return state;
}

function report(state: State, location: number, outcome: 'ok' | 'failed', afterMs: number): ReportEntry {
  const startedAt = T0 + afterMs;
  const observations = [...state.monitors.keys()].map((monitor): ReportedObservation => {
    const network = `10.${monitor >> 8}.${monitor & 255}.0/24`;
    return outcome === 'ok'
      ? { monitor, startedAt, outcome, timings: { connectMs: 12 }, network }
      : { monitor, startedAt, outcome, code: 'refused', detail: 'connection refused', timings: {}, network };
  });
  return {
    kind: 'report',
    at: Math.max(startedAt + 100, state.at + 1),
    location,
    askedAt: startedAt,
    answeredAt: startedAt + 100,
    error: null,
    missedDeadline: false,
    observations,
  };
}
