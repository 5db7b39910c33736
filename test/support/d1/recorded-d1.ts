// Owns a D1 that lists the statements that are sent to it, without their values. Does not change results.

export interface RecordedD1 {
  readonly db: D1Database;
  /** The statements since the last call. */
  take(): string[];
}

export function recordD1(inner: D1Database): RecordedD1 {
  let list: string[] = [];
  const db = {
    prepare: (sql: string) => {
      list.push(sql);
      return inner.prepare(sql);
    },
    batch: (statements: D1PreparedStatement[]) => inner.batch(statements),
  } as unknown as D1Database;
  return {
    db,
    take: () => {
      const taken = list;
      list = [];
      return taken;
    },
  };
}
