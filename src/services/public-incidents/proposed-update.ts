// Owns the update that the coordinator proposes to people. Pure. It is derived, not stored: a person writes it, or does not.
import type { UpdateStatus } from '../../status-pages/model.ts';
import type { MeasuredIncident, PublicIncident } from '../../store/public-incidents.ts';
import { ENDED_TEXT, RESOLVED_TEXT } from './coordinator-texts.ts';

export interface ProposedUpdate {
  readonly status: UpdateStatus;
  readonly body: string;
}

/** A resolved one, once every measured incident is over. Null: nothing is to be done, or probes do not see it. */
export function proposedUpdate(
  { status, incidents }: Pick<PublicIncident, 'status' | 'incidents'>,
  measured: readonly MeasuredIncident[],
): ProposedUpdate | null {
  if (status === 'resolved' || incidents.length === 0 || measured.length === 0) return null;
  if (measured.some(({ state }) => state === 'open')) return null;
  const isMeasured = measured.every(({ reason }) => reason === null);
  return { status: 'resolved', body: isMeasured ? RESOLVED_TEXT : ENDED_TEXT };
}
