// Owns the real local D1 in workerd, with the project's migrations and no rows.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT, wranglerEnv } from '../../scripts/start/wrangler.ts';

export interface LocalD1 {
  readonly db: D1Database;
  dispose(): Promise<void>;
}

/** `wranglerDir` holds wrangler's logs and caches. `dispose` removes the database. */
export async function openLocalD1(wranglerDir: string): Promise<LocalD1> {
  // Wrangler reads these variables when it is imported.
  Object.assign(process.env, wranglerEnv({ wrangler: wranglerDir }), { WRANGLER_LOG: 'none' });
  const { getPlatformProxy } = await import('wrangler');
  const proxy = await getPlatformProxy<{ DB: D1Database }>({
    configPath: join(PROJECT_ROOT, 'wrangler.toml'),
    persist: false,
  });
  try {
    const { DB: db } = proxy.env;
    await db.batch(migrationStatements().map((sql) => db.prepare(sql)));
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
