// Owns the runs of the coordinator in the chaos test: starts, SIGKILLs, restarts, and a cron that is late or doubled.
// Records when ticks could run. Does not assert.
import { fireCron, WorkerLost } from '../../../scripts/start/cron-clock.ts';
import type { SupervisedProcess } from '../../../scripts/start/spawn-supervised.ts';
import { type Mesh, pause } from '../../support/mesh/live-mesh.ts';
import type { CronBehavior } from './schedule.ts';

const CRON_MS = 60_000;

interface Run {
  process: SupervisedProcess | null;
  /** When the Worker first responded; null before. */
  readyAt: number | null;
  /** When the first tick was fired; null before. */
  activeSince: number | null;
  killed: boolean;
  timer: NodeJS.Timeout | undefined;
  /** Resolves when the Worker responds or is killed. */
  started: Promise<void>;
}

export class CoordinatorRuns {
  /** When ticks could run, ms since the epoch. */
  readonly active: { from: number; to: number }[] = [];
  /** From a start to the first response. */
  readonly restartsMs: number[] = [];
  killsDuringStart = 0;
  /** Errors that a kill does not explain. */
  readonly faults: string[] = [];
  /** From the next start on, the clock is wrong in these spans: see src/skewed-clock.ts. */
  clockOffset: string | undefined;
  readonly #mesh: Mesh;
  #run: Run | null = null;

  constructor(mesh: Mesh) {
    this.#mesh = mesh;
  }

  /** Begins a run; its cron is off if `cronBehavior` is null. Does not wait for its first response. */
  begin(cronBehavior: CronBehavior | null): Promise<void> {
    const from = Date.now();
    const run: Run = {
      process: null,
      readyAt: null,
      activeSince: null,
      killed: false,
      timer: undefined,
      started: Promise.resolve(),
    };
    this.#run = run;
    run.started = this.#mesh
      .startCoordinator((process) => {
        run.process = process;
      }, this.clockOffset)
      .then(() => {
        run.readyAt = Date.now();
        this.restartsMs.push(run.readyAt - from);
        if (cronBehavior) this.#startCron(run, cronBehavior);
      })
      .catch((error: unknown) => {
        if (!run.killed) this.faults.push(`start: ${String(error)}`);
      });
    return run.started;
  }

  /** Kills as a power cut would. Resolves when no process is left. */
  async kill(): Promise<void> {
    const run = this.#run;
    if (!run?.process) throw new Error('no coordinator runs: begin a run first');
    run.killed = true;
    clearTimeout(run.timer);
    if (run.readyAt === null) this.killsDuringStart += 1;
    run.process.kill();
    if (run.activeSince !== null) this.active.push({ from: run.activeSince, to: Date.now() });
    await run.process.ended;
    await run.started;
  }

  /** Fires the cron now, and every minute from now on. */
  fireFromNowOn(): void {
    if (!this.#run) throw new Error('no coordinator runs: begin a run first');
    this.#startCron(this.#run, { lateMs: 0, doubled: false });
  }

  #startCron(run: Run, { lateMs, doubled }: CronBehavior): void {
    const scheduledAt = Date.now();
    const trigger = (due: number, twice: boolean): void => {
      if (run.killed) return;
      run.activeSince ??= Date.now();
      for (let n = 0; n < (twice ? 2 : 1); n += 1) this.#fire(run, due);
      run.timer = setTimeout(() => trigger(due + CRON_MS, false), CRON_MS);
    };
    run.timer = setTimeout(() => trigger(scheduledAt, doubled), lateMs);
  }

  #fire(run: Run, due: number): void {
    fireCron(this.#mesh.api, due).catch((error: unknown) => {
      if (run.killed && error instanceof WorkerLost) return;
      this.faults.push(`tick: ${String(error)}`);
    });
  }
}

/** Waits until `at`, ms since the epoch. */
export const waitUntil = (at: number): Promise<void> => pause(at - Date.now());
