// A status page as the loader returns it, for tests of the forms of a page. Every part can be replaced.
import type {
  ComponentGroup,
  ComponentView,
  PageIncident,
  PageUpdate,
  PageView,
} from '../../src/http/status-page/page-view.ts';
import type { MonitorView } from '../../src/http/status-page/status-view.ts';
import { DEFAULT_PAGE, type PageConfig, type StatusPage } from '../../src/status-pages/model.ts';
import type { PageState } from '../../src/status-pages/page-state.ts';
import type { IncidentRow } from '../../src/store/incidents.ts';
import type { DayBar, MomentTotals } from '../../src/uptime/model.ts';

/** 26 Nov 2026, 10:00 UTC. */
export const NOW = Date.UTC(2026, 10, 26, 10);
const DAY_MS = 86_400_000;
const TODAY = Math.floor(NOW / DAY_MS);
export const MINUTE_MS = 60_000;

export const LOCATIONS = [
  'aws:us-east-1',
  'aws:us-west-2',
  'aws:eu-central-1',
  'aws:ap-southeast-1',
  'aws:ap-northeast-1',
  'aws:sa-east-1',
];

/** By id, for people. */
export const LOCATION_NAMES: Readonly<Record<string, string>> = {
  'aws:us-east-1': 'Northern Virginia',
  'aws:us-west-2': 'Oregon',
  'aws:eu-central-1': 'Frankfurt',
  'aws:ap-southeast-1': 'Singapore',
  'aws:ap-northeast-1': 'Tokyo',
  'aws:sa-east-1': 'São Paulo',
};

const NO_TIME: MomentTotals = { paused: 0, maintenance: 0, no_data: 0, down: 0, partial: 0, up: 0 };

/** The totals of a whole day: what is not given is up. */
export function totals(changes: Partial<MomentTotals> = {}, span = DAY_MS): MomentTotals {
  const other = Object.values(changes).reduce((sum, ms) => sum + ms, 0);
  return { ...NO_TIME, ...changes, up: changes.up ?? span - other };
}

/** 90 days that were up, changed by the number of days ago. Today lasts until now. */
export const barsOf = (changes: Readonly<Record<number, Partial<MomentTotals>>> = {}, days = 90): DayBar[] =>
  Array.from({ length: days }, (_, index) => {
    const ago = days - 1 - index;
    const span = ago === 0 ? NOW % DAY_MS : DAY_MS;
    return { day: TODAY - ago, totals: totals(changes[ago], span) };
  });

export const monitorView = (changes: Partial<MonitorView> = {}): MonitorView => ({
  ...{ id: 'shop', name: 'Web shop', paused: false, condition: 'up', since: NOW - 5 * DAY_MS },
  ...{ verdict: 'up', incidentVerdict: null, neverChecked: false, flapping: false, warnings: [] },
  ...{ passing: 6, failing: 0, abstaining: 0, maintenance: false, lastGap: null },
  ...changes,
});

function uptimeOf(bars: readonly DayBar[]): number | null {
  const sum = (moment: keyof MomentTotals) => bars.reduce((all, { totals: of }) => all + of[moment], 0);
  const counted = sum('down') + sum('partial') + sum('up');
  return counted === 0 ? null : 1 - sum('down') / counted;
}

const STATES: Readonly<Record<MonitorView['condition'], PageState>> = {
  ...{ up: 'operational', unstable: 'operational', degraded: 'degraded' },
  ...{ down: 'major_outage', was_down: 'major_outage', partial: 'partial_outage' },
  ...{ was_partial: 'partial_outage', stopped: 'no_data', no_data: 'no_data', pending: 'no_data' },
  ...{ maintenance: 'maintenance', paused: 'no_data' },
};

/** A component of a monitor, with a history of 90 days that were up. */
export function component(
  monitor: Partial<MonitorView> = {},
  changes: Partial<ComponentView> = {},
): ComponentView {
  const view = monitorView(monitor);
  const bars = changes.bars ?? barsOf();
  return {
    ...{ ref: `monitor:${view.id}`, name: view.name, description: null, monitor: view },
    ...{ failingLocations: [], said: null, state: STATES[view.condition], bars, uptime: uptimeOf(bars) },
    ...changes,
  };
}

