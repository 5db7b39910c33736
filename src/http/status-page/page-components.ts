// Owns the components of a page, in groups: what probes see of each, what people say, and the worse of both. Pure.
// Does not decide which of two is worse: src/status-pages/merge.ts does.

import { locationId } from '../../channels/webhook-body.ts';
import { HEARTBEAT_LOCATION_NUMBER } from '../../engine/model/heartbeat.ts';
import { countVotes } from '../../engine/voting/quorum.ts';
import {
  groupState,
  type MeasuredComponent,
  type MergedComponent,
  mergeComponent,
  pageSince,
  pageState,
  type Said,
} from '../../status-pages/merge.ts';
import type { ComponentRef, StatusPage } from '../../status-pages/model.ts';
import type { PageState } from '../../status-pages/page-state.ts';
import { groupRef, monitorRef, staticRef } from '../../status-pages/shown-on.ts';
import type { IncidentRow } from '../../store/incidents.ts';
import type { PageContent, PageMonitor } from '../../store/page-content.ts';
import type { DayBar } from '../../uptime/model.ts';
import { sumTotals, uptimeOf } from '../../uptime/moments.ts';
import { type Condition, inOrder, isOutage } from './condition.ts';
import type { MeshView } from './mesh-view.ts';
import type { ComponentGroup, ComponentView, PageIncident } from './page-view.ts';
import { type MonitorView, monitorView, overall, type PlannedMaintenance } from './status-view.ts';

/** A component, and everything that a page can show of it. */
export interface PageComponent extends MeasuredComponent {
  readonly name: string;
  readonly description: string | null;
  readonly row: PageMonitor | null;
  readonly monitor: MonitorView | null;
  readonly failingLocations: readonly string[];
}

const STATES: Readonly<Record<Condition, PageState>> = {
  ...{ down: 'major_outage', was_down: 'major_outage', partial: 'partial_outage' },
  ...{ was_partial: 'partial_outage', stopped: 'no_data', no_data: 'no_data', pending: 'no_data' },
  ...{ unstable: 'operational', degraded: 'degraded', up: 'operational' },
  ...{ maintenance: 'maintenance', paused: 'no_data' },
};

/** Monitors, failing ones first, then by name; then those that no probe checks, as the page lists them. */
export function componentsOfPage(
  page: StatusPage,
  mesh: MeshView,
  { monitors, maintenances }: PageContent,
  running: readonly PlannedMaintenance[],
): PageComponent[] {
  const measured = monitors
    .map((row) => ({ row, view: monitorView(mesh, row, maintenances) }))
    .sort((a, b) => inOrder(a.view, b.view))
    .map(({ row, view }) => measuredComponent(mesh, row, view, running));
  const statics = page.config.components.static.map(
    ({ id, name, description, group }): PageComponent => ({
      ...{ ref: staticRef(id), name, description, group, measured: null, idle: null, since: null },
      ...{ row: null, monitor: null, failingLocations: [] },
    }),
  );
  return [...measured, ...statics];
}

function measuredComponent(
  mesh: MeshView,
  row: PageMonitor,
  monitor: MonitorView,
  running: readonly PlannedMaintenance[],
): PageComponent {
  const { condition } = monitor;
  return {
    ref: monitorRef(row.id),
    ...{ name: row.name, group: row.group, row, monitor },
    // A monitor's own description is for people who are on call.
    description: null,
    measured: STATES[condition],
    idle: condition === 'paused' || condition === 'pending' ? condition : null,
    since: sinceOf(mesh, row, monitor, running),
    failingLocations: condition === 'partial' ? failingLocations(mesh, row.number) : [],
  };
}

function sinceOf(
  { state }: MeshView,
  { id, number }: PageMonitor,
  { condition, since }: MonitorView,
  running: readonly PlannedMaintenance[],
): number | null {
  // Without data the verdict is newer than the outage.
  if (isOutage(condition)) return state.monitors.get(number)?.incident?.startedAt ?? since;
  if (condition !== 'maintenance') return since;
  return running.find(({ monitors }) => monitors.includes(id))?.startsAt ?? null;
}

function failingLocations({ state, now }: MeshView, number: number): string[] {
  const monitor = state.monitors.get(number);
  if (!monitor) return [];
  return countVotes(state, monitor, now)
    .failing.map((location) => locationId(state, location))
    .sort();
}

