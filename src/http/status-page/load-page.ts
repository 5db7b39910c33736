// Owns the loading of a status page as one value, from which every form of the page follows.
// Does not show it. Contains no host, port or address, and no monitor that the page does not select.
import type { Config } from '../../env.ts';
import type { StatusPage } from '../../status-pages/model.ts';
import { type PageState, worstState } from '../../status-pages/page-state.ts';
import { readBars } from '../../store/history/bars.ts';
import { listMonitors } from '../../store/monitors.ts';
import type { DayBar, Uptime } from '../../uptime/model.ts';
import type { RequestedPage } from '../pages/page-routes.ts';
import type { ComponentGroup, ComponentView, PageIncident, PageView } from './page-view.ts';
import { loadStatus, type MonitorView, type StatusView } from './status-view.ts';

export async function loadPage(
  config: Config,
  { page, base }: RequestedPage,
  now: number,
  comparedClock: () => number,
): Promise<PageView> {
  const view = await loadStatus(config, now, comparedClock);
  const rows = new Map((await listMonitors(config.db)).map((row) => [row.id, row]));
  const bars = await readBars(
    config.db,
    view.monitors.map(({ id }) => rows.get(id)?.number ?? 0),
    now,
  );
  const components = view.monitors.map((monitor) => {
    const row = rows.get(monitor.id);
    return { group: row?.group ?? null, view: toComponent(monitor, bars.get(row?.number ?? 0) ?? []) };
  });
  return {
    ...{ page, base, now, url: addressOf(page, base, config.publicUrl) },
    ...{ state: view.state, since: null, checkedAt: view.updatedAt },
    locationCount: Math.max(0, ...view.monitors.map((m) => m.passing + m.failing + m.abstaining)),
    ...{ stale: view.stale, measuredAt: view.measuredAt, monitoring: view.monitoring },
    announcements: [],
    groups: groupsOf(components),
    incidents: view.incidents.map(toPageIncident),
    ...{ maintenances: view.maintenances, hidden: view.hidden },
  };
}

const addressOf = (page: StatusPage, base: string, publicUrl: string): string =>
  page.host === null ? `${publicUrl.replace(/\/$/, '')}${base}` : `https://${page.host}`;

const STATES: Readonly<Record<MonitorView['condition'], PageState>> = {
  ...{ down: 'major_outage', was_down: 'major_outage', partial: 'partial_outage' },
  ...{ was_partial: 'partial_outage', stopped: 'no_data', no_data: 'no_data', pending: 'no_data' },
  ...{ unstable: 'operational', degraded: 'degraded', up: 'operational' },
  ...{ maintenance: 'maintenance', paused: 'no_data' },
};

const toComponent = (monitor: MonitorView, bars: readonly DayBar[]): ComponentView => ({
  ref: `monitor:${monitor.id}`,
  name: monitor.name,
  // That of a monitor is for people who are on call.
  description: null,
  monitor,
  failingLocations: [],
  said: null,
  state: STATES[monitor.condition],
  bars,
  uptime: uptimeOf(bars),
});

function uptimeOf(bars: readonly DayBar[]): Uptime {
  const sum = (key: 'down' | 'partial' | 'up'): number =>
    bars.reduce((total, { totals }) => total + totals[key], 0);
  const counted = sum('down') + sum('partial') + sum('up');
  return counted === 0 ? null : 1 - sum('down') / counted;
}

function groupsOf(components: readonly { group: string | null; view: ComponentView }[]): ComponentGroup[] {
  const names = [...new Set(components.map(({ group }) => group))].sort((a, b) =>
    a === null ? -1 : b === null ? 1 : a < b ? -1 : 1,
  );
  return names.map((name) => {
    const own = components.filter(({ group }) => group === name).map(({ view }) => view);
    return { name, state: worstState(own.map(({ state }) => state)), components: own, collapsed: false };
  });
}

export const toPageIncident = (row: StatusView['incidents'][number]): PageIncident => {
  const impact = row.verdict === 'down' ? 'major' : 'partial';
  const component = { component: `monitor:${row.monitorId}`, impact, name: row.monitorName } as const;
  return {
    ...{ id: row.id, title: row.monitorName, sources: ['probes'], impact },
    status: row.resolvedAt === null ? 'investigating' : 'resolved',
    ...{ startedAt: row.startedAt, resolvedAt: row.resolvedAt },
    ...{ components: [component], updates: [], postmortem: null, measured: [row] },
  };
};
