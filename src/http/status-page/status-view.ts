// Owns everything that is public, in one value. The status page and /api/v1/status both show it.
// Does not contain a host, a port, an address or a probe detail, so neither can reveal one.
import { overallStatus, type PublicMonitor } from '../../engine/explain/public-status.ts';
import type { Verdict } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import { occurrences } from '../../services/windows/schedule.ts';
import { DEFAULT_PAGE } from '../../status-pages/model.ts';
import type { IncidentRow } from '../../store/incidents.ts';
import type { PageContent, PageMonitor } from '../../store/page-content.ts';
import { isCovered } from '../../store/window-scope.ts';
import type { WindowRow } from '../../store/windows.ts';
import { type MonitorStatus, monitorStatus } from '../monitor-status.ts';
import { type Condition, conditionOf, inOrder } from './condition.ts';
import { type MeshView, readMeshView } from './mesh-view.ts';
import { isPlanned } from './planned-incident.ts';

type PublicState = ReturnType<typeof overallStatus>;

export interface MonitorView
  extends Pick<
    MonitorStatus,
    | 'verdict'
    | 'since'
    | 'lastGap'
    | 'incidentVerdict'
    | 'neverChecked'
    | 'passing'
    | 'failing'
    | 'abstaining'
    | 'flapping'
    | 'warnings'
    | 'maintenance'
    | 'isHeartbeat'
  > {
  readonly id: string;
  readonly name: string;
  readonly paused: boolean;
  /** What banner, row and incident say of it. */
  readonly condition: Condition;
}

export interface StatusView {
  readonly state: PublicState;
  readonly now: number;
  /** The newest report with a measurement. Null before the first. */
  readonly updatedAt: number | null;
  /** Ticks or measurements have stopped, so the current status is unknown. */
  readonly stale: boolean;
  /** The newest measurement, or the time from which one was expected. */
  readonly measuredAt: number | null;
  readonly monitoring: MeshView['monitoring'];
  /** Failing services first, then by name. */
  readonly monitors: readonly MonitorView[];
  /** The number of private monitors. */
  readonly hidden: number;
  /** Open incidents, then incidents resolved within the last seven days. */
  readonly incidents: readonly IncidentRow[];
  /** Maintenance on public monitors that is active or starts within seven days, in order of time. */
  readonly maintenances: readonly PlannedMaintenance[];
}

export interface LoadedStatus extends StatusView {
  /** Groups by the id of their monitors. */
  readonly groups: ReadonlyMap<string, string | null>;
  /** Every visitor may read the default page, so also this. */
  readonly isPublic: boolean;
}

export interface PlannedMaintenance {
  /** The id of the maintenance. A recurring one has several entries. */
  readonly id: string;
  readonly name: string;
  /** Ids of the public monitors. */
  readonly monitors: readonly string[];
  readonly startsAt: number;
  readonly endsAt: number;
}

const SEVEN_DAYS_MS = 7 * 86_400_000;
const MAX_INCIDENTS = 100;
const MAX_WINDOWS = 20;

export async function loadStatus(
  config: Config,
  now: number,
  comparedClock: () => number,
): Promise<LoadedStatus> {
  const since = now - SEVEN_DAYS_MS;
  const { mesh, content } = await readMeshView(config, DEFAULT_PAGE, { since, now }, comparedClock);
  const monitors = content.monitors.map((row) => monitorView(mesh, row, content.maintenances)).sort(inOrder);
  const recent = content.incidents.filter(({ resolvedAt }) => resolvedAt === null || resolvedAt >= since);
  return {
    state: overall(monitors, mesh.stale),
    now,
    ...{ updatedAt: mesh.updatedAt, stale: mesh.stale, measuredAt: mesh.measuredAt },
    monitoring: mesh.monitoring,
    monitors,
    hidden: content.hidden,
    groups: new Map(content.monitors.map(({ id, group }) => [id, group])),
    isPublic: content.isDefaultPublic,
    incidents: unplanned(recent, content, now)
      .sort((a, b) => Number(a.resolvedAt !== null) - Number(b.resolvedAt !== null))
      .slice(0, MAX_INCIDENTS),
    maintenances: plannedMaintenance(content, now, SEVEN_DAYS_MS, MAX_WINDOWS),
  };
}