/** A component that no probe checks. */
export const staticComponent = (changes: Partial<ComponentView> = {}): ComponentView => ({
  ...{ ref: 'static:support', name: 'Phone support', description: null, monitor: null },
  ...{ failingLocations: [], said: null, state: 'operational', bars: [], uptime: null },
  ...changes,
});

export const group = (
  name: string | null,
  components: readonly ComponentView[],
  changes: Partial<ComponentGroup> = {},
): ComponentGroup => ({
  ref: name === null ? null : `group:${name}`,
  ...{ name, components, state: 'operational', collapsed: false },
  ...changes,
});

/** An incident that probes measured: down at all locations for the last 20 minutes. */
export const incidentRow = (changes: Partial<IncidentRow> = {}): IncidentRow =>
  ({
    ...{ id: 'inc_1', monitorNumber: 1, monitorId: 'shop', monitorName: 'Web shop', location: null },
    ...{ state: 'open', verdict: 'down', startedAt: NOW - 20 * MINUTE_MS, detectedAt: NOW - 19 * MINUTE_MS },
    ...{ resolvedAt: null, acknowledgedAt: null, reason: null, public: true, evidenceDeletedAt: null },
    ...{ scope: LOCATIONS, evidence: [] },
    ...changes,
  }) as IncidentRow;

/** What only probes measured. */
export function measuredIncident(changes: Partial<IncidentRow> = {}): PageIncident {
  const row = incidentRow(changes);
  const impact = row.verdict === 'down' ? 'major' : 'partial';
  return {
    ...{ id: row.id, title: row.monitorName, sources: ['probes'], impact },
    status: row.resolvedAt === null ? 'investigating' : 'resolved',
    ...{ startedAt: row.startedAt, resolvedAt: row.resolvedAt, said: [], updates: [], postmortem: null },
    components: [{ component: `monitor:${row.monitorId}`, impact, name: row.monitorName }],
    measured: [row],
  };
}

export const update = (changes: Partial<PageUpdate> = {}): PageUpdate => ({
  ...{ id: 'upd_1', at: NOW - 12 * MINUTE_MS, status: 'investigating', components: [] },
  body: 'We are looking into **failed payments**.',
  ...changes,
});

/** What people wrote. */
export const saidIncident = (changes: Partial<PageIncident> = {}): PageIncident => ({
  ...{ id: 'pub_1', title: 'Payments fail', sources: ['people'], status: 'investigating', impact: 'partial' },
  ...{ startedAt: NOW - 15 * MINUTE_MS, resolvedAt: null, updates: [update()], postmortem: null },
  said: [{ component: 'monitor:shop', impact: 'partial' }],
  components: [{ component: 'monitor:shop', impact: 'partial', name: 'Web shop' }],
  measured: [],
  ...changes,
});

export const statusPage = (
  config: Partial<PageConfig> = {},
  changes: Partial<StatusPage> = {},
): StatusPage => ({ ...DEFAULT_PAGE, ...changes, config: { ...DEFAULT_PAGE.config, ...config } });

/** A page with one service that is up. */
export function pageView(changes: Partial<PageView> = {}): PageView {
  return {
    ...{ page: DEFAULT_PAGE, base: '', url: 'https://status.test', now: NOW },
    ...{ state: 'operational', since: NOW - 5 * DAY_MS, checkedAt: NOW - 8_000, locationCount: 6 },
    locationNames: LOCATION_NAMES,
    ...{ stale: false, measuredAt: NOW - 8_000, hidden: 0 },
    monitoring: { status: 'ok', reasons: [], hinders: false },
    ...{ announcements: [], incidents: [], maintenances: [], completed: [] },
    groups: [group(null, [component()])],
    ...changes,
  };
}
