// Owns what the steps at Cloudflare share: names, wrangler, what was found there, and the configuration that they deploy.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Names } from '../names.ts';
import type { SecretsFile } from '../secrets-file.ts';
import type { Settings } from '../settings.ts';
import { DeployError } from '../step.ts';
import { findDatabase, findTables } from './find-database.ts';
import type { WranglerRunner } from './run-wrangler.ts';
import { type DeployedWorker, findSecretNames, findWorker } from './versions.ts';
import { newestMigration, type WorkerConfig, workerConfig } from './worker-config.ts';
import { type Wrangler, wranglerWith } from './wrangler.ts';

export interface CloudflareOptions {
  readonly settings: Settings;
  readonly names: Names;
  readonly secrets: SecretsFile;
  readonly runner: WranglerRunner;
  /** Builds the modules of the Worker into a folder. */
  readonly buildModules: (outDir: string) => Promise<unknown>;
  /** The project. */
  readonly root: string;
  /** Address of the copy of the public pages; empty without one. */
  readonly pageCopyUrl: () => Promise<string>;
  /** `PROBE_PUBLIC_KEYS`; empty if the probes sign nothing. */
  readonly publicKeys: () => Promise<string>;
}

interface Freshness {
  /** Ask Cloudflare again. */
  readonly fresh?: boolean;
}

export interface CloudflareContext extends Omit<CloudflareOptions, 'runner'> {
  readonly wrangler: Wrangler;
  readonly configPath: string;
  /** Undefined: it does not exist. */
  databaseId(freshness?: Freshness): Promise<string | undefined>;
  /** Undefined: it does not exist. */
  worker(freshness?: Freshness): Promise<DeployedWorker | undefined>;
  /** It was changed: the next question gets a new answer. */
  forgetWorker(): void;
  /** Names of the secrets that are set. None if there is no Worker. */
  secretNames(freshness?: Freshness): Promise<readonly string[]>;
  /** All tables of the database, which must exist. */
  tables(freshness?: Freshness): Promise<readonly string[]>;
  /** Empty while the address on workers.dev is unknown. */
  publicUrl(): Promise<string>;
  /** The first deployment has shown it. */
  learnPublicUrl(url: string): void;
  /** What {@link publicUrl} found last. Null: nothing yet. */
  knownUrl(): string | null;
  /** What wrangler.toml and the settings give. Null while there is no database. */
  config(): Promise<WorkerConfig | null>;
  /** Writes it for wrangler, with more variables. */
  writeConfig(variables?: Readonly<Record<string, string>>): Promise<void>;
  /** The newest change of Durable Object classes in wrangler.toml. */
  newestMigration(): Promise<string | null>;
}

/** From the project to the folder of the configuration, and back. */
const FOLDER = join('dist', 'deploy');
const TO_ROOT = '../..';

export async function cloudflareContext(options: CloudflareOptions): Promise<CloudflareContext> {
  const { settings, names, runner, root } = options;
  const folder = join(root, FOLDER);
  await mkdir(folder, { recursive: true });
  const lookupPath = join(folder, 'lookup.json');
  await writeFile(lookupPath, JSON.stringify({ name: names.worker }));
  const toml = await readFile(join(root, 'wrangler.toml'), 'utf8');
  const configPath = join(folder, 'wrangler.json');
  let learntUrl = '';
  let worker = remembered(() => findWorker(context));
  let secretNames = remembered(() => findSecretNames(context));
  const context: CloudflareContext = {
    ...options,
    wrangler: wranglerWith(runner, lookupPath),
    configPath,
    databaseId: remembered(() => findDatabase(context)),
    worker: (freshness) => worker(freshness),
    secretNames: (freshness) => secretNames(freshness),
    forgetWorker() {
      worker = remembered(() => findWorker(context));
      secretNames = remembered(() => findSecretNames(context));
    },
    tables: remembered(() => findTables(context)),
    async publicUrl() {
      if (settings.domain !== null) return `https://${settings.domain}`;
      if (learntUrl !== '') return learntUrl;
      const deployed = (await context.worker())?.variables.PUBLIC_URL ?? '';
      learntUrl = deployed.endsWith('.workers.dev') ? deployed : '';
      return learntUrl;
    },
    knownUrl: () => (settings.domain === null ? learntUrl || null : `https://${settings.domain}`),
    learnPublicUrl(url) {
      learntUrl = url;
    },
    async config() {
      const databaseId = await context.databaseId();
      if (databaseId === undefined) return null;
      const [publicUrl, pageCopyUrl, publicKeys] = await Promise.all([
        context.publicUrl(),
        options.pageCopyUrl(),
        options.publicKeys(),
      ]);
      const facts = { databaseId, publicUrl, pageCopyUrl, publicKeys };
      return workerConfig(toml, TO_ROOT, settings, names, facts);
    },
    async writeConfig(variables = {}) {
      const config = await context.config();
      if (config === null)
        throw new DeployError(`D1 database ${names.database} does not exist.`, 'Run `npm run deploy`.');
      const vars = { ...config.vars, ...variables };
      await writeFile(configPath, `${JSON.stringify({ ...config, vars }, null, 2)}\n`);
    },
    newestMigration: async () => newestMigration(toml),
  };
  return context;
}

/** Asks once, however many steps need the answer. A failure is not remembered. */
function remembered<T>(ask: () => Promise<T>): (freshness?: Freshness) => Promise<T> {
  let answer: Promise<T> | undefined;
  return ({ fresh = false } = {}) => {
    if (fresh || answer === undefined) {
      const asked = ask();
      answer = asked;
      asked.catch(() => {
        if (answer === asked) answer = undefined;
      });
    }
    return answer;
  };
}
