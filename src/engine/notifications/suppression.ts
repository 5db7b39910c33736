// Owns why a notification is not sent right now: one answer, for the pipeline and for `explain`. Sends nothing.

import type { MonitorEvent } from '../model/notification.ts';
import type { Verdict } from '../model/state.ts';
import type { WarningKind } from '../model/warning.ts';
import type { Evaluation } from '../voting/evaluation.ts';
import { downAncestors, type Inhibition, inhibitedBy, warningInhibitedBy } from './dependency.ts';
import { flapSuppressionEnd } from './flapping.ts';
import { isRecentlySent } from './warnings.ts';
import { activeWindow } from './windows.ts';

/** Why no notification about a monitor is sent. */
export type MonitorSuppression =
  | { readonly by: 'maintenance' | 'silence'; readonly id: string; readonly until: number }
  | ({ readonly by: 'dependency' } & Inhibition)
  /** `until` is when the open incident is sent although the monitor flaps; absent if no incident waits. */
  | { readonly by: 'flapping'; readonly since: number; readonly until?: number }
  | { readonly by: 'paused' };

/** Warnings have two more reasons. */
export type Suppression =
  | MonitorSuppression
  | { readonly by: 'not_up'; readonly verdict: Verdict }
  /** The warning was sent at this limit or a lower one, and may have ended in between. */
  | { readonly by: 'recently_sent'; readonly limit: number };

type Reason = (evaluation: Evaluation) => Suppression | null;

const window: Reason = ({ state, monitor, at }) => {
  const active = activeWindow(state, monitor.number, at);
  return active && { by: active.kind, id: active.id, until: active.until };
};

const dependency: Reason = (evaluation) => {
  const inhibition = inhibitedBy(evaluation);
  return inhibition && { by: 'dependency', ...inhibition };
};

const warningDependency =
  (kind: WarningKind): Reason =>
  (evaluation) => {
    const inhibition = warningInhibitedBy(evaluation, kind);
    return inhibition && { by: 'dependency', ...inhibition };
  };

const dependencyDown: Reason = ({ state, monitor }) => {
  const [nearest] = downAncestors(state, monitor);
  return nearest ? { by: 'dependency', state: 'down', monitor: nearest.number } : null;
};

const flapping: Reason = ({ monitor }) =>
  monitor.flapping && { by: 'flapping', since: monitor.flapping.since };

/** Flapping hides single changes, but no incident that lasts. */
const flappingForAWhile: Reason = ({ monitor, at }) => {
  const until = flapSuppressionEnd(monitor);
  if (monitor.flapping === null || until === null || at >= until) return null;
  return { by: 'flapping', since: monitor.flapping.since, until };
};

const paused: Reason = ({ monitor }) => (monitor.policy.paused ? { by: 'paused' } : null);

const notUp: Reason = ({ verdict }) => (verdict === 'up' ? null : { by: 'not_up', verdict });

const recentlySent =
  (kind: WarningKind): Reason =>
  ({ monitor }) => {
    const warning = monitor.warnings?.[kind];
    return warning && isRecentlySent(warning) ? { by: 'recently_sent', limit: warning.limit } : null;
  };

/**
 * The reasons that count for each notification, in the order in which they are asked. Only a window suppresses an end.
 * `next` is for a monitor with nothing to send: would a new notification be suppressed?
 */
const REASONS = {
  resolved: [window],
  flapping_ended: [window],
  no_data_resolved: [window],
  opened: [window, dependency, flappingForAWhile, paused],
  flapping: [window, dependency, paused],
  no_data: [window, paused],
  degraded: [window, warningDependency('degraded'), flapping, paused, notUp, recentlySent('degraded')],
  certificate: [
    window,
    warningDependency('certificate'),
    flapping,
    paused,
    notUp,
    recentlySent('certificate'),
  ],
  next: [window, dependencyDown, flapping, paused],
} as const satisfies Record<string, readonly Reason[]>;

export type Subject = keyof typeof REASONS;

const EVENTS: Record<Exclude<Subject, 'next'>, readonly MonitorEvent[]> = {
  resolved: ['incident.resolved', 'incident.partial_resolved'],
  flapping_ended: ['monitor.flapping_ended'],
  no_data_resolved: ['monitor.no_data_resolved'],
  opened: ['incident.opened', 'incident.partial'],
  flapping: ['monitor.flapping'],
  no_data: ['monitor.no_data'],
  degraded: ['monitor.degraded'],
  certificate: ['monitor.certificate'],
};

/** The events that are not sent while a monitor flaps. Incidents are sent once they have lasted. */
export const eventsSuppressedByFlapping: readonly MonitorEvent[] = Object.entries(EVENTS).flatMap(
  ([subject, events]) => {
    const reasons: readonly Reason[] = REASONS[subject as keyof typeof EVENTS];
    return reasons.includes(flapping) || reasons.includes(flappingForAWhile) ? events : [];
  },
);

/** Why a notification of this kind is not sent now; null if it is sent. */
export function suppressionOf(
  evaluation: Evaluation,
  subject: Exclude<Subject, WarningKind>,
): MonitorSuppression | null;
export function suppressionOf(evaluation: Evaluation, subject: Subject): Suppression | null;
export function suppressionOf(evaluation: Evaluation, subject: Subject): Suppression | null {
  for (const reason of REASONS[subject]) {
    const suppression = reason(evaluation);
    if (suppression !== null) return suppression;
  }
  return null;
}
