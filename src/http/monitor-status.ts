// Owns the status of each monitor now, for the API and the pages. Decides one thing: if ticks or measurements have
// stopped, every monitor has no data. Everything else is the engine's answer.
import type { Degraded } from '../../probes/contract/index.ts';
import { currentVerdict } from '../engine/explain/public-status.ts';
import { noDataStart } from '../engine/incidents/incident-times.ts';
import { shownSince } from '../engine/incidents/up-since.ts';
import type { Gap, MonitorState, State, Verdict } from '../engine/model/state.ts';
import { warningCodes } from '../engine/notifications/warnings.ts';
import { inMaintenance } from '../engine/notifications/windows.ts';
import { countVotes } from '../engine/voting/quorum.ts';
import { type Liveness, liveness } from '../services/health/liveness.ts';
import { compareClocks } from '../store/clock.ts';
import { readLiveness } from '../store/health.ts';
import type { MonitorRow } from '../store/monitors.ts';
import { loadShard } from '../store/shard.ts';

export interface MeshSnapshot {
  readonly state: State;
  /** The time of the request: D1's, if the coordinator's clock differs from it. */
  readonly now: number;
  /** Ticks or measurements have stopped, so the votes may be outdated. */
  readonly stale: boolean;
  /** The newest measurement, or the time from which one was expected. Null before the first monitor. */
  readonly measuredAt: number | null;
}

export async function loadMesh(db: D1Database, now: number): Promise<MeshSnapshot> {
  const { state, databaseTime } = await loadShard(db);
  const { apart, differenceMs } = compareClocks(now, databaseTime, now);
  return meshAfterCommit(db, state, apart ? now - differenceMs : now);
}

const meshOf = (state: State, { measured, stale }: Liveness, now: number): MeshSnapshot => ({
  state,
  now,
  stale,
  measuredAt: measured.at ?? measured.since,
});

/** The state of a commit that was made just now. A change over the API does not prove that ticks run. */
export async function meshAfterCommit(db: D1Database, state: State, now: number): Promise<MeshSnapshot> {
  const { activity, tickAt } = await readLiveness(db);
  return meshOf(state, liveness(state, activity, tickAt, now), now);
}

export interface MonitorStatus {
  readonly verdict: Verdict;
  /** The start of the verdict. Of `up`: the end of the last incident, or the first measurement. */
  readonly since: number;
  /** The newest lack of data since `since`. Null unless the verdict is up. */
  readonly lastGap: Gap | null;
  readonly incidentStartedAt: number | null;
  readonly incidentId: string | null;
  /** The verdict of the open incident: the last known one, if there is no data now. */
  readonly incidentVerdict: 'partial' | 'down' | null;
  /** Nothing has been measured yet: the monitor is new, or was resumed a moment ago. */
  readonly neverChecked: boolean;
  readonly passing: number;
  readonly failing: number;
  readonly abstaining: number;
  readonly flapping: boolean;
  /** Active warnings, agreed by a quorum. Empty unless the verdict is up. */
  readonly warnings: readonly Degraded['code'][];
  readonly maintenance: boolean;
  /** Its job reports in: no location checks it. Absent of all others. */
  readonly isHeartbeat?: true;
}

const UNKNOWN = {
  verdict: 'no_data',
  lastGap: null,
  incidentId: null,
  incidentStartedAt: null,
  incidentVerdict: null,
  neverChecked: true,
  passing: 0,
  failing: 0,
  abstaining: 0,
  flapping: false,
  warnings: [],
} as const;

/** A monitor that is not in the engine's state yet has no data since it was created. */
export function monitorStatus(
  mesh: MeshSnapshot,
  row: Pick<MonitorRow, 'number' | 'updatedAt'>,
  now: number,
): MonitorStatus {
  const { state } = mesh;
  const monitor = state.monitors.get(row.number);
  const maintenance = inMaintenance(state, row.number, now);
  if (!monitor) return { ...UNKNOWN, maintenance, since: row.updatedAt };
  const votes = countVotes(state, monitor, now);
  const verdict = mesh.stale ? 'no_data' : currentVerdict(state, row.number, now);
  return {
    verdict,
    since: verdictSince(mesh, monitor, verdict, now),
    lastGap: verdict === 'up' ? monitor.lastGap : null,
    incidentId: monitor.incident?.id ?? null,
    incidentStartedAt: monitor.incident?.startedAt ?? null,
    incidentVerdict: monitor.incident?.verdict ?? null,
    neverChecked: [...monitor.byLocation.values()].every((status) => status.lastMeasuredAt === null),
    passing: votes.passing.length,
    failing: votes.failing.length,
    abstaining: votes.abstaining.length,
    flapping: monitor.flapping !== null,
    warnings: verdict === 'up' ? warningCodes(monitor, votes) : [],
    maintenance,
    ...(monitor.policy.heartbeat ? { isHeartbeat: true } : {}),
  };
}

function verdictSince(mesh: MeshSnapshot, monitor: MonitorState, verdict: Verdict, now: number): number {
  if (monitor.verdict === verdict) return shownSince(monitor);
  if (mesh.stale && mesh.measuredAt !== null) return mesh.measuredAt;
  // Votes have expired since the last commit.
  if (verdict === 'no_data') return noDataStart(mesh.state, monitor, now);
  const failing = [...monitor.byLocation.values()].filter(({ vote }) => vote === 'failing');
  return Math.max(0, ...failing.map(({ lastMeasuredAt }) => lastMeasuredAt ?? 0)) || now;
}
