// Owns the clock of deliveries: the Worker's, or that of D1 if they differ. Times in the outbox are compared with each
// other by several Workers, and one clock that is hours ahead must not expire, lease or postpone anything.
import { log } from '../log.ts';
import { databaseTime } from '../store/outbox.ts';

/** Responses of D1 take less. */
const MAX_DIFFERENCE_MS = 5_000;

/** Reads D1's clock once. If D1 fails, the Worker's clock is used. */
export async function deliveryClock(db: D1Database, now: () => number): Promise<() => number> {
  try {
    const databaseNow = await databaseTime(db);
    const offset = databaseNow - now();
    if (Math.abs(offset) <= MAX_DIFFERENCE_MS) return now;
    log.warn('delivery.clock_differs', { offsetMs: offset });
    return () => now() + offset;
  } catch (error) {
    log.warn('delivery.clock_unknown', { error });
    return now;
  }
}
