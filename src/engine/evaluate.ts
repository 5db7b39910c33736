// Pronounces the verdict over a monitor: its incident follows, then what is told.

import { endIncident, updateIncident } from './incidents/incident.ts';
import { incidentEnd, noDataStart } from './incidents/incident-times.ts';
import type { IncidentRecord, Notification } from './model/notification.ts';
import type { MonitorState, State } from './model/state.ts';
import { recordTransition } from './notifications/flapping.ts';
import { notifyNoData, resolveNoData } from './notifications/no-data.ts';
import {
  decideNotifications,
  endFlapping,
  type NotificationEffects,
  notifyResolved,
} from './notifications/pipeline.ts';
import { updateWarnings } from './notifications/warnings.ts';
import { type Evaluation, evaluate, withMonitor } from './voting/evaluation.ts';

export interface MonitorEffects {
  readonly monitor: MonitorState;
  readonly notifications: readonly Notification[];
  readonly records: readonly IncidentRecord[];
}

/** Moves a monitor to the verdict that its votes give now. */
export function evaluateMonitor(state: State, before: MonitorState, at: number): MonitorEffects {
  const evaluation = evaluate(state, before, at);
  const { verdict } = evaluation;
  const course = updateIncident(evaluation);
  const judged =
    verdict === before.verdict
      ? course.monitor
      : { ...course.monitor, verdict, verdictSince: verdictSince(evaluation, course.monitor) };
  const monitor = updateWarnings(
    withMonitor(evaluation, recordTransition(withMonitor(evaluation, judged), before)),
  );
  const told = decideNotifications(withMonitor(evaluation, monitor));
  const observation = notifyNoData(withMonitor(evaluation, told.monitor));
  const notifications =
    observation.notifications.length === 0
      ? told.notifications
      : [...told.notifications, ...observation.notifications];
  return { monitor: observation.monitor, notifications, records: course.records };
}

function verdictSince({ state, monitor, votes, verdict, at }: Evaluation, after: MonitorState): number {
  if (verdict === 'no_data') return Math.max(monitor.verdictSince, noDataStart(state, monitor, at));
  if (after.incident) return after.incident.startedAt;
  return monitor.incident ? incidentEnd(monitor, monitor.incident, votes, at) : at;
}

/** Pausing or deleting a monitor ends what was open, and says so at once: nobody will ask about it any more. */
export function closeMonitor(state: State, before: MonitorState, reason: string, at: number): MonitorEffects {
  const evaluation: Evaluation = { ...evaluate(state, before, at), verdict: before.verdict };
  const course = before.incident
    ? endIncident(evaluation, before.incident, reason)
    : { monitor: before, records: [] };
  let { monitor } = course;
  const notifications: Notification[] = [];
  for (const end of [notifyResolved, endFlapping, resolveNoData]) {
    const told: NotificationEffects = end(withMonitor(evaluation, monitor));
    monitor = told.monitor;
    notifications.push(...told.notifications);
  }
  return { monitor, notifications, records: course.records };
}
