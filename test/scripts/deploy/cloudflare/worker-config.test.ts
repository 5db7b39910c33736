// The configuration with which a mesh is deployed, made from the real wrangler.toml.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newestMigration, workerConfig } from '../../../../scripts/deploy/cloudflare/worker-config.ts';
import { namesOf } from '../../../../scripts/deploy/names.ts';
import { type SettingsInput, settingsSchema } from '../../../../scripts/deploy/settings.ts';
import { PROJECT_ROOT } from '../../../../scripts/start/wrangler.ts';

const TOML = readFileSync(join(PROJECT_ROOT, 'wrangler.toml'), 'utf8');
const FACTS = {
  databaseId: 'd1-id',
  publicUrl: 'https://status.acme.dev',
  pageCopyUrl: '',
  publicKeys: '',
};

function configOf(input: Partial<SettingsInput> = {}, toml = TOML) {
  const settings = settingsSchema.parse({ name: 'mesh', regions: ['eu-central-1', 'us-east-1'], ...input });
  return workerConfig(toml, '../..', settings, namesOf(settings), FACTS);
}

test('names, database, queues and the queue of what could not be delivered are those of the mesh', () => {
  const config = configOf();
  expect(config).toMatchObject({
    name: 'mesh',
    main: '../../dist/worker/worker.mjs',
    workers_dev: true,
    preview_urls: false,
    routes: [],
    d1_databases: [
      { binding: 'DB', database_name: 'mesh', database_id: 'd1-id', migrations_dir: '../../migrations' },
    ],
    queues: {
      producers: [
        { binding: 'DELIVERIES', queue: 'mesh-deliveries' },
        { binding: 'TICKS', queue: 'mesh-ticks' },
      ],
      consumers: [
        { queue: 'mesh-deliveries', dead_letter_queue: 'mesh-dead-letters' },
        { queue: 'mesh-ticks', max_batch_size: 1, max_retries: 0 },
      ],
    },
  });
  expect(config).not.toHaveProperty('build');
});

test('a domain and the hosts of pages are custom domains, and workers.dev is off', () => {
  const config = configOf({ domain: 'status.acme.dev', pageDomains: ['status.acme.org'] });
  expect(config).toMatchObject({
    workers_dev: false,
    routes: [
      { pattern: 'status.acme.dev', custom_domain: true },
      { pattern: 'status.acme.org', custom_domain: true },
    ],
    vars: { PAGE_HOSTS: 'status.acme.org' },
  });
});

test('variables follow the settings, and the others of wrangler.toml stay', () => {
  const { vars } = configOf({
    plan: 'free',
    memory: 512,
    canaries: ['a.acme.dev:443'],
    variables: { JOURNAL_DAYS: '7' },
  });
  expect(vars).toMatchObject({
    ...{ LOCATIONS: 'aws:eu-central-1,aws:us-east-1', PROBE_FUNCTION: 'mesh-probe', PROBE_MEMORY_MB: '512' },
    ...{ D1_MAX_BYTES: '500000000', CANARIES: 'a.acme.dev:443', JOURNAL_DAYS: '7', EVIDENCE_DAYS: '90' },
  });
});

test.each(['PUBLIC_URL', 'LAMBDA_ENDPOINT', 'ALLOW_LOOPBACK', 'CRON_TOKEN', 'DEPLOYED_CODE'])(
  'the variable %s cannot be set in the settings',
  (name) => {
    expect(() => configOf({ variables: { [name]: 'x' } })).toThrow(
      `\`variables\` in the settings has ${name}`,
    );
  },
);

test('counters of rate limits are the same at every deployment, and others for another mesh', () => {
  const ids = (name: string): unknown => configOf({ name }).ratelimits;
  expect(ids('mesh')).toEqual(ids('mesh'));
  const all = ['mesh', 'other'].flatMap((name) =>
    (ids(name) as readonly { readonly namespace_id: string }[]).map((one) => one.namespace_id),
  );
  expect(new Set(all).size).toBe(all.length);
  for (const id of all) expect(id).toMatch(/^[1-9]\d{0,9}$/);
});

test('wrangler bundles nothing, and uploads every chunk beside the entry as a module that compiles when it is imported', () => {
  const config = configOf();
  expect(config).toMatchObject({
    no_bundle: true,
    rules: [{ type: 'ESModule', globs: ['**/*.mjs'] }],
    compatibility_flags: ['queue_consumer_no_wait_for_wait_until', 'new_module_registry'],
    upload_source_maps: true,
  });
  for (const name of ['build', 'alias', 'minify', 'keep_names']) expect(config).not.toHaveProperty(name);
});

test('the newest change of Durable Object classes is the last one of wrangler.toml', () => {
  const added = '\n[[migrations]]\ntag = "b"\nnew_sqlite_classes = ["B"]\n';
  expect(newestMigration(`${TOML}${added}`)).toBe('b');
});

test('a queue that the deployment does not know is an error, not a queue of another mesh', () => {
  expect(() => configOf({}, TOML.replaceAll('probemesh-ticks', 'probemesh-others'))).toThrow(
    'probemesh-others',
  );
});

test('backups bind their bucket with their days, and without them there is none', () => {
  const config = configOf({ backups: { days: 14 } });
  expect(config).toMatchObject({ r2_buckets: [{ binding: 'BACKUPS', bucket_name: 'mesh-backups' }] });
  expect(config.vars.BACKUP_DAYS).toBe('14');
  expect(configOf()).not.toHaveProperty('r2_buckets');
});
