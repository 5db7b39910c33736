// Owns /metrics, which Prometheus scrapes with an API key. Does not know what a metric means. Three statements of D1, and one or
// two for every thousand monitors. Two more if there are heartbeats.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { isInside } from '../../access/restriction.ts';
import type { Config } from '../../env.ts';
import { isHeartbeat, rulesOf } from '../../heartbeats/check.ts';
import { expectedOf } from '../../heartbeats/evaluate.ts';
import { readMemory } from '../../heartbeats/memory.ts';
import { log } from '../../log.ts';
import { meshHealth } from '../../services/health/mesh-health.ts';
import { readHealth } from '../../services/health/read-health.ts';
import { readEarliestEnds } from '../../store/certificates.ts';
import { type HeartbeatToEvaluate, readHeartbeats } from '../../store/heartbeats.ts';
import { readBars } from '../../store/history/bars.ts';
import { listMonitors, type MonitorRow } from '../../store/monitors.ts';
import { newestPings } from '../../store/pings.ts';
import type { DayBar } from '../../uptime/model.ts';
import { VERSION } from '../../version.ts';
import type { HttpEnv } from '../context.ts';
import { PRIVATE_CACHE } from '../ui/page.ts';
import { CONTENT_TYPE, exposition } from './exposition.ts';
import { type MeasuredMesh, meshMetrics } from './mesh-metrics.ts';
import { type MeasuredHeartbeat, measuredMonitor, monitorMetrics } from './monitor-metrics.ts';

export function addMetricsRoute(app: OpenAPIHono<HttpEnv>): void {
  app.get('/metrics', async (c) => {
    const { config, now, comparedClock, caller } = c.var;
    const [mesh, all, ends] = await Promise.all([
      readMesh(config, now, comparedClock),
      listMonitors(config.db),
      readEarliestEnds(config.db),
    ]);
    const rows = all.filter((row) => isInside(caller.restriction, row));
    const [bars, heartbeats] = await Promise.all([
      barsOf(config.db, rows, now),
      rows.some(({ check }) => isHeartbeat(check)) ? heartbeatsOf(config.db) : new Map<number, never>(),
    ]);
    const monitors = rows.map((row) =>
      measuredMonitor(
        mesh,
        row,
        bars.get(row.number) ?? [],
        ends.get(row.number) ?? null,
        heartbeats.get(row.number) ?? null,
      ),
    );
    const families = [
      ...meshMetrics(mesh, VERSION, caller.restriction === null),
      ...monitorMetrics(monitors, now),
    ];
    return c.body(exposition(families), 200, {
      'content-type': CONTENT_TYPE,
      'cache-control': PRIVATE_CACHE,
    });
  });
}

/** Throws if the state cannot be read: Prometheus shows a failed scrape, and no old figures. */
async function readMesh(config: Config, now: number, comparedClock: () => number): Promise<MeasuredMesh> {
  const inputs = await readHealth(config, now, comparedClock);
  if (inputs.state === null) throw new Error(`the metrics cannot be read: ${inputs.error}`);
  const { status, liveness } = meshHealth(inputs, now);
  const newest = liveness?.measured.at ?? null;
  return {
    ...{ state: inputs.state, now, status, newest, stale: status === 'stopped' },
    watchdogs: (inputs.facts?.watchdogs ?? []).filter(({ region }) =>
      config.watchdogRegions.includes(region),
    ),
    cronAt: inputs.facts?.starters?.cronAt ?? null,
    backupAt: inputs.expectsBackups ? (inputs.facts?.scheduledBackup?.newest?.at ?? null) : null,
    measuredAt: newest ?? liveness?.measured.since ?? null,
  };
}

/** By the number of the monitor. Two statements, whatever their number is. */
async function heartbeatsOf(db: D1Database): Promise<ReadonlyMap<number, MeasuredHeartbeat>> {
  const [{ heartbeats }, newest] = await Promise.all([readHeartbeats(db), newestPings(db)]);
  const due = new Map(heartbeats.map((one) => [one.number, dueOf(one)]));
  return new Map(newest.map(({ number, ...one }) => [number, { ...one, dueAt: due.get(number) ?? null }]));
}

/** One whose check nobody can read has no due time, and the others do. */
function dueOf({ armedAt, memory, check }: HeartbeatToEvaluate): number | null {
  try {
    const known = memory === null ? null : readMemory(memory);
    return expectedOf({ armedAt, memory: known }, rulesOf(JSON.parse(check))).dueAt;
  } catch (error) {
    log.warn('metrics.heartbeat_unreadable', { error });
    return null;
  }
}

/** D1 takes 2,000,000 bytes of a value: the bars of more monitors at once would not fit. */
const MAX_AT_ONCE = 1_000;

async function barsOf(
  db: D1Database,
  rows: readonly MonitorRow[],
  now: number,
): Promise<ReadonlyMap<number, readonly DayBar[]>> {
  const bars = new Map<number, readonly DayBar[]>();
  for (let start = 0; start < rows.length; start += MAX_AT_ONCE) {
    const numbers = rows.slice(start, start + MAX_AT_ONCE).map(({ number }) => number);
    for (const [number, own] of await readBars(db, numbers, now)) bars.set(number, own);
  }
  return bars;
}
