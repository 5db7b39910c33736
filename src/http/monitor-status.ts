// Owns the status of each monitor now, for the API and the pages. Decides one thing: without a commit for three minutes,
// every monitor has no data. Everything else is the engine's answer.
import type { Degraded } from '../../probes/contract/index.ts';
import { explain } from '../engine/explain/explain.ts';
import { currentVerdict } from '../engine/explain/public-status.ts';
import type { State, Verdict } from '../engine/model/state.ts';
import { warningCodes } from '../engine/notifications/warnings.ts';
import { inMaintenance } from '../engine/notifications/windows.ts';
import { countVotes } from '../engine/voting/quorum.ts';
import { compareClocks } from '../store/clock.ts';
import { lastCommitAt, type MonitorRow } from '../store/monitors.ts';
import { loadShard } from '../store/shard.ts';

const STALE_AFTER_MS = 180_000;

/** Whether the coordinator has stopped committing. */
export const isStale = (newestCommit: number | null, now: number): boolean =>
  newestCommit === null || now - newestCommit > STALE_AFTER_MS;

export interface MeshSnapshot {
  readonly state: State;
  /** The time of the request: D1's, if the coordinator's clock differs from it. */
  readonly now: number;
  readonly lastCommitAt: number | null;
  readonly stale: boolean;
}

export async function loadMesh(db: D1Database, now: number): Promise<MeshSnapshot> {
  const [{ state, databaseTime }, committedAt] = await Promise.all([loadShard(db), lastCommitAt(db)]);
  const at = now - timeAhead(now, databaseTime);
  return { state, now: at, lastCommitAt: committedAt, stale: isStale(committedAt, at) };
}

/** By how much a clock that must not be used is ahead. */
function timeAhead(now: number, databaseTime: number | null): number {
  const { apart, differenceMs } = compareClocks(now, databaseTime, now);
  return apart ? differenceMs : 0;
}

/** The state of a commit that was made just now. */
export const meshAfterCommit = (state: State, now: number): MeshSnapshot => ({
  state,
  now,
  lastCommitAt: now,
  stale: false,
});

export interface MonitorStatus {
  readonly verdict: Verdict;
  readonly since: number;
  readonly incidentId: string | null;
  /** Nothing has been measured yet: the monitor is new, or was resumed a moment ago. */
  readonly neverChecked: boolean;
  readonly passing: number;
  readonly failing: number;
  readonly abstaining: number;
  readonly flapping: boolean;
  /** Active warnings, agreed by a quorum. Empty unless the verdict is up. */
  readonly warnings: readonly Degraded['code'][];
  readonly maintenance: boolean;
}

const UNKNOWN = {
  verdict: 'no_data',
  incidentId: null,
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
    since: verdictSince(mesh, row.number, verdict, now),
    incidentId: monitor.incident?.id ?? null,
    neverChecked: [...monitor.byLocation.values()].every((status) => status.lastMeasuredAt === null),
    passing: votes.passing.length,
    failing: votes.failing.length,
    abstaining: votes.abstaining.length,
    flapping: monitor.flapping !== null,
    warnings: verdict === 'up' ? warningCodes(monitor, votes) : [],
    maintenance,
  };
}

function verdictSince(mesh: MeshSnapshot, number: number, verdict: Verdict, now: number): number {
  const monitor = mesh.state.monitors.get(number);
  if (monitor?.verdict === verdict) return monitor.verdictSince;
  if (mesh.stale && mesh.lastCommitAt !== null) return mesh.lastCommitAt;
  return explain(mesh.state, number, now).since;
}
