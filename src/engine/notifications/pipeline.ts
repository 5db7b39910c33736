// Owns the notification pipeline: what is sent, and in which order. Every "opened" that is sent is followed by exactly one
// "resolved". Does not decide what is suppressed (suppression.ts) and opens no incidents.

import { chain, type Effects, unchanged } from '../model/effects.ts';
import type { FlappingDetails } from '../model/notification.ts';
import { maxFlapSuppressionMs } from '../model/policy.ts';
import type { MonitorState, State } from '../model/state.ts';
import type { WarningKind } from '../model/warning.ts';
import { buildNotification, type Evaluation, incidentSnapshot, withMonitor } from '../voting/evaluation.ts';
import { undecidedAncestors } from './dependency.ts';
import { flapSuppressionEnd, startsFlapping, stopsFlapping } from './flapping.ts';
import { isNoDataDue, isNoDataOver, notifyNoData, resolveNoData } from './no-data.ts';
import { eventsSuppressedByFlapping, type Subject, suppressionOf } from './suppression.ts';
import { countWarningVotes, isUnsent, markWarningNotified, unsentWarnings } from './warnings.ts';
import { nextWindowEnd } from './windows.ts';

type Notify = (evaluation: Evaluation) => Effects<MonitorState>;

interface Stage {
  /** suppression.ts lists the reasons that hold it back. */
  readonly subject: Subject;
  readonly isDue: (evaluation: Evaluation) => boolean;
  readonly notify: Notify;
}

/** A notification is sent if it is due and not suppressed. A later stage sees the monitor as the earlier ones left it. */
export const PIPELINE: readonly Stage[] = [
  { subject: 'resolved', isDue: isEndUnsent, notify: notifyResolved },
  { subject: 'flapping_ended', isDue: ({ monitor, at }) => stopsFlapping(monitor, at), notify: endFlapping },
  { subject: 'flapping', isDue: ({ monitor, at }) => startsFlapping(monitor, at), notify: startFlapping },
  { subject: 'opened', isDue: ({ monitor }) => !isNotified(monitor), notify: notifyOpened },
  { subject: 'degraded', isDue: isWarningDue('degraded'), notify: notifyWarning('degraded') },
  { subject: 'certificate', isDue: isWarningDue('certificate'), notify: notifyWarning('certificate') },
  { subject: 'no_data', isDue: isNoDataDue, notify: notifyNoData },
  { subject: 'no_data_resolved', isDue: isNoDataOver, notify: resolveNoData },
];

/** Sends what is due and not suppressed. */
export function decideNotifications(evaluation: Evaluation): Effects<MonitorState> {
  if (isQuiet(evaluation.monitor)) return unchanged(evaluation.monitor);
  return run(
    evaluation,
    PIPELINE.map(
      ({ subject, isDue, notify }): Notify =>
        (current) =>
          isDue(current) && suppressionOf(current, subject) === null
            ? notify(current)
            : unchanged(current.monitor),
    ),
  );
}

/** Sends every end of what was sent, suppressed or not: the monitor is not evaluated any more. */
export const closeNotifications = (evaluation: Evaluation): Effects<MonitorState> =>
  run(evaluation, [notifyResolved, endFlapping, resolveNoData]);

const run = (evaluation: Evaluation, stages: readonly Notify[]): Effects<MonitorState> =>
  stages.reduce(
    (effects, stage) => chain(effects, (monitor) => stage(withMonitor(evaluation, monitor))),
    unchanged(evaluation.monitor),
  );

/** No stage can be due: nearly all monitors, nearly all the time. */
const isQuiet = (monitor: MonitorState): boolean =>
  monitor.verdict !== 'no_data' &&
  monitor.incident === null &&
  monitor.notified === null &&
  monitor.noDataId === null &&
  monitor.flapping === null &&
  monitor.warnings === null &&
  monitor.transitions.length === 0;

function isEndUnsent({ monitor }: Evaluation): boolean {
  return monitor.notified?.ended != null;
}

/** The end of an incident whose opening was sent. */
function notifyResolved(evaluation: Evaluation): Effects<MonitorState> {
  const { monitor } = evaluation;
  const { notified } = monitor;
  if (!notified?.ended) return unchanged(monitor);
  const { incident, ended } = notified;
  const event = incident.verdict === 'down' ? 'resolved' : 'partial_resolved';
  const notification = buildNotification(
    evaluation,
    `${incident.id}_${event}`,
    `incident.${event}`,
    incident.startedAt,
    incidentSnapshot(incident, ended),
  );
  return { value: { ...monitor, notified: null }, notifications: [notification], records: [] };
}

