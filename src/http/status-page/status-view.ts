// Owns everything that is public, in one value. The status page and /api/v1/status both show it.
// Does not contain a host, a port, an address or a probe detail, so neither can reveal one.
import { overallStatus } from '../../engine/explain/public-status.ts';
import { occurrences } from '../../services/windows/schedule.ts';
import { type IncidentRow, listPublicIncidents } from '../../store/incidents.ts';
import { listMonitors } from '../../store/monitors.ts';
import { listWindows, type WindowRow } from '../../store/windows.ts';
import { loadMesh, type MonitorStatus, monitorStatus } from '../monitor-status.ts';

type PublicState = ReturnType<typeof overallStatus>;

export interface MonitorView
  extends Pick<
    MonitorStatus,
    | 'verdict'
    | 'since'
    | 'neverChecked'
    | 'passing'
    | 'failing'
    | 'abstaining'
    | 'flapping'
    | 'warnings'
    | 'maintenance'
  > {
  readonly id: string;
  readonly name: string;
  readonly paused: boolean;
}

export interface StatusView {
  readonly state: PublicState;
  readonly now: number;
  /** The time of the latest commit. Null before the first. */
  readonly updatedAt: number | null;
  /** The coordinator has not committed for three minutes. */
  readonly stale: boolean;
  readonly monitors: readonly MonitorView[];
  /** The number of private monitors. */
  readonly hidden: number;
  /** Open incidents, then incidents resolved within the last seven days. */
  readonly incidents: readonly IncidentRow[];
  /** Maintenance on public monitors that is active or starts within seven days, in order of time. */
  readonly maintenances: readonly PlannedMaintenance[];
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

export async function loadStatus(db: D1Database, now: number): Promise<StatusView> {
  const [rows, mesh, windows, incidents] = await Promise.all([
    listMonitors(db),
    loadMesh(db, now),
    listWindows(db, 'maintenance'),
    listPublicIncidents(db, now - SEVEN_DAYS_MS, MAX_INCIDENTS),
  ]);
  const monitors = rows
    .filter((row) => row.public)
    .map((row): MonitorView => {
      const { incidentId: _, ...status } = monitorStatus(mesh, row, mesh.now);
      return { id: row.id, name: row.name, paused: row.paused, ...status };
    });
  const planned = new Set(monitors.filter(({ maintenance }) => maintenance).map(({ id }) => id));
  return {
    state: overall(monitors, mesh.stale),
    now: mesh.now,
    updatedAt: mesh.lastCommitAt,
    stale: mesh.stale,
    monitors,
    hidden: rows.length - monitors.length,
    // Failures during maintenance are expected.
    incidents: incidents.filter(({ state, monitorId }) => state === 'resolved' || !planned.has(monitorId)),
    maintenances: plannedMaintenance(windows, monitors, mesh.now),
  };
}

/** The name of a maintenance is public. Its private monitors are not. */
function plannedMaintenance(
  windows: readonly WindowRow[],
  monitors: readonly MonitorView[],
  now: number,
): PlannedMaintenance[] {
  return windows
    .flatMap(({ id, name, monitors: covered, schedule }) => {
      const shown = monitors
        .map((monitor) => monitor.id)
        .filter((monitorId) => covered === 'all' || covered.includes(monitorId));
      const spans = shown.length === 0 ? [] : occurrences(schedule, now);
      return spans
        .filter(([from]) => from <= now + SEVEN_DAYS_MS)
        .map(([startsAt, endsAt]) => ({ id, name, monitors: shown, startsAt, endsAt }));
    })
    .sort((a, b) => a.startsAt - b.startsAt)
    .slice(0, MAX_WINDOWS);
}

/** Paused monitors do not count. If all are paused, nothing is checked, which is not "operational". */
function overall(monitors: readonly MonitorView[], stale: boolean): PublicState {
  const active = monitors.filter((monitor) => !monitor.paused);
  if (monitors.length > 0 && (stale || active.length === 0)) return 'no_data';
  return overallStatus(active);
}
