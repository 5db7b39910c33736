// Owns the text of a whole database, to search it for what it must not contain.

/** Every row of every table, as JSON, and bytes also as text. Each table begins with its name and number of rows. */
export async function everyTable(db: D1Database): Promise<string> {
  const names = await db
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
    )
    .all<{ name: string }>();
  const dumps: string[] = [];
  for (const { name } of names.results) {
    const { results } = await db.prepare(`SELECT * FROM "${name}"`).all();
    dumps.push(`${name} ${results.length}`, JSON.stringify(results));
    // D1 returns bytes as lists of numbers.
    for (const row of results)
      for (const value of Object.values(row))
        if (Array.isArray(value)) dumps.push(String.fromCharCode(...(value as number[])));
  }
  return dumps.join('\n');
}
