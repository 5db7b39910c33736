// Owns the jobs that a tick has started: how many may run at once, which runs they hold, and their results until these
// are committed. Does not choose what is started.
import { runKey } from '../engine/schedule/schedule.ts';
import { FLEET_PERMITS } from '../fleet/semaphore.ts';
import { GATHER_MS, type Gathered, Gathering } from './gathering.ts';
import type { PlannedJob } from './planned-jobs.ts';

export class JobsInFlight {
  /** Keys of the runs that were started and are not committed. */
  readonly runs = new Set<number>();
  /** By location, and by whether the job may hang: a job that hangs delays no healthy result. */
  readonly #gatherings = new Map<string, Gathering>();
  #running = 0;
  #mayHang = 0;

  /**
   * Whether such a job may start now. One place is left for healthy jobs. One is left for jobs that may hang, if such
   * jobs wait: a failure must be confirmed however much healthy work there is.
   */
  hasPlace(mayHang: boolean, suspectsWait: boolean): boolean {
    if (mayHang) return this.#running < FLEET_PERMITS && this.#mayHang < FLEET_PERMITS - 1;
    return this.#running < FLEET_PERMITS - Number(suspectsWait && this.#mayHang === 0);
  }

  get areDone(): boolean {
    return this.#gatherings.size === 0;
  }

  /** `run` resolves with exactly one observation for each run of the job. */
  async start({ location, mayHang, monitors, run }: PlannedJob, now: () => number): Promise<void> {
    const key = `${location} ${mayHang}`;
    const gathering = this.#gatherings.get(key) ?? new Gathering(location);
    this.#gatherings.set(key, gathering);
    gathering.started();
    for (const monitor of monitors) this.runs.add(runKey(monitor, location));
    this.#running += 1;
    this.#mayHang += Number(mayHang);
    const result = await run();
    this.#running -= 1;
    this.#mayHang -= Number(mayHang);
    gathering.add({ result, monitors }, now());
  }

  /** When the next results should be committed. Infinity without any. */
  get readyAt(): number {
    return Math.min(
      Number.POSITIVE_INFINITY,
      ...[...this.#gatherings.values()].map(({ readyAt }) => readyAt),
    );
  }

  /** Commits the results that are ready, in the order in which they became so. */
  async commitReady(
    now: () => number,
    commit: (location: number, gathered: Gathered) => Promise<void>,
  ): Promise<void> {
    for (;;) {
      const [next] = [...this.#gatherings].sort(([, a], [, b]) => a.readyAt - b.readyAt);
      if (!next || next[1].readyAt === Number.POSITIVE_INFINITY) return;
      const waitMs = next[1].readyAt - now();
      // Results wait no longer than that: the clock has gone back.
      if (waitMs > 0 && waitMs <= GATHER_MS) return;
      const [key, gathering] = next;
      const { location } = gathering;
      for (const gathered of gathering.take()) {
        await commit(location, gathered);
        for (const monitor of gathered.monitors) this.runs.delete(runKey(monitor, location));
      }
      if (gathering.isDone) this.#gatherings.delete(key);
    }
  }
}
