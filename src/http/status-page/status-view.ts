// What the public may know, in one value: the status page and /api/v1/status are two ways to show it.
// No host, port, address or probe detail enters here, so none can leave.
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
  /** The newest commit; null before the first. */
  readonly updatedAt: number | null;
  /** Nothing was committed for three minutes: nobody is looking. */
  readonly stale: boolean;
  readonly monitors: readonly MonitorView[];
  /** Monitors that are kept from the public. */
  readonly hidden: number;
  /** Open ones first, then those that ended in the last seven days. */
  readonly incidents: readonly IncidentRow[];
  /** Planned work on public monitors, going on or within the next seven days, in order. */
  readonly maintenances: readonly PlannedWork[];
}

export interface PlannedWork {
  /** The maintenance that it is a time of. */
  readonly id: string;
  readonly name: string;
  /** Ids of the public monitors. */
  readonly monitors: readonly string[];
  readonly startsAt: number;
  readonly endsAt: number;
}

const SEVEN_DAYS_MS = 7 * 86_400_000;
const MOST_INCIDENTS = 100;
const MOST_WINDOWS = 20;

export async function loadStatus(db: D1Database, now: number): Promise<StatusView> {
  const [rows, mesh, windows, incidents] = await Promise.all([
    listMonitors(db),
    loadMesh(db, now),
    listWindows(db, 'maintenance'),
    listPublicIncidents(db, now - SEVEN_DAYS_MS, MOST_INCIDENTS),
  ]);
  const monitors = rows
    .filter((row) => row.public)
    .map((row): MonitorView => {
      const { incidentId: _, ...standing } = monitorStatus(mesh, row, now);
      return { id: row.id, name: row.name, paused: row.paused, ...standing };
    });
  const planned = new Set(monitors.filter(({ maintenance }) => maintenance).map(({ id }) => id));
  return {
    state: overall(monitors, mesh.stale),
    now,
    updatedAt: mesh.newestCommitAt,
    stale: mesh.stale,
    monitors,
    hidden: rows.length - monitors.length,
    // What breaks during planned work is part of it.
    incidents: incidents.filter(({ state, monitorId }) => state === 'resolved' || !planned.has(monitorId)),
    maintenances: plannedWork(windows, monitors, now),
  };
}

/** Names of maintenance are public; which hidden monitors they cover is not. */
function plannedWork(
  windows: readonly WindowRow[],
  monitors: readonly MonitorView[],
  now: number,
): PlannedWork[] {
  return windows
    .flatMap(({ id: of, name, monitors: covered, schedule }) => {
      const shown = monitors
        .filter(({ id }) => covered === 'all' || covered.includes(id))
        .map(({ id }) => id);
      const spans = shown.length === 0 ? [] : occurrences(schedule, now);
      return spans
        .filter(([from]) => from <= now + SEVEN_DAYS_MS)
        .map(([startsAt, endsAt]) => ({ id: of, name, monitors: shown, startsAt, endsAt }));
    })
    .sort((a, b) => a.startsAt - b.startsAt)
    .slice(0, MOST_WINDOWS);
}

/** Paused monitors say nothing; when all are paused, nobody is looking, which is not "operational". */
function overall(monitors: readonly MonitorView[], stale: boolean): PublicState {
  const watched = monitors.filter((monitor) => !monitor.paused);
  if (monitors.length > 0 && (stale || watched.length === 0)) return 'no_data';
  return overallStatus(watched);
}
