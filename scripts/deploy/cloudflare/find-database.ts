// Owns what is read of the D1 database of a mesh: its id, its tables, its rows. Does not make the database: database.ts does.
import { type NamedWrangler, parseJson } from './wrangler.ts';

interface ListedDatabase {
  readonly uuid: string;
  readonly name: string;
}

/** Undefined: it does not exist. */
export async function findDatabase({ wrangler, names }: NamedWrangler): Promise<string | undefined> {
  const databases = await wrangler.json<ListedDatabase[]>('The D1 databases cannot be listed', [
    ...['d1', 'list', '--json'],
  ]);
  return databases.find(({ name }) => name === names.database)?.uuid;
}

/** Of an existing database, those of SQLite and wrangler included. */
export const findTables = async (context: NamedWrangler): Promise<readonly string[]> =>
  (
    await queryDatabase<{ readonly name: string }>(
      context,
      "select name from sqlite_master where type = 'table'",
    )
  ).map(({ name }) => name);

export async function queryDatabase<Row>(
  { wrangler, names }: NamedWrangler,
  sql: string,
): Promise<readonly Row[]> {
  const what = `D1 database ${names.database} cannot be read`;
  const args = ['d1', 'execute', names.database, '--remote', '--json', '--command', sql];
  const result = await wrangler.run(what, args);
  const [first] = parseJson<{ readonly results: readonly Row[] }[]>(what, result);
  return first?.results ?? [];
}
