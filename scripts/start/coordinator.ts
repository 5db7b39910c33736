// Owns the coordinator on this machine: builds the Worker, gives it vars and secrets, and runs it in `wrangler dev`.
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { parse } from 'smol-toml';
import { ASSETS, buildAssets } from '../build-assets.ts';
import { buildWorker, configOfBuilt, WORKER_ENTRY } from '../build-worker.ts';
import { cronTokenOf } from './cron-clock.ts';
import type { DataDir, Secrets } from './data-dir.ts';
import { type SupervisedProcess, spawnSupervised } from './spawn-supervised.ts';
import { watchdogKeyOf } from './watchdog-key.ts';
import { PROJECT_ROOT, WRANGLER, wranglerEnv } from './wrangler.ts';

const READY_WITHIN_MS = 60_000;
/** From the first response: a Worker that responds with errors for longer does not work. */
const ERRORS_FOR_MS = 5_000;
const POLL_MS = 100;

export interface CoordinatorOptions {
  readonly data: Pick<DataDir, 'worker' | 'state' | 'envFile' | 'wrangler'>;
  readonly port: number;
  readonly locations: readonly string[];
  readonly lambdaUrl: string;
  /** Private networks that monitors may target. */
  readonly allowCidrs?: readonly string[];
  readonly secrets: Pick<Secrets, 'adminToken' | 'encryptionKey' | 'accessKeyId' | 'secretAccessKey'> &
    Partial<Pick<Secrets, 'setupToken'>>;
  /** Regions whose watchdog reports. Default: none. */
  readonly watchdogRegions?: readonly string[];
  /** Where the watchdog keeps the copy of the public pages. Default: there is no copy. */
  readonly pageCopyUrl?: string;
  /** Makes the coordinator's clock wrong: see src/skewed-clock.ts. */
  readonly clockOffset?: string | undefined;
  log(line: string): void;
  /** Called before the Worker responds, so that the caller can end it at any time. */
  onSpawn?(process: SupervisedProcess): void;
}

export interface Coordinator extends SupervisedProcess {
  readonly url: string;
}

/**
 * Builds what a deployment uploads, but not minified: a stack trace in the local log can be read. Builds into the data folder, so
 * that an edit of the sources does not restart a mesh that runs. Throws with the errors if the sources do not build.
 */
export async function bundleWorker({ worker }: Pick<DataDir, 'worker'>): Promise<void> {
  await buildAssets();
  try {
    await buildWorker(modulesOf(worker), { minify: false });
  } catch (error) {
    throw new Error(`The Worker does not build:\n${(error as Error).message}`, { cause: error });
  }
  const toml = parse(readFileSync(join(PROJECT_ROOT, 'wrangler.toml'), 'utf8'));
  writeFileSync(configOf(worker), JSON.stringify(configOfBuilt(toml, `modules/${WORKER_ENTRY}`), null, 2));
  rmSync(assetsOf(worker), { recursive: true, force: true });
  cpSync(ASSETS, assetsOf(worker), { recursive: true });
}

const modulesOf = (worker: string): string => join(worker, 'modules');
const configOf = (worker: string): string => join(worker, 'wrangler.json');
const assetsOf = (worker: string): string => join(worker, 'assets');

/** What {@link bundleWorker} has built. */
export const entryOf = (worker: string): string => join(modulesOf(worker), WORKER_ENTRY);

/** Resolves once the Worker responds. Throws if it ends or does not respond; then all its processes have ended. */
export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const { data, port } = options;
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(data.envFile, envFile(options, url), { mode: 0o600 });
  const onLine = (line: string): void => {
    const plain = stripVTControlCharacters(line).trim();
    if (plain !== '') options.log(`worker: ${plain}`);
  };
  const worker = spawnSupervised(
    [
      ...[process.execPath, '--no-warnings', WRANGLER, 'dev', '--config', configOf(data.worker), '--local'],
      ...['--persist-to', data.state, '--env-file', data.envFile],
      ...['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'],
      ...['--log-level', 'error', '--show-interactive-dev-session', 'false', '--live-reload', 'false'],
      ...['--types', 'false', '--assets', assetsOf(data.worker)],
    ],
    {
      cwd: PROJECT_ROOT,
      env: wranglerEnv(data),
      onLine,
    },
  );
  options.onSpawn?.(worker);
  let hasEnded = false;
  void worker.ended.then(() => {
    hasEnded = true;
  });
  let until = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const status = await statusOf(`${url}/api/v1/status`);
    // 403: it runs, and its default page is private.
    if (status === 200 || status === 403) return { ...worker, url };
    if (hasEnded) throw new Error('The Worker did not start: wrangler dev ended. Its output is above.');
    // While the Worker's process starts, wrangler itself responds with errors.
    if (status !== undefined) until = Math.min(until, Date.now() + ERRORS_FOR_MS);
    if (Date.now() > until) {
      await worker.stop();
      const what = status === undefined ? `no response in ${READY_WITHIN_MS / 1000} s` : `status ${status}`;
      throw new Error(`The Worker did not start: ${what} from ${url}/api/v1/status. Its output is above.`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Undefined without a response. */
async function statusOf(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}

function envFile(options: CoordinatorOptions, url: string): string {
  const { secrets, locations, lambdaUrl, clockOffset, allowCidrs = [], watchdogRegions = [] } = options;
  const { pageCopyUrl = '' } = options;
  const vars: Record<string, string> = {
    PUBLIC_URL: url,
    LOCATIONS: locations.join(','),
    LAMBDA_ENDPOINT: lambdaUrl,
    // The local Lambda runs as long as its probes do, and a location without a network cannot reach it.
    CANARIES: `localhost:${new URL(lambdaUrl).port}`,
    ALLOW_LOOPBACK: 'true',
    ALLOW_CIDRS: allowCidrs.join(','),
    ...(clockOffset ? { CLOCK_OFFSET_SECONDS: clockOffset } : {}),
    CRON_TOKEN: cronTokenOf(secrets.adminToken),
    WATCHDOG_KEY: watchdogKeyOf(secrets.adminToken),
    WATCHDOG_REGIONS: watchdogRegions.join(','),
    PAGE_COPY_URL: pageCopyUrl,
    AWS_ACCESS_KEY_ID: secrets.accessKeyId,
    AWS_SECRET_ACCESS_KEY: secrets.secretAccessKey,
    ADMIN_TOKEN_SHA256: sha256(secrets.adminToken),
    ...(secrets.setupToken ? { SETUP_TOKEN_SHA256: sha256(secrets.setupToken) } : {}),
    ENCRYPTION_KEY: secrets.encryptionKey,
  };
  return Object.entries(vars)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join('');
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
