// Owns what is deployed, as two hashes: of the code with its static assets, and of the configuration. wrangler reads it as it does
// for a deployment, and uploads nothing. Does not deploy.
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildAssets } from '../../build-assets.ts';
import { DeployError } from '../step.ts';
import type { CloudflareContext } from './context.ts';
import type { WorkerConfig } from './worker-config.ts';

export interface WorkerBuild {
  /** Hash of the code and the static assets. */
  readonly code: string;
  /** Hash of the configuration without `DEPLOYED_…`. */
  readonly config: string;
}

/** A function that builds it; there must be a database then. wrangler needs seconds, and variables do not change the code: it is built once. */
export function workerBuilder(context: CloudflareContext): () => Promise<WorkerBuild> {
  let code: Promise<string> | undefined;
  return async () => {
    const config = await context.config();
    if (config === null) throw new DeployError('The Worker needs its database.', 'Run `npm run deploy`.');
    code ??= buildCode(context);
    // A failure is not remembered.
    code.catch(() => {
      code = undefined;
    });
    return { code: await code, config: hashConfig(config) };
  };
}

async function buildCode(context: CloudflareContext): Promise<string> {
  const { root, wrangler, configPath } = context;
  await buildAssets(join(root, 'dist', 'assets'));
  await context.buildModules(join(root, 'dist', 'worker'));
  await context.writeConfig();
  const folder = join(root, 'dist', 'deploy', 'bundle');
  await rm(folder, { recursive: true, force: true });
  await wrangler.run('The Worker cannot be built', [
    ...['deploy', '--dry-run', '--outdir', folder, '--config', configPath],
  ]);
  return hashFiles([
    ...files(folder, '**/*.{js,mjs,wasm,txt,html,bin}'),
    ...files(join(root, 'dist', 'assets'), '**/*'),
  ]);
}

const files = (folder: string, pattern: string): (readonly [string, string])[] =>
  globSync(pattern, { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length), path] as const;
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));

function hashFiles(found: readonly (readonly [name: string, path: string])[]): string {
  const hash = createHash('sha256');
  for (const [name, path] of found) hash.update(`${name}\0`).update(readFileSync(path)).update('\0');
  return hash.digest('hex').slice(0, 12);
}

const hashConfig = (config: WorkerConfig): string =>
  createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 12);
