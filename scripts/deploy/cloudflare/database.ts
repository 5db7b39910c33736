// Owns the D1 database of a mesh: whether it exists and is a mesh's, its id, and its migrations.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DeployError, type Finding, type Step } from '../step.ts';
import type { CloudflareContext } from './context.ts';
import { queryDatabase } from './find-database.ts';

export const DATABASE_STEP = 'cloudflare/database';
export const MIGRATIONS_STEP = 'cloudflare/migrations';

/** Of wrangler. */
const MIGRATIONS_TABLE = 'd1_migrations';

export function databaseStep(context: CloudflareContext): Step {
  const { wrangler, names } = context;
  return {
    id: DATABASE_STEP,
    title: `D1 database ${names.database}`,
    needs: [],
    async inspect(): Promise<Finding> {
      const id = await context.databaseId();
      if (id === undefined) return { state: 'absent', detail: 'will be made' };
      const tables = await tablesOf(context);
      return isOfMesh(tables)
        ? { state: 'same', detail: id }
        : {
            state: 'foreign',
            detail: `A D1 database ${names.database} has other tables: ${tables.join(', ')}.`,
          };
    },
    async apply({ state }) {
      if (state !== 'absent') return;
      await wrangler.run(`D1 database ${names.database} was not made`, ['d1', 'create', names.database]);
      if ((await context.databaseId({ fresh: true })) === undefined)
        throw new DeployError(
          `D1 database ${names.database} was made, but Cloudflare does not list it yet.`,
          'Run the command again in a minute.',
        );
    },
    async remove() {
      if ((await context.databaseId({ fresh: true })) === undefined) return 'absent';
      if (!isOfMesh(await tablesOf(context, { fresh: true }))) return 'foreign';
      await wrangler.run(`D1 database ${names.database} was not deleted`, [
        ...['d1', 'delete', names.database, '--skip-confirmation'],
      ]);
      return 'removed';
    },
  };
}

export function migrationsStep(context: CloudflareContext, after: readonly string[]): Step {
  const { wrangler, names } = context;
  const missing = async (): Promise<string[]> => {
    const all = (await readdir(join(context.root, 'migrations')))
      .filter((name) => name.endsWith('.sql'))
      .sort();
    if ((await context.databaseId()) === undefined) return all;
    const applied = new Set(await appliedMigrations(context));
    return all.filter((name) => !applied.has(name));
  };
  return {
    id: MIGRATIONS_STEP,
    title: `migrations of ${names.database}`,
    needs: [DATABASE_STEP],
    after,
    async inspect() {
      const names = await missing();
      if (names.length === 0) return { state: 'same', detail: 'all applied' };
      const applied = (await context.databaseId()) === undefined ? 0 : 1;
      if (applied === 0) return { state: 'absent', detail: `${names.length} will be applied` };
      return { state: 'different', detail: `${names.length} will be applied`, changes: names };
    },
    async apply() {
      await context.writeConfig();
      await wrangler.run(`The migrations of ${names.database} were not applied`, [
        ...['d1', 'migrations', 'apply', 'DB', '--remote', '--config', context.configPath],
      ]);
      await context.tables({ fresh: true });
      const left = await missing();
      if (left.length > 0)
        throw new DeployError(
          `The migrations ${left.join(', ')} were not applied.`,
          'Run the command again. The log of wrangler is in dist/deploy/logs.',
        );
    },
  };
}

const isOfMesh = (tables: readonly string[]): boolean => tables.length === 0 || tables.includes('monitors');

/** Tables of SQLite, D1 and wrangler do not count. */
const tablesOf = async (
  context: CloudflareContext,
  freshness?: { readonly fresh: boolean },
): Promise<string[]> =>
  (await context.tables(freshness)).filter((name) => !/^(sqlite_|_cf_|d1_migrations$)/.test(name));

async function appliedMigrations(context: CloudflareContext): Promise<string[]> {
  if (!(await context.tables()).includes(MIGRATIONS_TABLE)) return [];
  const sql = `select name from ${MIGRATIONS_TABLE}`;
  return (await queryDatabase<{ readonly name: string }>(context, sql)).map(({ name }) => name);
}
