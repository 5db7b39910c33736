// A debug run: one check, once, from one location, with all that the probe has to say. Nothing of it is settled.
import { type Look, type Observation, reportSchema } from '../../probes/contract/index.ts';
import type { FleetConfig } from '../env.ts';
import { createInvoke, type Reply } from './invocation.ts';
import { decodeReport } from './report.ts';

/** Never rejects: what goes wrong is told as an unmeasured observation. */
export type DebugRun = (location: string, check: Look['check']) => Promise<Observation>;

/** Its one look. */
const LOOK = 0;

export function createDebugRun(config: FleetConfig, now: () => number): DebugRun {
  const invoke = createInvoke(config, now);
  return async (location, check) => {
    const looks = [{ id: LOOK, check }];
    return observationOf(looks, await invoke({ location, suspect: false, looks, trace: true }));
  };
}

/** What the journal keeps of a report is less than a person wants to see here; whether it is usable is the same. */
function observationOf(looks: readonly Look[], reply: Reply): Observation {
  const { askedAt, answeredAt } = reply;
  if (!('text' in reply)) return unmeasured(askedAt, reply.reason, reply.error);
  const { error, observations } = decodeReport(looks, askedAt, answeredAt, reply.text);
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
  ...{ id: LOOK, startedAt, timings: {} },
  ...{ outcome: 'unmeasured', reason, detail: detail.slice(0, 300) },
});
