// Owns the moment at which a dependency that held back a notification is gone: removed, paused or retargeted. What it
// held waits until enough locations measure the problem again. Does not decide what is suppressed (suppression.ts).

import type { MonitorState, State } from '../model/state.ts';
import { WARNING_KINDS } from '../model/warning.ts';
import { evaluate } from '../voting/evaluation.ts';
import { inhibitedBy, warningInhibitedBy } from './dependency.ts';
import { isNotified } from './pipeline.ts';
import { unsentWarnings } from './warnings.ts';

/** What a dependency holds back of this monitor right now: its incident, else a warning. */
export function heldByDependency(
  state: State,
  monitor: MonitorState,
  at: number,
): 'incident' | 'warning' | null {
  if (isSettled(monitor)) return null;
  const evaluation = evaluate(state, monitor, at);
  if (!isNotified(monitor) && inhibitedBy(evaluation) !== null) return 'incident';
  const unsent = unsentWarnings(monitor.warnings);
  const isHeld = WARNING_KINDS.some(
    (kind) => unsent.includes(kind) && warningInhibitedBy(evaluation, kind) !== null,
  );
  return isHeld ? 'warning' : null;
}

/** Nothing that a dependency could have held back is left. */
const isSettled = (monitor: MonitorState): boolean =>
  isNotified(monitor) && unsentWarnings(monitor.warnings).length === 0;

/** The monitor without the mark once that mark holds nothing back. */
export const withoutSettledDetachment = (monitor: MonitorState): MonitorState =>
  monitor.detached !== null && isSettled(monitor) ? { ...monitor, detached: null } : monitor;
