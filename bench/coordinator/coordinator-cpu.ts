// Owns the CPU time of the built coordinator per tick: cold, warm and at the onset of an outage.
// Each measurement runs in its own process (cpu-child.ts).
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorker, entryOf } from '../../scripts/start/coordinator.ts';
import type { CpuResult, CpuTask, Minute } from './cpu-child.ts';
import { openFakeD1 } from './fake-d1.ts';
import { LOCATIONS, MINUTE_MS, seedMesh, T0 } from './fixtures.ts';
import { migrationStatements } from './local-d1.ts';
import { runChild } from './run-child.ts';
import { runMinutes } from './run-ticks.ts';

const CHILD = fileURLToPath(new URL('./cpu-child.ts', import.meta.url));

export interface CoordinatorCpu {
  readonly monitors: number;
  readonly locations: number;
  readonly processes: number;
  /** Evaluation of the bundle, in ms. */
  readonly moduleMs: number;
  readonly cold: TickCpu;
  readonly warm: TickCpu;
  readonly outage: TickCpu;
}

/** Medians. */
interface TickCpu {
  readonly ticks: number;
  readonly cpuMs: number;
  readonly observations: number;
  readonly usPerObservation: number;
}

export interface CpuEffort {
  /** Each process has one cold tick. */
  readonly processes: number;
  /** Per process. */
  readonly warmTicks: number;
  /** Per process. */
  readonly outages: number;
}

/** Minutes before the measurement, so that votes, streaks and timings are those of a running mesh. */
const PREPARED_MINUTES = 3;
/** Ticks left out of the figures, during which the JIT compiler and the garbage collector warm up. */
const WARM_UP_TICKS = 3;

/** Returns the path of the entry. Throws the errors of the sources. */
export async function buildWorker(scratch: string): Promise<string> {
  const worker = join(scratch, 'worker');
  await bundleWorker({ worker });
  return entryOf(worker);
}

export async function measureCoordinatorCpu(
  scratch: string,
  worker: string,
  monitors: number,
  effort: CpuEffort,
): Promise<CoordinatorCpu> {
  const prepared = join(scratch, `cpu-${monitors}.sqlite`);
  const { db, sqlite } = openFakeD1(prepared);
  sqlite.exec(migrationStatements().join(';'));
  await seedMesh(db, monitors);
  await runMinutes({ db, from: T0, minutes: PREPARED_MINUTES });
  sqlite.close();

  const results: CpuResult[] = [];
  for (let process = 0; process < effort.processes; process += 1) {
    const database = `${prepared}.${process}`;
    copyFileSync(prepared, database);
    const from = T0 + PREPARED_MINUTES * MINUTE_MS;
    const { outages } = effort;
    const warmTicks = effort.warmTicks + WARM_UP_TICKS;
    results.push(
      await runChild<CpuTask, CpuResult>(CHILD, { worker, database, from, monitors, warmTicks, outages }),
    );
  }
  return {
    monitors,
    locations: LOCATIONS.length,
    processes: effort.processes,
    moduleMs: median(results.map(({ moduleUs }) => moduleUs)) / 1000,
    cold: summary(results.map(({ cold }) => cold)),
    warm: summary(results.flatMap(({ warm }) => warm.slice(WARM_UP_TICKS))),
    outage: summary(results.flatMap(({ outage }) => outage)),
  };
}

function summary(minutes: readonly Minute[]): TickCpu {
  const cpuUs = median(minutes.map((minute) => minute.cpuUs));
  const observations = median(minutes.map((minute) => minute.observations));
  return {
    ticks: minutes.length,
    cpuMs: cpuUs / 1000,
    observations,
    usPerObservation: cpuUs / observations,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}
