// Monitoring blind: too few locations can tell, and that is noticed by itself once it has lasted.

import type { MonitorState, Policy, State } from '../model/state.ts';
import { buildNotification, type Evaluation } from '../voting/evaluation.ts';
import { assignedLocations } from '../voting/quorum.ts';
import type { NotificationEffects } from './pipeline.ts';
import { activeWindow } from './windows.ts';

const MIN_NO_DATA_MS = 300_000;

/** So long nothing may be known of a monitor, or of a location, before that is noticed. */
export const noDataAfterMs = (policy: Pick<Policy, 'intervalMs'>): number =>
  Math.max(3 * policy.intervalMs, MIN_NO_DATA_MS);

/** Only time counts in which somebody was awake to see. */
const noDataNotificationAt = (state: State, { policy, verdictSince }: MonitorState): number =>
  Math.max(verdictSince, state.resumedAt) + noDataAfterMs(policy);

/** Tells that monitoring is blind, or that it sees again. The monitor's verdict is the new one already. */
export function notifyNoData(evaluation: Evaluation): NotificationEffects {
  const { state, monitor, at } = evaluation;
  const isBlind = monitor.verdict === 'no_data';
  // Nothing has changed, or it would not be told now.
  if (isBlind === (monitor.noDataId !== null) || activeWindow(state, monitor.number, at) !== null) {
    return { monitor, notifications: [] };
  }
  if (!isBlind) return resolveNoData(evaluation);
  if (monitor.policy.paused || at < noDataNotificationAt(state, monitor))
    return { monitor, notifications: [] };
  const noDataId = `nodata_${at.toString(36)}_${monitor.number}`;
  const notification = buildNotification(evaluation, noDataId, 'no_data', monitor.verdictSince);
  return { monitor: { ...monitor, noDataId }, notifications: [notification] };
}

export function resolveNoData(evaluation: Evaluation): NotificationEffects {
  const { monitor } = evaluation;
  if (monitor.noDataId === null) return { monitor, notifications: [] };
  const notification = buildNotification(
    evaluation,
    `${monitor.noDataId}_ended`,
    'no_data_resolved',
    monitor.verdictSince,
  );
  return { monitor: { ...monitor, noDataId: null }, notifications: [notification] };
}

/** When a monitor that no enabled location looks at has to be heard without a report; null when it has not. */
export function noDataCheckAt(state: State, monitor: MonitorState): number | null {
  if (assignedLocations(state, monitor.policy).some(({ enabled }) => enabled)) return null;
  if (monitor.verdict !== 'no_data') return state.at;
  // In a window it would not be told: the end of that is waited for.
  if (activeWindow(state, monitor.number, state.at) !== null) return null;
  return monitor.noDataId === null ? noDataNotificationAt(state, monitor) : null;
}