/** Since when it is unknown whether a measured incident continues. Null if it is known, or has ended. */
export const unknownSinceOf =
  (components: readonly PageComponent[]) =>
  (incident: Pick<IncidentRow, 'monitorId' | 'resolvedAt'>): number | null => {
    if (incident.resolvedAt !== null) return null;
    const monitor = components.find(({ ref }) => ref === monitorRef(incident.monitorId))?.monitor;
    if (!monitor || monitor.verdict === 'down' || monitor.verdict === 'partial') return null;
    return monitor.since;
  };

/** What people say in open incidents. */
export const saidIn = (incidents: readonly PageIncident[]): Said[] =>
  incidents
    .filter(({ sources, resolvedAt }) => resolvedAt === null && sources.includes('people'))
    .flatMap(({ said, startedAt }) => said.map((one) => ({ ...one, since: startedAt })));

export interface MergedPage {
  readonly state: PageState;
  readonly since: number | null;
  readonly groups: readonly ComponentGroup[];
}

export function mergePage(
  page: StatusPage,
  mesh: MeshView,
  components: readonly PageComponent[],
  incidents: readonly PageIncident[],
  bars: ReadonlyMap<number, readonly DayBar[]>,
): MergedPage {
  const said = saidIn(incidents);
  const merged = components.map((one) => ({ ...one, ...mergeComponent(one, said) }));
  const views = components.flatMap(({ monitor }) => monitor ?? []);
  const measured = views.length === 0 ? 'operational' : overall(views, mesh.stale);
  const state = pageState(measured, merged);
  const ended = incidents.flatMap(({ resolvedAt }) => resolvedAt ?? []);
  return {
    state,
    since: state === 'no_data' && mesh.stale ? mesh.measuredAt : pageSince(state, merged, ended),
    groups: groupsOf(page, merged, bars),
  };
}

type Merged = PageComponent & MergedComponent;

/** The components without a group first, then the groups in the order of the page, then the others by name. */
function groupsOf(
  { config }: StatusPage,
  merged: readonly Merged[],
  bars: ReadonlyMap<number, readonly DayBar[]>,
): ComponentGroup[] {
  const listed = config.components.groups;
  const place = (name: string): number => (listed.includes(name) ? listed.indexOf(name) : listed.length);
  const names = [...new Set(merged.flatMap(({ group }) => group ?? []))].sort(
    (a, b) => place(a) - place(b) || collator.compare(a, b) || (a < b ? -1 : 1),
  );
  const groups = [...(merged.some(({ group }) => group === null) ? [null] : []), ...names];
  return groups.map((name) => {
    const own = merged.filter(({ group }) => group === name);
    const state = groupState(own);
    return {
      ...{ ref: name === null ? null : groupRef(name), name, state },
      components: own.map((one) => toView(one, bars)),
      collapsed: name !== null && state === 'operational' && config.collapsedGroups.includes(name),
    };
  });
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

function toView(one: Merged, bars: ReadonlyMap<number, readonly DayBar[]>): ComponentView {
  const own = one.row === null ? [] : (bars.get(one.row.number) ?? []);
  return {
    ...{ ref: one.ref, name: one.name, description: one.description, monitor: one.monitor },
    ...{ failingLocations: one.failingLocations, said: one.said, state: one.state },
    ...{ bars: own, uptime: uptimeOf(sumTotals(own.map(({ totals }) => totals))) },
  };
}

/** Of the monitors of the page: where they are checked from, and the start of their newest measurement. */
export function checksOf(
  { state }: MeshView,
  monitors: readonly PageMonitor[],
): { readonly checkedAt: number | null; readonly locations: readonly string[] } {
  const statuses = monitors
    .filter(({ paused }) => !paused)
    .flatMap(({ number }) => [...(state.monitors.get(number)?.byLocation ?? [])]);
  const times = statuses.flatMap(([, { lastMeasuredAt }]) => lastMeasuredAt ?? []);
  const locations = new Set(
    statuses.map(([location]) => location).filter((location) => location !== HEARTBEAT_LOCATION_NUMBER),
  );
  return {
    checkedAt: times.reduce<number | null>((newest, at) => Math.max(newest ?? at, at), null),
    locations: [...locations]
      .filter((location) => state.locations.get(location)?.enabled ?? false)
      .map((location) => locationId(state, location))
      .sort(),
  };
}

export const namesOf = (components: readonly PageComponent[]): ReadonlyMap<ComponentRef, string> =>
  new Map([
    ...components.map(({ ref, name }) => [ref, name] as const),
    ...components.flatMap(({ group }) => (group === null ? [] : [[groupRef(group), group] as const])),
  ]);
