// Owns the engine's form of what an invocation brought: a report entry without its location and commit time.
import type { CheckRun, Observation } from '../../probes/contract/index.ts';
import type { SeenCertificate } from '../engine/model/certificate.ts';
import type { ReportEntry, ReportedObservation } from '../engine/model/journal.ts';
import type { InvocationOutcome } from './invocation-outcome.ts';
import { networkOf } from './network.ts';
import { receiveReport } from './report.ts';
import { seenCertificate } from './seen-certificate.ts';

export type InvocationResult = Omit<ReportEntry, 'kind' | 'at' | 'location'> & {
  /** Those that runs reported. */
  readonly certificates?: readonly SeenCertificate[];
};

/** Exactly one observation for each run. Contains no secret of the runs. */
export function toInvocationResult(runs: readonly CheckRun[], outcome: InvocationOutcome): InvocationResult {
  const received = receiveReport(runs, outcome);
  const { askedAt, answeredAt } = received;
  if ('observations' in received) {
    const observations = received.observations.map(toReported);
    const certificates = received.observations.flatMap((observation) => seenCertificate(observation) ?? []);
    return {
      ...{ askedAt, answeredAt, error: null, missedDeadline: false, observations },
      ...(certificates.length === 0 ? {} : { certificates }),
    };
  }
  const { reason, error, missedDeadline } = received;
  const observations = runs.map(
    ({ id }): ReportedObservation => ({
      ...{ monitor: id, startedAt: askedAt, outcome: 'unmeasured', reason, timings: {} },
    }),
  );
  return { askedAt, answeredAt, error, missedDeadline, observations };
}

/** The engine keeps no facts and no trace: certificates go beside its entry. */
function toReported(observation: Observation): ReportedObservation {
  const { id, startedAt, timings, address, samples } = observation;
  const network = address === undefined ? undefined : networkOf(address);
  const base = { monitor: id, startedAt, timings, ...(network === undefined ? {} : { network }) };
  const sampled = samples === undefined ? base : { ...base, samples };
  switch (observation.outcome) {
    case 'ok': {
      const { degraded = [] } = observation;
      return { ...sampled, outcome: 'ok', ...(degraded.length === 0 ? {} : { degraded }) };
    }
    case 'failed': {
      const { code, detail, phase, response } = observation;
      return {
        ...sampled,
        ...{ outcome: 'failed', code, detail },
        ...(phase === undefined ? {} : { phase }),
        ...(response === undefined ? {} : { response }),
      };
    }
    default: {
      const { reason, detail } = observation;
      return { ...base, outcome: 'unmeasured', reason, detail };
    }
  }
}
