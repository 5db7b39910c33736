// A debug run: one check, once, from one location, with all that the probe has to say. Nothing of it is settled.
import { type CheckRun, type Observation, reportSchema } from '../../probes/contract/index.ts';
import type { FleetConfig } from '../env.ts';
import { createInvoke, type InvocationOutcome } from './invocation.ts';
import { decodeReport } from './report.ts';

/** Never rejects: what goes wrong is told as an unmeasured observation. */
export type DebugRun = (location: string, check: CheckRun['check']) => Promise<Observation>;

/** Its one look. */
const RUN_ID = 0;

export function createDebugRun(config: FleetConfig, now: () => number): DebugRun {
  const invoke = createInvoke(config, now);
  return async (location, check) => {
    const runs = [{ id: RUN_ID, check }];
    return observationOf(runs, await invoke({ location, mayHang: false, runs, trace: true }));
  };
}

/** What the journal keeps of a report is less than a person wants to see here; whether it is usable is the same. */
function observationOf(runs: readonly CheckRun[], reply: InvocationOutcome): Observation {
  const { askedAt, answeredAt } = reply;
  if (!('text' in reply)) return unmeasured(askedAt, reply.reason, reply.error);
  const { error, observations } = decodeReport(runs, askedAt, answeredAt, reply.text);
  const [heard] = observations;
  const seen = error === null ? reportSchema.parse(JSON.parse(reply.text)).observations.at(0) : undefined;
  if (!seen || !heard)
    return unmeasured(askedAt, heard?.reason ?? 'bad_report', error ?? heard?.detail ?? '');
  // By the coordinator's clock: a probe's own may say a time that no calendar has.
  return { ...seen, startedAt: heard.startedAt };
}

const unmeasured = (
  startedAt: number,
  reason: Extract<Observation, { outcome: 'unmeasured' }>['reason'],
  detail: string,
): Observation => ({
  ...{ id: RUN_ID, startedAt, timings: {} },
  ...{ outcome: 'unmeasured', reason, detail: detail.slice(0, 300) },
});
