// Owns a debug run: one check, once, from one location, with everything that the probe reports. Nothing of it is stored.
import type { CheckRun, Observation } from '../../probes/contract/index.ts';
import type { FleetConfig } from '../env.ts';
import { createInvoke } from './create-invoke.ts';
import type { Invoke } from './invocation.ts';
import { receiveReport, unmeasured } from './report.ts';

/** Never rejects: a failed invocation is an unmeasured observation. The result contains no secret of the check. */
export type DebugRun = (location: string, check: CheckRun['check']) => Promise<Observation>;

const RUN_ID = 0;

export function createDebugRun(
  config: FleetConfig,
  now: () => number,
  invoke: Invoke = createInvoke(config, now),
): DebugRun {
  return async (location, check) => {
    const runs = [{ id: RUN_ID, check }];
    const received = receiveReport(runs, await invoke({ location, mayHang: false, runs, trace: true }));
    if ('observations' in received) return received.observations[0]!;
    return unmeasured(RUN_ID, received.askedAt, received.reason, received.error);
  };
}
