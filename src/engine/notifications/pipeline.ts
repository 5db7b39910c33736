// What receivers are told, and when: every beginning that is told gets its end told, once each, in this order.
// Incidents themselves are incident.ts's business.

import type { MonitorNotification, Notification } from '../model/notification.ts';
import type { MonitorState, NotifiedIncident } from '../model/state.ts';
import { buildNotification, type Evaluation, incidentSnapshot, withMonitor } from '../voting/evaluation.ts';
import { inhibitedBy } from './dependency.ts';
import { startsFlapping, stopsFlapping, suppressedByFlapping } from './flapping.ts';
import { countWarningVotes, markWarningsNotified, suppressesWarnings, unsentWarnings } from './warnings.ts';
import { activeWindow } from './windows.ts';

export interface NotificationEffects {
  readonly monitor: MonitorState;
  readonly notifications: readonly Notification[];
}

/** Tells what is new since receivers were told last, as far as nothing mutes it now. */
export function decideNotifications(evaluation: Evaluation): NotificationEffects {
  const { state, monitor, at } = evaluation;
  const { incident, notified, transitions, flapping, warnings } = monitor;
  if (incident === null && notified === null && flapping === null && transitions.length === 0 && !warnings) {
    return unchanged(evaluation);
  }
  // In maintenance and in a silence nothing is told; what still holds is told when it ends.
  if (activeWindow(state, monitor.number, at) !== null) return unchanged(evaluation);
  return runStages(evaluation, [
    notifyResolved,
    notifyFlappingStopped,
    notifyFlappingStarted,
    notifyOpened,
    notifyWarnings,
  ]);
}

type Stage = (evaluation: Evaluation) => NotificationEffects;

function runStages(evaluation: Evaluation, steps: readonly Stage[]): NotificationEffects {
  let { monitor } = evaluation;
  const notifications: Notification[] = [];
  for (const step of steps) {
    const told = step(withMonitor(evaluation, monitor));
    monitor = told.monitor;
    notifications.push(...told.notifications);
  }
  return { monitor, notifications };
}

const NO_NOTIFICATIONS: readonly Notification[] = [];
const unchanged = ({ monitor }: Evaluation): NotificationEffects => ({
  monitor,
  notifications: NO_NOTIFICATIONS,
});

/** The end of an incident whose beginning was told. */
export function notifyResolved(evaluation: Evaluation): NotificationEffects {
  const { monitor } = evaluation;
  const { notified } = monitor;
  if (!notified?.ended) return unchanged(evaluation);
  const { incident, ended } = notified;
  const kind = incident.verdict === 'down' ? 'resolved' : 'partial_resolved';
  const id = `${incident.id}_${kind}`;
  const notification = buildNotification(
    evaluation,
    id,
    kind,
    incident.startedAt,
    incidentSnapshot(incident, ended),
  );
  return { monitor: { ...monitor, notified: null }, notifications: [notification] };
}

/** A monitor begins to flap: one notification instead of many. Not while another monitor's outage explains it. */
function notifyFlappingStarted(evaluation: Evaluation): NotificationEffects {
  const { monitor, at } = evaluation;
  if (!startsFlapping(monitor, at) || inhibitedBy(evaluation)) return unchanged(evaluation);
  const since = monitor.transitions[0]?.at ?? at;
  const flapping = { id: `flap_${at.toString(36)}_${monitor.number}`, since };
  const notification = buildNotification(evaluation, flapping.id, 'flapping', since);
  return { monitor: { ...monitor, flapping }, notifications: [notification] };
}

function notifyFlappingStopped(evaluation: Evaluation): NotificationEffects {
  return stopsFlapping(evaluation.monitor, evaluation.at) ? endFlapping(evaluation) : unchanged(evaluation);
}

export function endFlapping(evaluation: Evaluation): NotificationEffects {
  const { monitor } = evaluation;
  if (monitor.flapping === null) return unchanged(evaluation);
  const { id, since } = monitor.flapping;
  const notification = buildNotification(evaluation, `${id}_ended`, 'flapping_ended', since);
  return { monitor: { ...monitor, flapping: null }, notifications: [notification] };
}

/** Receivers know of the open incident as it is now: neither unheard of, nor still told as partial. */
export const isNotified = ({ incident, notified }: MonitorState): boolean =>
  incident === null ||
  (notified?.incident.id === incident.id && notified.incident.verdict === incident.verdict);

function notifyOpened(evaluation: Evaluation): NotificationEffects {
  const { monitor } = evaluation;
  const { incident } = monitor;
  if (incident === null || isNotified(monitor)) return unchanged(evaluation);
  if (suppressedByFlapping(monitor) || inhibitedBy(evaluation)) return unchanged(evaluation);
  const kind = incident.verdict === 'down' ? 'opened' : 'partial';
  const id = `${incident.id}_${kind}`;
  const notification = buildNotification(
    evaluation,
    id,
    kind,
    incident.startedAt,
    incidentSnapshot(incident),
  );
  const notified: NotifiedIncident = { incident, ended: null };
  return { monitor: { ...monitor, notified }, notifications: [notification] };
}

/** Once each, and of a certificate once for every lower limit; their end is not told. */
function notifyWarnings(evaluation: Evaluation): NotificationEffects {
  const { monitor, votes, at } = evaluation;
  const untold = unsentWarnings(monitor.warnings);
  if (untold.length === 0 || suppressesWarnings(evaluation)) return unchanged(evaluation);
  return {
    monitor: markWarningsNotified(monitor),
    notifications: untold.map((kind): MonitorNotification => {
      const id = `${kind}_${at.toString(36)}_${monitor.number}`;
      const notification = buildNotification(evaluation, id, kind, monitor.warnings?.[kind]?.since ?? at);
      return {
        ...notification,
        scope: countWarningVotes(monitor, votes, kind).locations.map(({ location }) => location),
      };
    }),
  };
}

/** Something is there that receivers would be told of, if nothing muted it. */
export const hasUnsentNotification = (monitor: MonitorState): boolean =>
  !isNotified(monitor) ||
  unsentWarnings(monitor.warnings).length > 0 ||
  monitor.notified?.ended != null ||
  (monitor.noDataId !== null) !== (monitor.verdict === 'no_data');
