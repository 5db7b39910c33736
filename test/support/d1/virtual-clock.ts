// Owns a clock for ticks on a real D1: time passes from timer to timer, once everything else waits.

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

export class VirtualClock {
  time: number;
  #timers: Timer[] = [];
  #pendingQueries = 0;

  constructor(time: number) {
    this.time = time;
  }

  now = (): number => this.time;

  wait = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const timer = { at: this.time + ms, run: resolve };
      this.#timers.push(timer);
      signal?.addEventListener('abort', () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        resolve();
      });
    });

  /** Resolves when the work has ended. */
  async drive(work: Promise<void>): Promise<void> {
    let done = false;
    const ended = work.finally(() => {
      done = true;
    });
    ended.catch(() => {});
    while (!done) {
      // A commit takes a few turns of the event loop between its queries.
      await new Promise((resolve) => setTimeout(resolve, 4));
      if (this.#pendingQueries > 0) continue;
      this.#timers.sort((a, b) => a.at - b.at);
      const next = this.#timers.shift();
      if (!next) continue;
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    await ended;
  }

  /** No time passes while this D1 works. */
  database(db: D1Database): D1Database {
    const track = async <T>(work: Promise<T>): Promise<T> => {
      this.#pendingQueries += 1;
      return work.finally(() => {
        this.#pendingQueries -= 1;
      });
    };
    const originals = new WeakMap<object, D1PreparedStatement>();
    const statement = (original: D1PreparedStatement): D1PreparedStatement => {
      const made = {
        bind: (...values: unknown[]) => statement(original.bind(...values)),
        run: () => track(original.run()),
        all: () => track(original.all()),
        first: (...args: []) => track(original.first(...args)),
        raw: (...args: []) => track(original.raw(...args)),
      } as unknown as D1PreparedStatement;
      originals.set(made, original);
      return made;
    };
    return {
      prepare: (sql: string) => statement(db.prepare(sql)),
      batch: (statements: D1PreparedStatement[]) =>
        track(db.batch(statements.map((one) => originals.get(one) ?? one))),
    } as unknown as D1Database;
  }
}