/** One notification in place of one for every change. */
function startFlapping(evaluation: Evaluation): Effects<MonitorState> {
  const { monitor, at } = evaluation;
  const since = monitor.transitions[0]!.at;
  const flapping = { id: `flap_${at.toString(36)}_${monitor.number}`, since };
  const notification = buildNotification(evaluation, flapping.id, 'monitor.flapping', since);
  const flaps = { ...monitor, flapping };
  const details: FlappingDetails = {
    since,
    suppressed: eventsSuppressedByFlapping,
    maxSuppressionMs: maxFlapSuppressionMs(monitor.policy),
    until: isNotified(monitor) ? null : flapSuppressionEnd(flaps),
  };
  return { value: flaps, notifications: [{ ...notification, flapping: details }], records: [] };
}

function endFlapping(evaluation: Evaluation): Effects<MonitorState> {
  const { monitor } = evaluation;
  if (monitor.flapping === null) return unchanged(monitor);
  const { id, since } = monitor.flapping;
  const notification = buildNotification(evaluation, `${id}_ended`, 'monitor.flapping_ended', since);
  const details: FlappingDetails = {
    ...{ since, suppressed: [], until: null },
    maxSuppressionMs: maxFlapSuppressionMs(monitor.policy),
  };
  return {
    value: { ...monitor, flapping: null },
    notifications: [{ ...notification, flapping: details }],
    records: [],
  };
}

/** Receivers know of the open incident as it is now, not as an earlier or a partial one. */
export const isNotified = ({ incident, notified }: MonitorState): boolean =>
  incident === null ||
  (notified?.incident.id === incident.id && notified.incident.verdict === incident.verdict);

function notifyOpened(evaluation: Evaluation): Effects<MonitorState> {
  const { monitor } = evaluation;
  const { incident } = monitor;
  if (incident === null) return unchanged(monitor);
  const event = incident.verdict === 'down' ? 'opened' : 'partial';
  const notification = buildNotification(
    evaluation,
    `${incident.id}_${event}`,
    `incident.${event}`,
    incident.startedAt,
    incidentSnapshot(incident),
  );
  const value = { ...monitor, notified: { incident, ended: null } };
  return { value, notifications: [notification], records: [] };
}

function isWarningDue(kind: WarningKind): Stage['isDue'] {
  return ({ monitor }) => {
    const warning = monitor.warnings?.[kind];
    return warning != null && isUnsent(warning);
  };
}

/** Sent once, and for a certificate once for every lower limit; their end is not sent. */
function notifyWarning(kind: WarningKind): Notify {
  return (evaluation) => {
    const { monitor, votes, at } = evaluation;
    const id = `${kind}_${at.toString(36)}_${monitor.number}`;
    const since = monitor.warnings?.[kind]?.since ?? at;
    const notification = buildNotification(evaluation, id, `monitor.${kind}`, since);
    const scope = countWarningVotes(monitor, votes, kind).locations.map(({ location }) => location);
    return {
      value: markWarningNotified(monitor, kind),
      notifications: [{ ...notification, scope }],
      records: [],
    };
  };
}

/** A notification is due, or will be, and was not sent yet. */
export const hasUnsentNotification = (monitor: MonitorState): boolean =>
  !isNotified(monitor) ||
  unsentWarnings(monitor.warnings).length > 0 ||
  monitor.notified?.ended != null ||
  (monitor.noDataId !== null) !== (monitor.verdict === 'no_data');

/** When dependencies that fail alike are checked again, and when a regional problem stops waiting for them. */
const undecidedUntil = (state: State, monitor: MonitorState): number[] =>
  undecidedAncestors(state, monitor, state.at).flatMap(({ decidableAt, until }) => [decidableAt, until]);

/** When the next of the reasons that hold something back ends by itself, after `after`; null if none does. */
export function nextReleaseAt(state: State, monitor: MonitorState, after: number): number | null {
  if (!hasUnsentNotification(monitor)) return null;
  const windowEnd = nextWindowEnd(state, monitor.number, after);
  if (isNotified(monitor)) return windowEnd;
  const ends = [windowEnd, flapSuppressionEnd(monitor), ...undecidedUntil(state, monitor)];
  const next = Math.min(
    ...ends.map((end) => (end === null || end <= after ? Number.POSITIVE_INFINITY : end)),
  );
  return Number.isFinite(next) ? next : null;
}
