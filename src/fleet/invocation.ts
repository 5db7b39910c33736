// Owns invoking probes, as the others see it: the request, the outcome, and how many wait at once. Does not read the report.
import type { CheckRun, UnmeasuredReason } from '../../probes/contract/index.ts';
import type { FleetConfig } from '../env.ts';
import { loadPart } from '../load-part.ts';
import { FLEET_PERMITS, PrioritySemaphore } from './semaphore.ts';

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

/** At most five of its invocations wait at once. */
export function createInvoke(config: FleetConfig, now: () => number): Invoke {
  const semaphore = new PrioritySemaphore(FLEET_PERMITS);
  return (request) =>
    semaphore.run(request.mayHang, async () => {
      const askedAt = now();
      try {
        // The SDK is a tenth of the Worker, and pages and deliveries do not need it.
        const { invokeLambda } = await loadPart('invoke', () => import('./invoke-lambda.ts'));
        return await invokeLambda(config, request, now);
      } catch (error) {
        const { message } = error as Error;
        return { askedAt, answeredAt: now(), reason: 'invoke_error', error: message, missedDeadline: false };
      }
    });
}
