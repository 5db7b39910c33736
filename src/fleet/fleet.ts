// Invokes one probe and turns whatever comes back into observations: every look asked gets exactly one.
// A probe's own fault is `unmeasured`; it is never a failure of the target.
import type { FleetConfig } from '../env.ts';
import { createInvoke, type InvocationRequest } from './invocation.ts';
import { decodeReport, type InvocationResult, unmeasured } from './report.ts';

export type { InvocationRequest } from './invocation.ts';

export interface Fleet {
  /** Never rejects: what goes wrong is told as unmeasured observations. */
  invoke(ask: InvocationRequest): Promise<InvocationResult>;
}

export function createFleet(config: FleetConfig, now: () => number): Fleet {
  const invoke = createInvoke(config, now);
  return {
    async invoke(ask) {
      const reply = await invoke(ask);
      const { askedAt, answeredAt } = reply;
      if ('text' in reply) return decodeReport(ask.runs, askedAt, answeredAt, reply.text);
      const { reason, error, missedDeadline } = reply;
      return { ...unmeasured(ask.runs, askedAt, answeredAt, reason, error), missedDeadline };
    },
  };
}
