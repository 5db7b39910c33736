// Owns whether ticks or measurements have stopped, from a few times that one statement reads. Pure. liveness.ts answers the
// same from the whole state, which is too much to read for a list.
import { measuredWithinMs, TICK_WITHIN_MS } from '../../engine/model/policy.ts';
import type { RunningFacts } from '../../store/list-surroundings.ts';

/** What the votes show may be over then. */
export function hasStopped(
  { activeSince, measuringSince, tickAt, reportAt, shortest }: RunningFacts,
  now: number,
): boolean {
  if (activeSince === null || shortest.anyMs === null) return false;
  const ticked = Math.max(activeSince, tickAt ?? 0, reportAt ?? 0);
  if (now - ticked > TICK_WITHIN_MS) return true;
  if (shortest.probedMs === null) return false;
  const measured = Math.max(measuringSince ?? activeSince, reportAt ?? 0);
  return now - measured > measuredWithinMs({ intervalMs: shortest.probedMs });
}
