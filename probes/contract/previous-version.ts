// Owns the conversions between the present version of the contract and the previous one, whose schemas are frozen in
// previous/. Pure. Does not know which side has which version. CONTRIBUTING.md, "A change of the contract", has the recipe.
import type { Job } from './job.ts';
import type { Observation } from './observation.ts';
import { type Job as PreviousJob, jobSchema as previousJobSchema } from './previous/job.ts';
import {
  DEGRADED_CODES as PREVIOUS_DEGRADED_CODES,
  type Observation as PreviousObservation,
  observationSchema as previousObservationSchema,
} from './previous/observation.ts';
import { type Report as PreviousReport, reportSchema as previousReportSchema } from './previous/report.ts';
import { CONTRACT_VERSION as PREVIOUS_VERSION } from './previous/version.ts';
import type { Report } from './report.ts';
import { CONTRACT_VERSION } from './version.ts';

export { PREVIOUS_VERSION, type PreviousJob, type PreviousReport, previousJobSchema, previousReportSchema };

/** A version that this release speaks. */
export type SpokenVersion = typeof CONTRACT_VERSION | typeof PREVIOUS_VERSION;

/** At the coordinator, for an older probe. */
export const downgradeJob = ({ sentAt, deadlineMs, canaries, trace, runs }: Job): PreviousJob => ({
  version: PREVIOUS_VERSION,
  ...{ sentAt, deadlineMs, canaries, runs },
  ...(trace === undefined ? {} : { trace }),
});

/** At the probe, for the job of an older coordinator. */
export const upgradeJob = (job: PreviousJob): Job => ({ ...job, version: CONTRACT_VERSION });

/** At the coordinator, for the report of an older probe. */
export const upgradeReport = (report: PreviousReport): Report => ({ ...report, version: CONTRACT_VERSION });

/** At the probe, for an older coordinator. That rejects a whole report for one unknown key or code, so none is left. */
export const downgradeReport = ({ build, receivedAt, observations }: Report): PreviousReport => ({
  version: PREVIOUS_VERSION,
  ...{ build, receivedAt },
  observations: observations.map(downgradeObservation),
});

function downgradeObservation(observation: Observation): PreviousObservation {
  const parsed = previousObservationSchema.safeParse(withoutNewer(observation));
  if (parsed.success) return parsed.data;
  const { id, startedAt } = observation;
  const detail = `version ${PREVIOUS_VERSION} of the contract has no words for what this probe measured: deploy the coordinator`;
  return { id, startedAt, outcome: 'unmeasured', reason: 'version', detail, timings: {} };
}

const knownCodes: readonly string[] = PREVIOUS_DEGRADED_CODES;

/** Version 4 has no warning `address`. */
function withoutNewer(observation: Observation): unknown {
  if (observation.outcome !== 'ok' || observation.degraded === undefined) return observation;
  const { degraded, ...rest } = observation;
  const known = degraded.filter(({ code }) => knownCodes.includes(code));
  return known.length === 0 ? rest : { ...rest, degraded: known };
}
