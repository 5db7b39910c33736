// Owns the real local D1 in workerd, with the project's migrations and no rows.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT, wranglerEnv } from '../../scripts/start/wrangler.ts';

export interface LocalD1 {
  readonly db: D1Database;
  dispose(): Promise<void>;
}

/** `wranglerDir` holds wrangler's logs and caches. `dispose` removes the database. */
export const openLocalD1 = (wranglerDir: string): Promise<LocalD1> => open(wranglerDir, false);

/** The database is a file below `folder`, and `dispose` keeps it. */
export const openStoredD1 = (wranglerDir: string, folder: string): Promise<LocalD1> =>
  open(wranglerDir, { path: folder });

/** The file of that database. It may be opened while no D1 has it open. */
export function storedD1File(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const file = files.find((name) => /miniflare-D1DatabaseObject.[0-9a-f]+\.sqlite$/.test(name));
  if (file === undefined) throw new Error(`no database of D1 is below ${folder}`);
  return join(folder, file);
}

async function open(wranglerDir: string, persist: false | { path: string }): Promise<LocalD1> {
  // Wrangler reads these variables when it is imported.
  Object.assign(process.env, wranglerEnv({ wrangler: wranglerDir }), { WRANGLER_LOG: 'none' });
  const { getPlatformProxy } = await import('wrangler');
  const proxy = await getPlatformProxy<{ DB: D1Database }>({
    configPath: join(PROJECT_ROOT, 'wrangler.toml'),
    persist,
  });
  try {
    const { DB: db } = proxy.env;
    const isNew = (await db.prepare("select 1 from sqlite_master where name = 'journal'").first()) === null;
    if (isNew) await db.batch(migrationStatements().map((sql) => db.prepare(sql)));
    return { db, dispose: () => proxy.dispose() };
  } catch (error) {
    await proxy.dispose();
    throw error;
  }
}

/** The statements of all migrations, in order. */
export function migrationStatements(): string[] {
  const folder = join(PROJECT_ROOT, 'migrations');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split(/;\s*$/m))
    .map((sql) => sql.trim())
    .filter((sql) => sql !== '');
}
