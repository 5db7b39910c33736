// Owns the reading of a probe's report: one observation for every run of the request, without secrets.
// An unusable report is the location's fault, never the target's.
import {
  type CheckRun,
  type Observation,
  PREVIOUS_VERSION,
  previousReportSchema,
  reportSchema,
  type SpokenVersion,
  type UnmeasuredReason,
  upgradeReport,
} from '../../probes/contract/index.ts';
import type { InvocationFailure, InvocationOutcome, InvocationTimes } from './invocation-outcome.ts';
import { redactDeep, redactJob } from './redact.ts';

/** Limit of an error text, after redaction: half a secret could not be found. */
const MAX_ERROR_LENGTH = 250;

/** An observation for every run, in the order of the runs, or why there is none. Contains no secret of the job. */
export type ReceivedReport = InvocationTimes &
  ({ readonly observations: readonly Observation[] } | InvocationFailure);

/** The only way for text of a probe or of an invocation into the coordinator: secrets are redacted here. */
export function receiveReport(runs: readonly CheckRun[], outcome: InvocationOutcome): ReceivedReport {
  const { askedAt, answeredAt } = outcome;
  const read = 'text' in outcome ? readReport(runs, outcome) : outcome;
  if ('error' in read) {
    const { reason, missedDeadline } = read;
    const error = redactJob(read.error, runs).slice(0, MAX_ERROR_LENGTH);
    return { askedAt, answeredAt, reason, error, missedDeadline };
  }
  const observations = runs.map((run) => {
    const observation = read.observations.get(run.id) ?? missingObservation(run, askedAt);
    // A run starts during the invocation, whatever the probe's clock reports.
    const startedAt = Math.min(Math.max(observation.startedAt, askedAt), answeredAt);
    return redactDeep({ ...observation, startedAt }, run);
  });
  return { askedAt, answeredAt, observations };
}

const olderReportSchema = previousReportSchema.transform(upgradeReport);

/** A report has the version of its job. */
const schemaOf = (version: SpokenVersion): typeof reportSchema | typeof olderReportSchema =>
  version === PREVIOUS_VERSION ? olderReportSchema : reportSchema;

/** Rejects the whole report if it has an unknown run, or a run twice. */
function readReport(
  runs: readonly CheckRun[],
  { text, version }: { readonly text: string; readonly version: SpokenVersion },
): { readonly observations: ReadonlyMap<number, Observation> } | InvocationFailure {
  const unusable = (why: string): InvocationFailure => ({
    reason: 'bad_report',
    error: `the report is not usable: ${why}`,
    missedDeadline: false,
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return unusable('it is not JSON');
  }
  const parsed = schemaOf(version).safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return unusable(`${issue?.path.join('.') || 'report'}: ${issue?.message ?? 'unknown'}`);
  }
  const ids = new Set(runs.map((run) => run.id));
  const observations = new Map<number, Observation>();
  for (const observation of parsed.data.observations) {
    const { id } = observation;
    if (!ids.has(id)) return unusable(`run ${id} is not in the request`);
    if (observations.has(id)) return unusable(`run ${id} has two observations`);
    observations.set(id, observation);
  }
  return { observations };
}

const missingObservation = (run: CheckRun, askedAt: number): Observation =>
  unmeasured(run.id, askedAt, 'bad_report', 'the report leaves out this run');

export const unmeasured = (
  id: number,
  startedAt: number,
  reason: UnmeasuredReason,
  detail: string,
): Observation => ({ id, startedAt, outcome: 'unmeasured', reason, detail, timings: {} });
