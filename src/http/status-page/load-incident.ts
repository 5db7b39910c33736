// Owns the loading of the page of one incident: what probes measured and what people wrote, joined. One statement.
// Does not show it.
import type { Config } from '../../env.ts';
import { loadParts, type PageHead, type Requested } from './load-page.ts';
import { unknownSinceOf } from './page-components.ts';
import { measuredIncident } from './page-incidents.ts';
import type { PageIncident } from './page-view.ts';
import { withCurrentName } from './status-view.ts';

export interface IncidentPageData {
  readonly head: PageHead;
  /** The incident of people, if they wrote of the measured one. So its id may be another than the requested one. */
  readonly incident: PageIncident;
  /** Since when it is unknown whether a measured incident continues. Null if it is known. */
  readonly unknownSince: ReturnType<typeof unknownSinceOf>;
}

/** Null: the page does not show such an incident. */
export async function loadIncidentPage(
  config: Config,
  requested: Requested,
  id: string,
  now: number,
  comparedClock: () => number,
): Promise<IncidentPageData | null> {
  const parts = await loadParts(config, requested, now, comparedClock, { id, now });
  const { head, content, components, incidents } = parts;
  const found =
    incidents.find((one) => one.id === id) ??
    incidents.find(({ measured }) => measured.some((row) => row.id === id)) ??
    plannedIncident(requested, content, id);
  return found ? { head, incident: found, unknownSince: unknownSinceOf(components) } : null;
}

/** Planned work is in no list, but who has its address may read it. */
function plannedIncident(
  { page }: Requested,
  { incidents, monitors }: Awaited<ReturnType<typeof loadParts>>['content'],
  id: string,
): PageIncident | null {
  const row = incidents.find((one) => one.id === id);
  if (!row || page.config.lead !== 'probes') return null;
  return measuredIncident(withCurrentName(row, new Map(monitors.map((one) => [one.number, one]))));
}
