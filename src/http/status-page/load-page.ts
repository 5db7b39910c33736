// Owns the loading of a status page as one value, from which every form of the page follows. Two statements.
// Does not show it. Contains no host, port or address, and no monitor that the page does not select.
import type { Config } from '../../env.ts';
import { locationNames } from '../../status-pages/location-names.ts';
import type { StatusPage } from '../../status-pages/model.ts';
import { pageUrl } from '../../status-pages/page-url.ts';
import { readBars } from '../../store/history/bars.ts';
import type { PageContent, Wanted } from '../../store/page-content.ts';
import { type MeshView, readMeshView } from './mesh-view.ts';
import { checksOf, componentsOfPage, mergePage, namesOf, type PageComponent } from './page-components.ts';
import { pageIncidents } from './page-incidents.ts';
import type { PageIncident, PageView } from './page-view.ts';
import {
  completedMaintenance,
  type PlannedMaintenance,
  plannedMaintenance,
  unplanned,
  withCurrentName,
} from './status-view.ts';

const DAY_MS = 86_400_000;
const INCIDENT_DAYS = 14;
const MAX_INCIDENTS = 100;
const MAINTENANCE_DAYS = 30;
const MAX_MAINTENANCES = 50;
/** A recurring maintenance is completed so often that its earlier occurrences say nothing new. */
const PAST_OCCURRENCE_DAYS = 14;
/** D1 takes 2,000,000 bytes of a value. A page of more monitors shows the bars of the first of them. */
const MAX_BARS = 1_000;

/** The page as a request found it. */
export interface Requested {
  readonly page: StatusPage;
  readonly base: string;
  /** Absolute address of the page, without a trailing slash. Without it, that of the deployment. */
  readonly url?: string;
}

/** `past`: incidents of 14 days, or the newest ones of all time and completed maintenance. The statements are as many. */
export async function loadPage(
  config: Config,
  requested: Requested,
  now: number,
  comparedClock: () => number,
  past: 'recent' | 'all' = 'recent',
): Promise<PageView> {
  const since = past === 'all' ? 0 : now - INCIDENT_DAYS * DAY_MS;
  const loaded = await loadParts(config, requested, now, comparedClock, { since, now });
  const { mesh, content, components, incidents, maintenances, head } = loaded;
  const bars = await readBars(
    config.db,
    components.flatMap(({ row }) => row?.number ?? []).slice(0, MAX_BARS),
    now,
  );
  return {
    ...head,
    ...mergePage(requested.page, mesh, components, incidents, bars),
    incidents: incidents.slice(0, MAX_INCIDENTS),
    maintenances,
    completed:
      past === 'all'
        ? completedMaintenance(content, now, PAST_OCCURRENCE_DAYS * DAY_MS, MAX_MAINTENANCES)
        : [],
    hidden: content.hidden,
  };
}

/** What every page of the status page begins with. */
export type PageHead = Omit<
  PageView,
  'state' | 'since' | 'groups' | 'incidents' | 'maintenances' | 'completed' | 'hidden'
>;

export interface PageParts {
  readonly head: PageHead;
  readonly mesh: MeshView;
  readonly content: PageContent;
  readonly components: readonly PageComponent[];
  readonly incidents: readonly PageIncident[];
  readonly maintenances: readonly PlannedMaintenance[];
}

/** One statement. */
export async function loadParts(
  config: Config,
  { page, base, url }: Requested,
  now: number,
  comparedClock: () => number,
  wanted: Wanted,
): Promise<PageParts> {
  const { mesh, content } = await readMeshView(config, page, wanted, comparedClock);
  const maintenances = plannedMaintenance(content, now, MAINTENANCE_DAYS * DAY_MS, MAX_MAINTENANCES);
  const components = componentsOfPage(
    page,
    mesh,
    content,
    maintenances.filter(({ startsAt }) => startsAt <= now),
  );
  const { checkedAt, locations } = checksOf(mesh, content.monitors);
  const incidents = incidentsOf(page, content, namesOf(components), now);
  const named = [...locations, ...incidents.flatMap((one) => one.measured.flatMap(({ scope }) => scope))];
  return {
    head: {
      ...{ page, base, now, url: url ?? pageUrl(page, config.publicUrl) },
      ...{ checkedAt, locationCount: locations.length },
      locationNames: locationNames(named, content.locationNames),
      ...{ stale: mesh.stale, measuredAt: mesh.measuredAt, monitoring: mesh.monitoring },
      announcements: content.announcements.map(({ id, title, body, startsAt, endsAt }) => ({
        ...{ id, title, body, startsAt, endsAt },
      })),
    },
    ...{ mesh, content, components, maintenances, incidents },
  };
}

export function incidentsOf(
  page: StatusPage,
  content: PageContent,
  names: ReadonlyMap<string, string>,
  now: number,
): PageIncident[] {
  const shown = new Set(unplanned(content.incidents, content, now).map(({ id }) => id));
  const byNumber = new Map(content.monitors.map((row) => [row.number, row]));
  return pageIncidents({
    ...{ page, names, published: content.publicIncidents },
    measured: content.incidents.map((row) => withCurrentName(row, byNumber)),
    planned: new Set(content.incidents.flatMap(({ id }) => (shown.has(id) ? [] : [id]))),
  });
}
