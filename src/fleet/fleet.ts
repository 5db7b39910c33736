// Invokes one probe and turns whatever comes back into observations: every look asked gets exactly one.
// A probe's own fault is `unmeasured`; it is never a failure of the target.
import type { FleetConfig } from '../env.ts';
import { type Ask, createInvoke } from './invocation.ts';
import { decodeReport, type Heard, unmeasured } from './report.ts';

export type { Ask } from './invocation.ts';

export interface Fleet {
  /** Never rejects: what goes wrong is told as unmeasured observations. */
  invoke(ask: Ask): Promise<Heard>;
}

export function createFleet(config: FleetConfig, now: () => number): Fleet {
  const invoke = createInvoke(config, now);
  return {
    async invoke(ask) {
      const reply = await invoke(ask);
      const { askedAt, answeredAt } = reply;
      if ('text' in reply) return decodeReport(ask.looks, askedAt, answeredAt, reply.text);
      const { reason, error, missedDeadline } = reply;
      return { ...unmeasured(ask.looks, askedAt, answeredAt, reason, error), missedDeadline };
    },
  };
}
