// Owns meshHealth(inputs, now): whether the mesh measures and notifies, and what is wrong if not. Pure.
// Does not decide what is notified: transitions.ts does.
import { activeMonitors } from '../../engine/model/activity.ts';
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
}

export function meshHealth(inputs: HealthInputs, now: number): MeshHealth {
  const { facts, state, clockAheadMs, maxDatabaseBytes } = inputs;
  if (facts === null || clockAheadMs === null)
    return stopped(unreadable('database_unavailable', `D1 does not answer: ${inputs.error ?? 'no error'}`));
  if (state === null)
    return stopped(
      unreadable('state_unreadable', `The stored state cannot be read: ${inputs.error ?? 'no error'}`),
    );
  const live = liveness(state, facts.activity, facts.tickAt, now);
  const reasons = findReasons({ facts, state, liveness: live, clockAheadMs, maxDatabaseBytes }, now);
  const status = reasons.some(({ stops }) => stops)
    ? 'stopped'
    : reasons.length > 0
      ? 'impaired'
      : activeMonitors(state).length === 0
        ? 'idle'
        : 'ok';
  return { status, reasons, liveness: live };
}

const stopped = (reason: Reason): MeshHealth => ({ status: 'stopped', reasons: [reason], liveness: null });
