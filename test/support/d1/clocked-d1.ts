// Owns D1's clock in tests: what a test wants it to show, or nothing for those who compare it with a virtual clock.

const CLOCK = "unixepoch('subsec')";
/** As src/store/clock.ts writes it. */
const COMPARED_CLOCK = `1000 * ${CLOCK}`;

/** D1 whose clock shows `time()`, in ms since the epoch. Null: ticks and commits do not get it, so they compare nothing. */
export const clockedD1 = (db: D1Database, time: () => number | null): D1Database =>
  new Proxy(db, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name === 'prepare') return (query: string) => target.prepare(withTime(query, time()));
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

const withTime = (query: string, time: number | null): string =>
  time === null ? query.replaceAll(COMPARED_CLOCK, 'null') : query.replaceAll(CLOCK, `(${time} / 1000.0)`);
