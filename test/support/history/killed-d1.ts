// Owns a D1 whose client dies at a random request: before the request took effect, or after. Then nothing more arrives.

type Prepared = ReturnType<D1Database['prepare']>;

export interface KilledD1 {
  readonly db: D1Database;
  isDead(): boolean;
}

/** Dies at one of the next requests, if there are as many. */
export function killedD1(inner: D1Database, random: () => number): KilledD1 {
  let left = 1 + Math.floor(random() * 9);
  const isAfter = random() < 0.5;
  const originals = new WeakMap<object, Prepared>();
  const pass = async <T>(send: () => Promise<T>): Promise<T> => {
    left -= 1;
    if (left > 0) return send();
    if (left === 0 && isAfter) await send();
    throw new Error('D1_ERROR: Network connection lost.');
  };
  const wrap = (statement: Prepared): Prepared => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      run: () => pass(() => statement.run()),
      all: () => pass(() => statement.all()),
      raw: () => pass(() => statement.raw()),
      first: () => pass(() => statement.first()),
    } as unknown as Prepared;
    originals.set(wrapped, statement);
    return wrapped;
  };
  const db = {
    prepare: (sql: string) => wrap(inner.prepare(sql)),
    batch: (statements: Prepared[]) => pass(() => inner.batch(statements.map((one) => originals.get(one)!))),
  } as unknown as D1Database;
  return { db, isDead: () => left <= 0 };
}
