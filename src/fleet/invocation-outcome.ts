// Owns what one invocation of a probe brought: the text of a report, or why there is none. Does not read it.
import type { SpokenVersion, UnmeasuredReason } from '../../probes/contract/index.ts';

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

/** The text of a report in the version of its job, or why there is none. Both may contain secrets of the job. */
export type InvocationOutcome = InvocationTimes &
  ({ readonly text: string; readonly version: SpokenVersion } | InvocationFailure);
