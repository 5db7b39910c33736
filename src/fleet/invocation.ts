// Owns the request of one invocation of a probe, and the shape of what sends it. Pure types.
import type { CheckRun } from '../../probes/contract/index.ts';
import type { InvocationOutcome } from './invocation-outcome.ts';

export interface InvocationRequest {
  /** `aws:<region>` */
  readonly location: string;
  readonly mayHang: boolean;
  readonly runs: readonly CheckRun[];
  /** A debug run: each observation has its trace. */
  readonly trace?: boolean;
}

/** Never rejects: a failure is an outcome. */
export type Invoke = (request: InvocationRequest) => Promise<InvocationOutcome>;
