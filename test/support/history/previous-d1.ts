// Owns a D1 as a Worker without a history uses it: statements about its tables, and those that came with them, are
// left out.

const NEW_TABLES =
  /\b(status_changes|compaction|series|monitor_histories|days|mailings|public_incidents|status_pages|subscribers)\b/;

type Prepared = ReturnType<D1Database['prepare']>;

export function previousD1(inner: D1Database): D1Database {
  const texts = new WeakMap<object, string>();
  const remember = (statement: Prepared, sql: string): Prepared => {
    const bind = statement.bind.bind(statement);
    texts.set(statement, sql);
    return Object.assign(statement, { bind: (...values: unknown[]) => remember(bind(...values), sql) });
  };
  return {
    prepare: (sql: string) => remember(inner.prepare(sql), sql),
    batch: (statements: Prepared[]) =>
      inner.batch(statements.filter((one) => !NEW_TABLES.test(texts.get(one)!))),
  } as unknown as D1Database;
}

/** Without a table. */
export async function emptyDatabase(db: D1Database): Promise<void> {
  for (const type of ['trigger', 'view', 'table']) {
    const { results } = await db
      .prepare(
        `select name from sqlite_master where type = ? and name not like 'sqlite%' and name not like '%cf%'`,
      )
      .bind(type)
      .all<{ name: string }>();
    for (const { name } of results) await db.prepare(`drop ${type} if exists "${name}"`).run();
  }
}
