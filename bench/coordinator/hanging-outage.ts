// Owns the time to detect an outage of many monitors whose targets hang, through the five places of the fleet.
// Each outage runs in its own process (outage-child.ts).
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { percentile } from '../percentile.ts';
import { openFakeD1 } from './fake-d1.ts';
import { MINUTE_MS, seedMesh, T0 } from './fixtures.ts';
import { migrationStatements } from './local-d1.ts';
import type { OutageResult, OutageTask } from './outage-child.ts';
import { runChild } from './run-child.ts';
import { runMinutes } from './run-ticks.ts';

const CHILD = fileURLToPath(new URL('./outage-child.ts', import.meta.url));

export interface HangingOutage {
  /** All monitors at six locations, every 60 s. */
  readonly monitors: number;
  readonly hanging: number;
  readonly memoryMb: number;
  readonly outages: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  /** Monitors of all outages that were not found within four minutes. */
  readonly missed: number;
  /** The longest time between two measurements of a monitor that stays healthy. */
  readonly healthyGapMs: number;
  readonly peakConcurrency: number;
}

/** Minutes before, so that votes and streaks are those of a running mesh. */
const PREPARED_MINUTES = 3;
/** Monitors that stay healthy. */
const HEALTHY = 10;

/** One outage for each time in the minute at which it begins. */
export async function measureHangingOutage(
  scratch: string,
  worker: string,
  hanging: number,
  memoryMb: number,
  offsetsMs: readonly number[],
): Promise<HangingOutage> {
  const monitors = hanging + HEALTHY;
  const prepared = join(scratch, `outage-${monitors}.sqlite`);
  const { db, sqlite } = openFakeD1(prepared);
  sqlite.exec(migrationStatements().join(';'));
  await seedMesh(db, monitors);
  await runMinutes({ db, from: T0, minutes: PREPARED_MINUTES });
  sqlite.close();
  const results: OutageResult[] = [];
  for (const offsetMs of offsetsMs) {
    const database = `${prepared}.${memoryMb}.${offsetMs}`;
    copyFileSync(prepared, database);
    const from = T0 + PREPARED_MINUTES * MINUTE_MS;
    results.push(
      await runChild<OutageTask, OutageResult>(CHILD, {
        worker,
        database,
        from,
        hanging,
        offsetMs,
        memoryMb,
      }),
    );
  }
  const times = results.flatMap(({ detectionMs }) => detectionMs).sort((a, b) => a - b);
  return {
    ...{ monitors, hanging, memoryMb, outages: offsetsMs.length },
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
    maxMs: percentile(times, 1),
    missed: hanging * offsetsMs.length - times.length,
    healthyGapMs: Math.max(...results.map(({ healthyGapMs }) => healthyGapMs)),
    peakConcurrency: Math.max(...results.map(({ peakConcurrency }) => peakConcurrency)),
  };
}
