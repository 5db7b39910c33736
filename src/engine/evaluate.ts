// Owns the evaluation of one monitor after an entry: its verdict, then its incident, then its notifications.

import { endIncident, updateIncident } from './incidents/incident.ts';
import { incidentEnd, noDataStart } from './incidents/incident-times.ts';
import { chain, type Effects, unchanged } from './model/effects.ts';
import type { EndReason, MonitorState, State } from './model/state.ts';
import { withoutSettledDetachment } from './notifications/detachment.ts';
import { recordTransition } from './notifications/flapping.ts';
import { closeNotifications, decideNotifications } from './notifications/pipeline.ts';
import { updateWarnings } from './notifications/warnings.ts';
import { type Evaluation, evaluate, withMonitor } from './voting/evaluation.ts';

/** Moves a monitor to the verdict of its votes now. */
export function evaluateMonitor(state: State, before: MonitorState, at: number): Effects<MonitorState> {
  const evaluation = evaluate(state, before, at);
  const { verdict } = evaluation;
  return chain(updateIncident(evaluation), (followed) => {
    const decided =
      verdict === before.verdict
        ? followed
        : { ...followed, verdict, verdictSince: verdictSince(evaluation, followed) };
    const recorded = recordTransition(withMonitor(evaluation, decided), before);
    const monitor = updateWarnings(withMonitor(evaluation, recorded));
    const notified = decideNotifications(withMonitor(evaluation, monitor));
    return chain(notified, (after) => unchanged(withoutSettledDetachment(after)));
  });
}

function verdictSince({ state, monitor, votes, verdict, at }: Evaluation, after: MonitorState): number {
  if (verdict === 'no_data') return Math.max(monitor.verdictSince, noDataStart(state, monitor, at));
  if (after.incident) return after.incident.startedAt;
  return monitor.incident ? incidentEnd(monitor, monitor.incident, votes, at) : at;
}

/** Pausing, deleting or a new target ends everything that is open, at once: no later evaluation would. */
export function closeMonitor(
  state: State,
  before: MonitorState,
  reason: EndReason,
  at: number,
): Effects<MonitorState> {
  const evaluation: Evaluation = { ...evaluate(state, before, at), verdict: before.verdict };
  const ended = before.incident ? endIncident(evaluation, before.incident, reason) : unchanged(before);
  return chain(ended, (monitor) => closeNotifications(withMonitor(evaluation, monitor)));
}
