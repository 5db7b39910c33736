// Owns the shapes of one invocation of a probe: the request and its outcome. Pure types.
import type { CheckRun, UnmeasuredReason } from '../../probes/contract/index.ts';

export interface InvocationRequest {
  /** `aws:<region>` */
  readonly location: string;
  readonly mayHang: boolean;
  readonly runs: readonly CheckRun[];
  /** A debug run: each observation has its trace. */
  readonly trace?: boolean;
}

export interface InvocationTimes {
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** Why an invocation brought no report. */
export interface InvocationFailure {
  readonly reason: UnmeasuredReason;
  readonly error: string;
  readonly missedDeadline: boolean;
}

/** The text of a report, or why there is none. Both may contain secrets of the job. */
export type InvocationOutcome = InvocationTimes & ({ readonly text: string } | InvocationFailure);

/** Never rejects: a failure is an outcome. */
export type Invoke = (request: InvocationRequest) => Promise<InvocationOutcome>;
