// Owns since when a monitor is up: from the end of its last incident, or its first measurement, across a lack of data.
// Does not decide the verdict. `verdictSince` is its start, which a lack of data does restart.
import type { MonitorState } from '../model/state.ts';

/** `after` has the verdict and the incident of this evaluation, `before` those of the earlier one. */
export function recordUpSince(before: MonitorState, after: MonitorState, at: number): MonitorState {
  if (after.incident !== null)
    return after.upSince === null && after.lastGap === null
      ? after
      : { ...after, upSince: null, lastGap: null };
  if (after.verdict !== 'up') return after;
  if (after.upSince === null) return { ...after, upSince: after.verdictSince, lastGap: null };
  return before.verdict === 'no_data'
    ? { ...after, lastGap: { from: Math.min(before.verdictSince, at), to: at } }
    : after;
}

/** The start of the verdict for readers. */
export const shownSince = ({ verdict, verdictSince, upSince }: MonitorState): number =>
  verdict === 'up' ? (upSince ?? verdictSince) : verdictSince;
