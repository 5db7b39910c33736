// The coordinator's lives in the torture: starts, SIGKILLs, restarts, and a cron of its own that is late or doubled.
// Remembers when somebody was awake. Judges nothing.
import { fireCron, WorkerLost } from '../../../scripts/start/cron-clock.ts';
import type { SupervisedProcess } from '../../../scripts/start/spawn-supervised.ts';
import { type Mesh, pause } from '../../support/mesh/live-mesh.ts';
import type { CronHabit } from './schedule.ts';

const CRON_MS = 60_000;

interface Life {
  process: SupervisedProcess | null;
  /** When it answered; null before. */
  readyAt: number | null;
  /** When its first tick was fired; null before. */
  awakeAt: number | null;
  killed: boolean;
  timer: NodeJS.Timeout | undefined;
  /** Settles when it answers, or was killed before. */
  started: Promise<void>;
}

export class Lives {
  /** When ticks could walk, ms since the epoch. */
  readonly awake: { from: number; to: number }[] = [];
  /** From a start to its first answer. */
  readonly restartsMs: number[] = [];
  killsDuringStart = 0;
  /** Whatever went wrong that no kill explains. */
  readonly faults: string[] = [];
  readonly #mesh: Mesh;
  #life: Life | null = null;

  constructor(mesh: Mesh) {
    this.#mesh = mesh;
  }

  /** Begins a life; its cron is quiet when `habit` is null. Does not wait for it to answer. */
  begin(habit: CronHabit | null): Promise<void> {
    const from = Date.now();
    const life: Life = {
      process: null,
      readyAt: null,
      awakeAt: null,
      killed: false,
      timer: undefined,
      started: Promise.resolve(),
    };
    this.#life = life;
    life.started = this.#mesh
      .startCoordinator((process) => {
        life.process = process;
      })
      .then(() => {
        life.readyAt = Date.now();
        this.restartsMs.push(life.readyAt - from);
        if (habit) this.#wind(life, habit);
      })
      .catch((error: unknown) => {
        if (!life.killed) this.faults.push(`start: ${String(error)}`);
      });
    return life.started;
  }

  /** As a power cut would. Resolves when nothing of it is left. */
  async kill(): Promise<void> {
    const life = this.#life;
    if (!life?.process) throw new Error('nothing to kill: begin a life first');
    life.killed = true;
    clearTimeout(life.timer);
    if (life.readyAt === null) this.killsDuringStart += 1;
    life.process.kill();
    if (life.awakeAt !== null) this.awake.push({ from: life.awakeAt, to: Date.now() });
    await life.process.ended;
    await life.started;
  }

  /** Fires the cron now, and every minute from now on. */
  fireFromNowOn(): void {
    if (!this.#life) throw new Error('nobody to wake: begin a life first');
    this.#wind(this.#life, { lateMs: 0, doubled: false });
  }

  #wind(life: Life, { lateMs, doubled }: CronHabit): void {
    const scheduledAt = Date.now();
    const ring = (due: number, twice: boolean): void => {
      if (life.killed) return;
      life.awakeAt ??= Date.now();
      for (let n = 0; n < (twice ? 2 : 1); n += 1) this.#fire(life, due);
      life.timer = setTimeout(() => ring(due + CRON_MS, false), CRON_MS);
    };
    life.timer = setTimeout(() => ring(scheduledAt, doubled), lateMs);
  }

  #fire(life: Life, due: number): void {
    fireCron(this.#mesh.api.url, due).catch((error: unknown) => {
      if (life.killed && error instanceof WorkerLost) return;
      this.faults.push(`tick: ${String(error)}`);
    });
  }
}

/** Waits until `at`, ms since the epoch. */
export const waitUntil = (at: number): Promise<void> => pause(at - Date.now());
