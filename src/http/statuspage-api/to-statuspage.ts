// Owns the documents of the Statuspage API, from the view of a page. Pure. Contains nothing that the page does not show.

import type { PageState } from '../../status-pages/page-state.ts';
import { iso } from '../api/common.ts';
import type { PageView } from '../status-page/page-view.ts';
import { toComponents } from './components.ts';
import { toIncident, toMaintenance } from './incidents.ts';
import type { StatuspagePage, StatuspageStatus } from './shapes.ts';

/** Words of Statuspage, so that a client which compares them works. It has none for "no data". */
const INDICATORS: Readonly<Record<PageState, StatuspageStatus>> = {
  operational: { indicator: 'none', description: 'All Systems Operational' },
  maintenance: { indicator: 'maintenance', description: 'Service Under Maintenance' },
  no_data: { indicator: 'minor', description: 'No Current Data' },
  degraded: { indicator: 'minor', description: 'Partially Degraded Service' },
  partial_outage: { indicator: 'major', description: 'Partial System Outage' },
  major_outage: { indicator: 'critical', description: 'Major Service Outage' },
};

/** "The 50 most recent", as Statuspage documents. */
const MAX_LISTED = 50;

const toPage = ({ page, url, checkedAt, since, now }: PageView): StatuspagePage => ({
  ...{ id: page.id, name: page.title, url, time_zone: page.config.timeZone },
  updated_at: iso(checkedAt ?? since ?? now),
});

/** By path below `/api/v2/`. */
export const DOCUMENTS = {
  'summary.json': (view: PageView) => {
    const components = toComponents(view);
    return {
      ...page(view),
      components,
      ...incidents(view, (one) => one.resolvedAt === null),
      ...maintenances(view, () => true),
      ...status(view),
    };
  },
  'status.json': (view: PageView) => ({ ...page(view), ...status(view) }),
  'components.json': (view: PageView) => ({ ...page(view), components: toComponents(view) }),
  'incidents.json': (view: PageView) => ({ ...page(view), ...incidents(view, () => true) }),
  'incidents/unresolved.json': (view: PageView) => ({
    ...page(view),
    ...incidents(view, ({ resolvedAt }) => resolvedAt === null),
  }),
  'scheduled-maintenances.json': (view: PageView) => ({ ...page(view), ...allMaintenances(view) }),
  'scheduled-maintenances/upcoming.json': (view: PageView) => ({
    ...page(view),
    ...maintenances(view, (startsAt) => startsAt > view.now),
  }),
  'scheduled-maintenances/active.json': (view: PageView) => ({
    ...page(view),
    ...maintenances(view, (startsAt) => startsAt <= view.now),
  }),
} as const;

/** Those that Statuspage documents without an end of time: https://confluence.status.atlassian.com/api */
export const NEEDS_ALL_PAST: ReadonlySet<string> = new Set(['incidents.json', 'scheduled-maintenances.json']);

const page = (view: PageView) => ({ page: toPage(view) });

const status = ({ state }: PageView) => ({ status: INDICATORS[state] });

function incidents(view: PageView, shows: (incident: PageView['incidents'][number]) => boolean) {
  const components = toComponents(view);
  // Open ones come first, so none of them is cut off.
  const shown = view.incidents.filter(shows).slice(0, MAX_LISTED);
  return { incidents: shown.map((one) => toIncident(view, one, components)) };
}

function maintenances(view: PageView, shows: (startsAt: number) => boolean) {
  const components = toComponents(view);
  const shown = view.maintenances.filter(({ startsAt }) => shows(startsAt)).slice(0, MAX_LISTED);
  return { scheduled_maintenances: shown.map((one) => toMaintenance(view, one, components)) };
}

/** Whatever their status, the newest first. A maintenance that recurs every hour must not displace all that are completed. */
function allMaintenances(view: PageView) {
  const components = toComponents(view);
  const kept = Math.min(view.completed.length, MAX_LISTED / 2);
  const shown = [...view.maintenances.slice(0, MAX_LISTED - kept), ...view.completed]
    .slice(0, MAX_LISTED)
    .toSorted((a, b) => b.startsAt - a.startsAt);
  return { scheduled_maintenances: shown.map((one) => toMaintenance(view, one, components)) };
}
