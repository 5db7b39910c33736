// Owns the configuration with which wrangler deploys a mesh: wrangler.toml with the names, the database, the queues and the
// variables of the settings. Pure. Does not write it.
import { createHash } from 'node:crypto';
import { parse } from 'smol-toml';
import { configOfBuilt, WORKER_ENTRY } from '../../build-worker.ts';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import { DeployError } from '../step.ts';

/** Variables that the settings have fields for, or that only a local mesh sets. */
const OWN_VARIABLES = new Set([
  ...[
    'PUBLIC_URL',
    'PROBE_FUNCTION',
    'PROBE_MEMORY_MB',
    'LOCATIONS',
    'CANARIES',
    'D1_MAX_BYTES',
    'PAGE_HOSTS',
  ],
  ...['WATCHDOG_REGIONS', 'PAGE_COPY_URL', 'PROBE_PUBLIC_KEYS', 'LAMBDA_ENDPOINT', 'ALLOW_LOOPBACK'],
  ...['ALLOW_CIDRS', 'CRON_TOKEN', 'BACKUP_DAYS'],
  ...['CLOCK_OFFSET_SECONDS', 'DEPLOYED_CODE', 'DEPLOYED_CONFIG', 'DEPLOYED_MIGRATION'],
]);

/** developers.cloudflare.com/d1/platform/limits */
const D1_MAX_BYTES = { free: 500_000_000, paid: 10_000_000_000 } as const;

/** What a Worker needs to know of the rest of the deployment. */
export interface WorkerFacts {
  readonly databaseId: string;
  /** Empty until the first deployment has shown the address on workers.dev. */
  readonly publicUrl: string;
  /** Empty: there is no copy of the pages. */
  readonly pageCopyUrl: string;
  /** Empty: the probes sign nothing. */
  readonly publicKeys: string;
}

interface Queue {
  readonly queue: string;
}

/** The parts of wrangler.toml that change. The others are copied. */
interface WranglerToml {
  readonly assets: { readonly directory: string };
  readonly d1_databases: readonly [{ readonly migrations_dir: string }];
  readonly queues: { readonly producers: readonly Queue[]; readonly consumers: readonly Queue[] };
  readonly ratelimits: readonly { readonly name: string }[];
  readonly vars: Readonly<Record<string, string>>;
  readonly migrations?: readonly { readonly tag: string }[];
}

export type WorkerConfig = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly vars: Readonly<Record<string, string>>;
};

/** `root` is the path from the folder of the configuration to the project. Throws a {@link DeployError}. */
export function workerConfig(
  text: string,
  root: string,
  settings: Settings,
  names: Names,
  facts: WorkerFacts,
): WorkerConfig {
  // Worker and assets are built before wrangler starts: they are what a plan compares.
  const toml = configOfBuilt(parse(text) as unknown as WranglerToml, `${root}/dist/worker/${WORKER_ENTRY}`);
  const hosts = [...(settings.domain === null ? [] : [settings.domain]), ...settings.pageDomains];
  const [database] = toml.d1_databases;
  return {
    ...toml,
    name: names.worker,
    assets: { ...toml.assets, directory: `${root}/${toml.assets.directory}` },
    workers_dev: settings.domain === null,
    preview_urls: false,
    routes: hosts.map((pattern) => ({ pattern, custom_domain: true })),
    d1_databases: [
      {
        ...database,
        database_name: names.database,
        database_id: facts.databaseId,
        migrations_dir: `${root}/${database.migrations_dir}`,
      },
    ],
    queues: {
      producers: toml.queues.producers.map((one) => ({ ...one, queue: queueOf(one, names) })),
      consumers: toml.queues.consumers.map((one) => {
        const queue = queueOf(one, names);
        return {
          ...one,
          queue,
          ...(queue === names.deliveries ? { dead_letter_queue: names.deadLetters } : {}),
        };
      }),
    },
    ...(settings.backups && { r2_buckets: [{ binding: 'BACKUPS', bucket_name: names.backups }] }),
    ratelimits: toml.ratelimits.map((one) => ({ ...one, namespace_id: namespaceId(names, one.name) })),
    vars: variables(toml.vars, settings, names, facts),
  };
}

/** The tag of the newest change of Durable Object classes. Null: there is no Durable Object. */
export const newestMigration = (text: string): string | null =>
  (parse(text) as unknown as WranglerToml).migrations?.at(-1)?.tag ?? null;

function queueOf({ queue }: Queue, names: Names): string {
  if (queue.endsWith('-deliveries')) return names.deliveries;
  if (queue.endsWith('-ticks')) return names.ticks;
  throw new Error(`wrangler.toml has the queue ${queue}, which the deployment does not know.`);
}

/** A number that is the same at every deployment, and another one for every mesh of the account. */
const namespaceId = ({ worker }: Names, binding: string): string => {
  const number = createHash('sha256').update(`${worker}/${binding}`).digest().readUInt32BE(0);
  return String((number % 2_000_000_000) + 1);
};

function variables(
  defaults: Readonly<Record<string, string>>,
  settings: Settings,
  names: Names,
  facts: WorkerFacts,
): Record<string, string> {
  const own = Object.keys(settings.variables).find((name) => OWN_VARIABLES.has(name));
  if (own !== undefined)
    throw new DeployError(
      `\`variables\` in the settings has ${own}, which the deployment sets itself.`,
      'Remove it there, and use the field of the settings.',
    );
  return {
    ...defaults,
    ...settings.variables,
    PUBLIC_URL: facts.publicUrl,
    PROBE_FUNCTION: names.probe,
    PROBE_MEMORY_MB: String(settings.memory),
    LOCATIONS: settings.regions.map((region) => `aws:${region}`).join(','),
    CANARIES: settings.canaries.join(','),
    D1_MAX_BYTES: String(D1_MAX_BYTES[settings.plan]),
    PAGE_HOSTS: settings.pageDomains.join(','),
    WATCHDOG_REGIONS: settings.watchdog?.regions.join(',') ?? '',
    PAGE_COPY_URL: facts.pageCopyUrl,
    PROBE_PUBLIC_KEYS: facts.publicKeys,
    ...(settings.backups && { BACKUP_DAYS: String(settings.backups.days) }),
    LAMBDA_ENDPOINT: '',
    ALLOW_LOOPBACK: '',
  };
}
