// Owns how many invocations wait at once, and loading what invokes. Does not invoke, and does not read the report.
import type { FleetConfig } from '../env.ts';
import { loadPart } from '../load-part.ts';
import type { Invoke } from './invocation.ts';
import { FLEET_PERMITS, PrioritySemaphore } from './semaphore.ts';

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
