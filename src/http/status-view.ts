// What the public may know, in one value: the status page and /api/v1/status are two ways to show it.
// No host, port, address or probe detail enters here, so none can leave.
import type { Verdict } from '../core/state.ts';
import { publicState } from '../core/status.ts';
import { type IncidentRow, listPublicIncidents } from '../store/incidents.ts';
import { listMonitors } from '../store/queries.ts';
import { loadMesh, type Standing, standingOf } from './standing.ts';

type PublicState = ReturnType<typeof publicState>;

export interface MonitorStatus
  extends Pick<Standing, 'verdict' | 'since' | 'unseen' | 'passing' | 'failing' | 'abstaining'> {
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
  readonly asleep: boolean;
  readonly monitors: readonly MonitorStatus[];
  /** Monitors that are kept from the public. */
  readonly hidden: number;
  /** Open ones first, then those that ended in the last seven days. */
  readonly incidents: readonly IncidentRow[];
}

const SEVEN_DAYS_MS = 7 * 86_400_000;
const MOST_INCIDENTS = 100;

export async function loadStatus(db: D1Database, now: number): Promise<StatusView> {
  const [rows, mesh, incidents] = await Promise.all([
    listMonitors(db),
    loadMesh(db, now),
    listPublicIncidents(db, now - SEVEN_DAYS_MS, MOST_INCIDENTS),
  ]);
  const monitors = rows
    .filter((row) => row.public)
    .map((row): MonitorStatus => {
      const { verdict, since, unseen, passing, failing, abstaining } = standingOf(mesh, row, now);
      return {
        id: row.id,
        name: row.name,
        paused: row.paused,
        verdict,
        since,
        unseen,
        passing,
        failing,
        abstaining,
      };
    });
  return {
    state: overall(monitors, mesh.asleep),
    now,
    updatedAt: mesh.newestCommitAt,
    asleep: mesh.asleep,
    monitors,
    hidden: rows.length - monitors.length,
    incidents,
  };
}

/** Paused monitors say nothing; when all are paused, nobody is looking, which is not "operational". */
function overall(monitors: readonly MonitorStatus[], asleep: boolean): PublicState {
  const verdicts: Verdict[] = monitors.filter((monitor) => !monitor.paused).map((monitor) => monitor.verdict);
  if (monitors.length > 0 && (asleep || verdicts.length === 0)) return 'blind';
  return publicState(verdicts);
}
