// Monitoring blind: too few locations can tell, and that is noticed by itself once it has lasted.

import type { MonitorState, Policy, State } from '../model/state.ts';
import { type Hearing, noticeOf } from '../voting/evaluation.ts';
import { assignedLocations } from '../voting/quorum.ts';
import type { Announced } from './pipeline.ts';
import { coverOf } from './windows.ts';

const MIN_BLIND_MS = 300_000;

/** So long nothing may be known of a monitor, or of a location, before that is noticed. */
export const blindAfterMs = (policy: Pick<Policy, 'intervalMs'>): number =>
  Math.max(3 * policy.intervalMs, MIN_BLIND_MS);

/** Only time counts in which somebody was awake to see. */
const blindNoticeAt = (state: State, { policy, verdictSince }: MonitorState): number =>
  Math.max(verdictSince, state.awakeSince) + blindAfterMs(policy);

/** Tells that monitoring is blind, or that it sees again. The monitor's verdict is the new one already. */
export function announceBlindness(hearing: Hearing): Announced {
  const { state, monitor, at } = hearing;
  const isBlind = monitor.verdict === 'undecided';
  // Nothing has changed, or it would not be told now.
  if (isBlind === (monitor.blind !== null) || coverOf(state, monitor.number, at) !== null) {
    return { monitor, notices: [] };
  }
  if (!isBlind) return endBlindness(hearing);
  if (monitor.policy.paused || at < blindNoticeAt(state, monitor)) return { monitor, notices: [] };
  const blind = `blind_${at.toString(36)}_${monitor.number}`;
  const notice = noticeOf(hearing, blind, 'blind', monitor.verdictSince);
  return { monitor: { ...monitor, blind }, notices: [notice] };
}

export function endBlindness(hearing: Hearing): Announced {
  const { monitor } = hearing;
  if (monitor.blind === null) return { monitor, notices: [] };
  const notice = noticeOf(hearing, `${monitor.blind}_ended`, 'blind_ended', monitor.verdictSince);
  return { monitor: { ...monitor, blind: null }, notices: [notice] };
}

/** When a monitor that no enabled location looks at has to be heard without a report; null when it has not. */
export function blindHearingAt(state: State, monitor: MonitorState): number | null {
  if (assignedLocations(state, monitor.policy).some(({ enabled }) => enabled)) return null;
  if (monitor.verdict !== 'undecided') return state.at;
  // In a window it would not be told: the end of that is waited for.
  if (coverOf(state, monitor.number, state.at) !== null) return null;
  return monitor.blind === null ? blindNoticeAt(state, monitor) : null;
}
