// Owns a D1 that fails at one request, and runs something before one batch. A batch is one request.

export interface FailingD1 {
  readonly db: D1Database;
  /** Requests so far. */
  count(): number;
}

/** Every request but number `failing` passes, from 1. `beforeBatch` runs once. */
export function failingD1(
  inner: D1Database,
  failing: number,
  beforeBatch?: () => Promise<unknown>,
): FailingD1 {
  let requests = 0;
  let hook = beforeBatch;
  const originals = new WeakMap<object, D1PreparedStatement>();
  const pass = async <T>(send: () => Promise<T>): Promise<T> => {
    requests += 1;
    if (requests === failing) throw new Error('D1_ERROR: Network connection lost.');
    return send();
  };
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      run: () => pass(() => statement.run()),
      all: () => pass(() => statement.all()),
      raw: () => pass(() => statement.raw()),
      first: () => pass(() => statement.first()),
    } as unknown as D1PreparedStatement;
    originals.set(wrapped, statement);
    return wrapped;
  };
  const db = {
    prepare: (sql: string) => wrap(inner.prepare(sql)),
    batch: async (statements: D1PreparedStatement[]) => {
      const first = hook;
      hook = undefined;
      await first?.();
      return pass(() => inner.batch(statements.map((one) => originals.get(one)!)));
    },
  } as unknown as D1Database;
  return { db, count: () => requests };
}
