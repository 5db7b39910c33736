// Owns the fleet: invokes one probe and returns exactly one observation for every run of the request.
// A probe's own fault is `unmeasured`. It is never a failure of the target.
import type { FleetConfig } from '../env.ts';
import { createInvoke } from './create-invoke.ts';
import type { InvocationRequest, Invoke } from './invocation.ts';
import { type InvocationResult, toInvocationResult } from './invocation-result.ts';

export type { InvocationRequest } from './invocation.ts';
export type { InvocationResult } from './invocation-result.ts';

export interface Fleet {
  /** Never rejects: a failed invocation gives unmeasured observations. The result contains no secret of the job. */
  invoke(request: InvocationRequest): Promise<InvocationResult>;
}

export const createFleet = (
  config: FleetConfig,
  now: () => number,
  invoke: Invoke = createInvoke(config, now),
): Fleet => ({
  invoke: async (request) => toInvocationResult(request.runs, await invoke(request)),
});
