// CPU of the built coordinator for a tick: cold, warm, and when an outage begins. A process a measurement.
import { fork } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorker } from '../../scripts/start/coordinator.ts';
import { PROJECT_ROOT } from '../../scripts/start/wrangler.ts';
import type { CpuAnswer, CpuTask, Minute } from './cpu-child.ts';
import { openStandIn } from './fake-d1.ts';
import { LOCATIONS, MINUTE_MS, seedMesh, T0 } from './fixtures.ts';
import { migrationStatements } from './local-d1.ts';
import { playMinutes } from './run-ticks.ts';

const CHILD = fileURLToPath(new URL('./cpu-child.ts', import.meta.url));

export interface CoordinatorCpu {
  readonly monitors: number;
  readonly locations: number;
  readonly processes: number;
  /** Evaluating the bundle, ms. */
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
  /** Each has one cold tick. */
  readonly processes: number;
  /** A process. */
  readonly warmTicks: number;
  /** A process. */
  readonly outages: number;
}

/** Minutes played before anything is measured: votes, streaks and timings are those of a mesh at work. */
const PREPARED_MINUTES = 3;
/** Compilers and collectors settle; what comes before is measured and left out. */
const UNSETTLED_TICKS = 3;

/** Answers the path of the bundle. Throws with wrangler's words. */
export async function buildWorker(scratch: string): Promise<string> {
  const worker = join(scratch, 'worker');
  await bundleWorker({ worker, wrangler: scratch });
  // Else Node parses the bundle twice: as CommonJS first.
  writeFileSync(join(worker, 'package.json'), '{ "type": "module" }\n');
  return join(worker, 'worker.js');
}

export async function measureCoordinatorCpu(
  scratch: string,
  worker: string,
  monitors: number,
  effort: CpuEffort,
): Promise<CoordinatorCpu> {
  const prepared = join(scratch, `cpu-${monitors}.sqlite`);
  const { db, sqlite } = openStandIn(prepared);
  sqlite.exec(migrationStatements().join(';'));
  await seedMesh(db, monitors);
  await playMinutes({ db, from: T0, minutes: PREPARED_MINUTES });
  sqlite.close();

  const answers: CpuAnswer[] = [];
  for (let process = 0; process < effort.processes; process += 1) {
    const database = `${prepared}.${process}`;
    copyFileSync(prepared, database);
    const from = T0 + PREPARED_MINUTES * MINUTE_MS;
    const { outages } = effort;
    const warmTicks = effort.warmTicks + UNSETTLED_TICKS;
    answers.push(await runChild({ worker, database, from, monitors, warmTicks, outages }));
  }
  return {
    monitors,
    locations: LOCATIONS.length,
    processes: effort.processes,
    moduleMs: median(answers.map((one) => one.moduleUs)) / 1000,
    cold: summary(answers.map((one) => one.cold)),
    warm: summary(answers.flatMap((one) => one.warm.slice(UNSETTLED_TICKS))),
    outage: summary(answers.flatMap((one) => one.outage)),
  };
}

function runChild(task: CpuTask): Promise<CpuAnswer> {
  return new Promise((resolve, reject) => {
    let answer: CpuAnswer | undefined;
    const child = fork(CHILD, [JSON.stringify(task)], {
      cwd: PROJECT_ROOT,
      execArgv: ['--no-warnings'],
      // The only output of the bench is its own.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.once('error', reject);
    child.on('message', (message) => {
      answer = message as CpuAnswer;
    });
    child.once('exit', (code, signal) => {
      if (answer && code === 0) resolve(answer);
      else reject(new Error(`the measuring process ended (${signal ?? code}): what it wrote is above`));
    });
  });
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
