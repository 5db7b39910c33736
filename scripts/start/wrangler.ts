// Owns how the scripts call wrangler: its path, and an environment in which it is quiet, offline and separate.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataDir } from './data-dir.ts';

export const PROJECT_ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** To be run by Node itself. */
export const WRANGLER = join(PROJECT_ROOT, 'node_modules', 'wrangler', 'wrangler-dist', 'cli.js');

export function wranglerEnv(data: Pick<DataDir, 'wrangler'>): NodeJS.ProcessEnv {
  return {
    ...process.env,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
    // A change of wrangler.toml must not restart a mesh that runs.
    WRANGLER_CI_DISABLE_CONFIG_WATCHING: 'true',
    WRANGLER_LOG_PATH: join(data.wrangler, 'logs'),
    WRANGLER_CACHE_DIR: join(data.wrangler, 'cache'),
    // Workers of the same name find each other through the registry: two meshes must not.
    WRANGLER_REGISTRY_PATH: join(data.wrangler, 'registry'),
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: 'true',
    CLOUDFLARE_INCLUDE_PROCESS_ENV: 'false',
    X_LOCAL_EXPLORER: 'false',
    // wrangler would store a trace of every request on disk, with the addresses of receivers.
    X_LOCAL_OBSERVABILITY: 'false',
    NO_COLOR: '1',
  };
}
