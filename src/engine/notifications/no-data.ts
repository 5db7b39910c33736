// Owns no data: too few locations vote on a monitor, which is reported once it has lasted. Opens no incident.

import { type Effects, unchanged } from '../model/effects.ts';
import { noDataAfterMs } from '../model/policy.ts';
import type { MonitorState, State } from '../model/state.ts';
import { buildNotification, type Evaluation } from '../voting/evaluation.ts';
import { assignedLocations } from '../voting/quorum.ts';
import { activeWindow } from './windows.ts';

/** Only time in which ticks were running counts. */
const noDataDueAt = (state: State, { policy, verdictSince }: MonitorState): number =>
  Math.max(verdictSince, state.resumedAt) + noDataAfterMs(policy);

export const isNoDataDue = ({ state, monitor, at }: Evaluation): boolean =>
  monitor.verdict === 'no_data' &&
  monitor.noDataId === null &&
  !isWaiting(monitor) &&
  at >= noDataDueAt(state, monitor);

/** A heartbeat whose first ping is not due yet lacks no data. Once it is due, the heartbeat fails. */
const isWaiting = ({ policy, byLocation }: MonitorState): boolean =>
  policy.heartbeat === true &&
  [...byLocation.values()].some(({ lastUnmeasured }) => lastUnmeasured?.reason === 'waiting');

export const isNoDataOver = ({ monitor }: Evaluation): boolean =>
  monitor.verdict !== 'no_data' && monitor.noDataId !== null;

export function notifyNoData(evaluation: Evaluation): Effects<MonitorState> {
  const { monitor, at } = evaluation;
  const noDataId = `nodata_${at.toString(36)}_${monitor.number}`;
  const notification = buildNotification(evaluation, noDataId, 'monitor.no_data', monitor.verdictSince);
  return { value: { ...monitor, noDataId }, notifications: [notification], records: [] };
}

export function resolveNoData(evaluation: Evaluation): Effects<MonitorState> {
  const { monitor } = evaluation;
  if (monitor.noDataId === null) return unchanged(monitor);
  const id = `${monitor.noDataId}_ended`;
  const notification = buildNotification(evaluation, id, 'monitor.no_data_resolved', monitor.verdictSince);
  return { value: { ...monitor, noDataId: null }, notifications: [notification], records: [] };
}

/** When a monitor without an enabled location is due for evaluation, as no report will bring one; else null. */
export function noDataCheckAt(state: State, monitor: MonitorState): number | null {
  if (assignedLocations(state, monitor.policy).some(({ enabled }) => enabled)) return null;
  if (monitor.verdict !== 'no_data') return state.at;
  // A window suppresses the notification: its end is another reason for an evaluation.
  if (activeWindow(state, monitor.number, state.at) !== null) return null;
  return monitor.noDataId === null ? noDataDueAt(state, monitor) : null;
}
