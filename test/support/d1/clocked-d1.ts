// Owns D1's clock in tests: it shows nothing, or what a test wants. Tests whose own clock is virtual depend on that.

const CLOCK = "unixepoch('subsec')";

/** D1 whose clock shows `time()`, in ms since the epoch. Null: D1 does not return its time, so nothing is compared. */
export const clockedD1 = (db: D1Database, time: () => number | null): D1Database =>
  new Proxy(db, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name === 'prepare') return (query: string) => target.prepare(withTime(query, time()));
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

const withTime = (query: string, time: number | null): string =>
  query.replaceAll(CLOCK, time === null ? 'null' : `(${time} / 1000.0)`);
