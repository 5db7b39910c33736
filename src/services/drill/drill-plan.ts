// Owns when a drill does what: its next step, and its end. Pure.
import type { PlannedRoute } from '../../routing/model.ts';

/** After its last step, so that people have time to acknowledge. */
const AFTER_LAST_STEP_MS = 600_000;
/** After an acknowledgement. */
const AFTER_ACKNOWLEDGEMENT_MS = 60_000;
/** Counts from the opening: quiet hours can hold it for days. */
const MAX_DRILL_MS = 86_400_000;

const beginOf = (route: PlannedRoute, openedAt: number): number => Math.max(openedAt, route.heldUntil ?? 0);

const stepTimes = (route: PlannedRoute, openedAt: number, from: number): number[] =>
  route.steps.slice(from).map(({ afterSeconds }) => beginOf(route, openedAt) + afterSeconds * 1_000);

export interface DrillTimes {
  /** When the first step that waits is due. Null: none waits. */
  readonly nextAt: number | null;
  /** It ends by itself then, if no person acknowledges it. */
  readonly endsAt: number;
}

export function drillTimes(routes: readonly PlannedRoute[], openedAt: number): DrillTimes {
  const waiting = routes.flatMap((route) => stepTimes(route, openedAt, route.done));
  const begin = Math.max(openedAt, ...routes.map((route) => beginOf(route, openedAt)));
  const last = Math.max(openedAt, ...routes.flatMap((route) => stepTimes(route, openedAt, 0)));
  return {
    nextAt: waiting.length === 0 ? null : Math.min(...waiting),
    endsAt: Math.min(last + AFTER_LAST_STEP_MS, begin + MAX_DRILL_MS),
  };
}

export const isDrillOver = (
  {
    acknowledgedAt,
    openedAt,
    drillEndsAt,
  }: {
    readonly acknowledgedAt: number | null;
    readonly openedAt: number;
    readonly drillEndsAt: number | undefined;
  },
  now: number,
): boolean =>
  now >= (drillEndsAt ?? openedAt + MAX_DRILL_MS) ||
  (acknowledgedAt !== null && now >= acknowledgedAt + AFTER_ACKNOWLEDGEMENT_MS);
