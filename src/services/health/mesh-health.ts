// Owns meshHealth(inputs, now): whether the mesh measures and notifies, and what is wrong if not. Pure.
// Does not decide what is notified: transitions.ts does.
import { activeMonitors, newestTime } from '../../engine/model/activity.ts';
import type { HealthFacts } from '../../store/health-facts.ts';
import { type Liveness, liveness } from './liveness.ts';
import { findReasons, type Reason, unreadable } from './reasons.ts';
import type { HealthInputs } from './rule.ts';

export const HEALTH_STATUSES = ['ok', 'idle', 'impaired', 'stopped'] as const;

/**
 * - stopped: ticks or measurements have stopped.
 * - impaired: it measures, but a part does not work.
 * - idle: no monitor is active.
 */
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

export interface MeshHealth {
  readonly status: HealthStatus;
  readonly reasons: readonly Reason[];
  /** Null if the state cannot be read. */
  readonly liveness: Liveness | null;
  /** Since the newest tick started. Null while no monitor is active, or if it is unknown. */
  readonly tickAgeMs: number | null;
}

export function meshHealth(inputs: HealthInputs, now: number): MeshHealth {
  const { facts, state, clockAheadMs, maxDatabaseBytes } = inputs;
  const { watchdogRegions = [], expectsBackups = false } = inputs;
  if (facts === null || clockAheadMs === null)
    return stopped(unreadable('database_unavailable', `D1 does not answer: ${inputs.error ?? 'no error'}`));
  if (state === null)
    return stopped(
      unreadable('state_unreadable', `The stored state cannot be read: ${inputs.error ?? 'no error'}`),
    );
  const live = liveness(state, facts.activity, facts.tickAt, now);
  const reasons = findReasons(
    { facts, state, liveness: live, clockAheadMs, maxDatabaseBytes, watchdogRegions, expectsBackups },
    now,
  );
  const status = reasons.some(({ stops }) => stops)
    ? 'stopped'
    : reasons.length > 0
      ? 'impaired'
      : activeMonitors(state).length === 0
        ? 'idle'
        : 'ok';
  return { status, reasons, liveness: live, tickAgeMs: tickAgeMs(facts, now) };
}

const stopped = (reason: Reason): MeshHealth => ({
  status: 'stopped',
  reasons: [reason],
  liveness: null,
  tickAgeMs: null,
});

/** Reports of an earlier tick, which is still at work, do not make it younger. */
function tickAgeMs({ activity, tickAt }: HealthFacts, now: number): number | null {
  if (activity === null || activity.idleSince !== null) return null;
  const since = newestTime([tickAt, activity.activeSince], now);
  return since === null ? null : Math.max(0, now - since);
}
