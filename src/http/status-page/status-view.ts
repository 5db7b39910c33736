// Owns everything that is public, in one value. The status page and /api/v1/status both show it.
// Does not contain a host, a port, an address or a probe detail, so neither can reveal one.
import { overallStatus } from '../../engine/explain/public-status.ts';
import type { Config } from '../../env.ts';
import { type HealthStatus, meshHealth } from '../../services/health/mesh-health.ts';
import { readHealth } from '../../services/health/read-health.ts';
import { isAboutChecks, type ReasonCode, reasonWords } from '../../services/health/reasons.ts';
import { occurrences } from '../../services/windows/schedule.ts';
import { type IncidentRow, listPublicIncidents } from '../../store/incidents.ts';
import { listMonitors, type MonitorRow } from '../../store/monitors.ts';
import { isCovered } from '../../store/window-scope.ts';
import { listWindows, type WindowRow } from '../../store/windows.ts';
import { type MonitorStatus, monitorStatus } from '../monitor-status.ts';

type PublicState = ReturnType<typeof overallStatus>;

export interface MonitorView
  extends Pick<
    MonitorStatus,
    | 'verdict'
    | 'since'
    | 'incidentVerdict'
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
  /** The newest report with a measurement. Null before the first. */
  readonly updatedAt: number | null;
  /** Ticks or measurements have stopped, so the current status is unknown. */
  readonly stale: boolean;
  /** The newest measurement, or the time from which one was expected. */
  readonly measuredAt: number | null;
  /** Whether probemesh itself works. */
  readonly monitoring: {
    readonly status: HealthStatus;
    readonly reasons: readonly { readonly code: ReasonCode; readonly words: string }[];
    /** Checks do not run or measure nothing, so first results may not arrive. */
    readonly hinders: boolean;
  };
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

export async function loadStatus(
  config: Config,
  now: number,
  comparedClock: () => number,
): Promise<StatusView> {
  const { db } = config;
  const [rows, inputs, windows, incidents] = await Promise.all([
    listMonitors(db),
    readHealth(config, now, comparedClock),
    listWindows(db, 'maintenance'),
    listPublicIncidents(db, now - SEVEN_DAYS_MS, MAX_INCIDENTS),
  ]);
  const { state } = inputs;
  if (state === null) throw new Error(`the status cannot be read: ${inputs.error}`);
  const { status, reasons, liveness } = meshHealth(inputs, now);
  const stale = status === 'stopped';
  const measuredAt = liveness?.measured.at ?? liveness?.measured.since ?? null;
  const mesh = { state, now, stale, measuredAt };
  const monitors = rows
    .filter((row) => row.public)
    .map((row): MonitorView => {
      const { incidentId: _, ...status } = monitorStatus(mesh, row, now);
      return { id: row.id, name: row.name, paused: row.paused, ...status };
    });
  const byNumber = new Map(rows.map((row) => [row.number, row]));
  const planned = new Set(monitors.filter(({ maintenance }) => maintenance).map(({ id }) => id));
  return {
    state: overall(monitors, stale),
    now,
    updatedAt: liveness?.measured.at ?? null,
    stale,
    measuredAt,
    monitoring: {
      status,
      reasons: reasons.map(({ code }) => ({ code, words: reasonWords(code) })),
      hinders: reasons.some(({ code }) => isAboutChecks(code)),
    },
    monitors,
    hidden: rows.length - monitors.length,
    // Failures during maintenance are expected.
    incidents: incidents
      .filter(({ state, monitorId }) => state === 'resolved' || !planned.has(monitorId))
      .map((incident) => withCurrentName(incident, byNumber)),
    maintenances: plannedMaintenance(
      windows,
      rows.filter((row) => row.public),
      now,
    ),
  };
}

/** A monitor's earlier name is not public: it may have been changed because it revealed too much. */
export function withCurrentName(
  incident: IncidentRow,
  monitors: ReadonlyMap<number, Pick<MonitorRow, 'name'>>,
): IncidentRow {
  const monitor = monitors.get(incident.monitorNumber);
  return monitor ? { ...incident, monitorName: monitor.name } : incident;
}

/** The name of a maintenance is public. Its private monitors are not. */
function plannedMaintenance(
  windows: readonly WindowRow[],
  publicMonitors: readonly MonitorRow[],
  now: number,
): PlannedMaintenance[] {
  return windows
    .flatMap(({ id, name, schedule, ...scope }) => {
      const shown = publicMonitors.filter((row) => isCovered(scope, row)).map((row) => row.id);
      const spans = shown.length === 0 ? [] : occurrences(schedule, now);
      return spans
        .filter(([from]) => from <= now + SEVEN_DAYS_MS)
        .map(([startsAt, endsAt]) => ({ id, name, monitors: shown, startsAt, endsAt }));
    })
    .sort((a, b) => a.startsAt - b.startsAt)
    .slice(0, MAX_WINDOWS);
}

/** Without data, an open incident is the last known verdict: it counts until it ends. */
export const lastKnownVerdict = ({ verdict, incidentVerdict }: MonitorView): MonitorView['verdict'] =>
  verdict === 'down' || verdict === 'partial' ? verdict : (incidentVerdict ?? verdict);

/** Paused monitors do not count. If all are paused, nothing is checked, which is not "operational". */
function overall(monitors: readonly MonitorView[], stale: boolean): PublicState {
  const active = monitors.filter((monitor) => !monitor.paused);
  if (monitors.length > 0 && active.length === 0) return 'no_data';
  const state = overallStatus(active.map((monitor) => ({ ...monitor, verdict: lastKnownVerdict(monitor) })));
  const isOutage = state === 'major_outage' || state === 'partial_outage';
  return stale && monitors.length > 0 && !isOutage ? 'no_data' : state;
}
