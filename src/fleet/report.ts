// What a probe's answer means for each look that was asked. Garbage is the location's fault, never the target's.
import {
  type CheckRun,
  type Observation,
  reportSchema,
  type UnmeasuredReason,
} from '../../probes/contract/index.ts';
import type { ReportEntry, ReportedObservation } from '../engine/model/journal.ts';
import { networkOf } from './network.ts';

/** What was heard of one invocation: a report entry but for who and when it is committed. */
export type InvocationResult = Omit<ReportEntry, 'kind' | 'at' | 'location'>;

/** Nothing was measured by any of the looks, for one common reason. */
export function unmeasured(
  runs: readonly CheckRun[],
  askedAt: number,
  answeredAt: number,
  reason: UnmeasuredReason,
  error: string,
): InvocationResult {
  const observations = runs.map(
    (run): ReportedObservation => ({
      monitor: run.id,
      startedAt: askedAt,
      outcome: 'unmeasured',
      reason,
      timings: {},
    }),
  );
  return { askedAt, answeredAt, error, missedDeadline: false, observations };
}

/** Exactly one observation a look: foreign and repeated ones make the whole report a bad one. */
export function decodeReport(
  runs: readonly CheckRun[],
  askedAt: number,
  answeredAt: number,
  text: string,
): InvocationResult {
  const bad = (why: string): InvocationResult =>
    unmeasured(runs, askedAt, answeredAt, 'bad_report', `the report is not usable: ${why}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return bad('it is not JSON');
  }
  const parsed = reportSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return bad(`${issue?.path.join('.') || 'report'}: ${issue?.message ?? 'unknown'}`);
  }
  const asked = new Set(runs.map((run) => run.id));
  const answers = new Map<number, Observation>();
  for (const observation of parsed.data.observations) {
    if (!asked.has(observation.id)) return bad(`it answers look ${observation.id}, which was not asked`);
    if (answers.has(observation.id)) return bad(`it answers look ${observation.id} twice`);
    answers.set(observation.id, observation);
  }
  const observations = runs.map((run) => {
    const answer = answers.get(run.id);
    return answer ? toReported(answer, askedAt, answeredAt) : missingObservation(run, askedAt);
  });
  return { askedAt, answeredAt, error: null, missedDeadline: false, observations };
}

const missingObservation = (run: CheckRun, askedAt: number): ReportedObservation => ({
  monitor: run.id,
  startedAt: askedAt,
  outcome: 'unmeasured',
  reason: 'bad_report',
  detail: 'the report leaves this look out',
  timings: {},
});

/** A look began while the invocation ran, whatever the probe's clock says. Facts and traces are not kept. */
function toReported(answer: Observation, askedAt: number, answeredAt: number): ReportedObservation {
  const startedAt = Math.min(Math.max(answer.startedAt, askedAt), answeredAt);
  const network = answer.address === undefined ? undefined : networkOf(answer.address);
  const base = {
    monitor: answer.id,
    startedAt,
    timings: answer.timings,
    ...(network === undefined ? {} : { network }),
  };
  const samples = answer.samples === undefined ? {} : { samples: answer.samples };
  switch (answer.outcome) {
    case 'ok': {
      const { degraded = [] } = answer;
      return { ...base, ...samples, outcome: 'ok', ...(degraded.length === 0 ? {} : { degraded }) };
    }
    case 'failed': {
      const { code, detail, phase, response } = answer;
      const where = phase === undefined ? {} : { phase };
      const what = response === undefined ? {} : { response };
      return { ...base, ...samples, outcome: 'failed', code, detail, ...where, ...what };
    }
    default:
      return { ...base, outcome: 'unmeasured', reason: answer.reason, detail: answer.detail };
  }
}