/** One monitor, as every form of a page shows it. */
export function monitorView(
  mesh: MeshView,
  row: PageMonitor,
  maintenances: readonly WindowRow[],
): MonitorView {
  const { now, stale, monitoring } = mesh;
  const { incidentId: _, incidentStartedAt: startedAt, ...status } = monitorStatus(mesh, row, now);
  const incident = startedAt === null ? null : { startedAt, resolvedAt: null };
  const planned = status.maintenance && (incident === null || isPlanned(incident, row, maintenances, now));
  const facts = { ...status, paused: row.paused, planned };
  const condition = conditionOf(facts, { stale, hindered: monitoring.hinders });
  return { id: row.id, name: row.name, paused: row.paused, ...status, condition };
}

/** Failures during maintenance are expected. Those that began before it, or outlast it, are not. */
export function unplanned(
  incidents: readonly IncidentRow[],
  { monitors, maintenances }: Pick<PageContent, 'monitors' | 'maintenances'>,
  now: number,
): IncidentRow[] {
  const byNumber = new Map(monitors.map((row) => [row.number, row]));
  return incidents
    .filter((incident) => !isPlanned(incident, byNumber.get(incident.monitorNumber), maintenances, now))
    .map((incident) => withCurrentName(incident, byNumber));
}

/** A monitor's earlier name is not public: it may have been changed because it revealed too much. */
export function withCurrentName(
  incident: IncidentRow,
  monitors: ReadonlyMap<number, { readonly name: string }>,
): IncidentRow {
  const monitor = monitors.get(incident.monitorNumber);
  return monitor ? { ...incident, monitorName: monitor.name } : incident;
}

/** The name of a maintenance is public. Its private monitors are not. Running ones, and those that begin in the horizon. */
export function plannedMaintenance(
  { monitors, maintenances }: Pick<PageContent, 'monitors' | 'maintenances'>,
  now: number,
  horizonMs: number,
  limit: number,
): PlannedMaintenance[] {
  return maintenances
    .flatMap(({ id, name, schedule, ...scope }) => {
      const shown = monitors.filter((row) => isCovered(scope, row)).map((row) => row.id);
      const spans = shown.length === 0 ? [] : occurrences(schedule, now);
      return spans
        .filter(([from]) => from <= now + horizonMs)
        .map(([startsAt, endsAt]) => ({ id, name, monitors: shown.sort(), startsAt, endsAt }));
    })
    .sort((a, b) => a.startsAt - b.startsAt)
    .slice(0, limit);
}

/** What is over, the newest first: of a recurring one, the occurrences that ended in the horizon and began after it was planned. */
export function completedMaintenance(
  { monitors, maintenances }: Pick<PageContent, 'monitors' | 'maintenances'>,
  now: number,
  horizonMs: number,
  limit: number,
): PlannedMaintenance[] {
  return maintenances
    .flatMap(({ id, name, schedule, createdAt, ...scope }) => {
      const shown = monitors.filter((row) => isCovered(scope, row)).map((row) => row.id);
      if (shown.length === 0) return [];
      const spans = occurrences(schedule, 'cron' in schedule ? now - horizonMs : 0);
      return spans
        .filter(([, to]) => to <= now && to > createdAt)
        .map(([startsAt, endsAt]) => ({ id, name, monitors: shown.sort(), startsAt, endsAt }));
    })
    .sort((a, b) => b.startsAt - a.startsAt)
    .slice(0, limit);
}

/** Paused services do not count, nor do new ones beside others. If all are paused, nothing is checked: not "operational". */
export const counted = <T extends Pick<MonitorView, 'condition'>>(monitors: readonly T[]): readonly T[] => {
  const active = monitors.filter(({ condition }) => condition !== 'paused');
  const measured = active.filter(({ condition }) => condition !== 'pending');
  return measured.length > 0 ? measured : active;
};

/** What probes see of all of them. */
export function overall(monitors: readonly MonitorView[], stale: boolean): PublicState {
  const active = counted(monitors);
  if (monitors.length > 0 && active.length === 0) return 'no_data';
  const state = overallStatus(active.map(({ condition }) => PUBLIC_MONITORS[condition]));
  const isOutage = state === 'major_outage' || state === 'partial_outage';
  return stale && monitors.length > 0 && !isOutage ? 'no_data' : state;
}

const as = (verdict: Verdict) => ({ verdict, maintenance: false });

/** How a condition counts. Without data, an open incident counts until it ends. */
const PUBLIC_MONITORS: Record<Condition, PublicMonitor> = {
  ...{ down: as('down'), was_down: as('down'), partial: as('partial'), was_partial: as('partial') },
  ...{ stopped: as('no_data'), no_data: as('no_data'), pending: as('no_data'), paused: as('no_data') },
  ...{ unstable: as('up'), degraded: as('up'), up: as('up') },
  maintenance: { verdict: 'no_data', maintenance: true },
};
