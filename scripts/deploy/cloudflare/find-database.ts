// Owns the id of the D1 database of a mesh. Does not make the database: database.ts does.
import type { NamedWrangler } from './wrangler.ts';

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
