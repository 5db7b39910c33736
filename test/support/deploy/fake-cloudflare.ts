// Owns an account of Cloudflare as wrangler 4.164 shows it: the same arguments, outputs and errors. Its D1 is SQLite, which runs the
// real migrations. Knows only the calls that a deployment makes, and throws for every other.
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type {
  OutputEntry,
  WranglerResult,
  WranglerRunner,
} from '../../../scripts/deploy/cloudflare/run-wrangler.ts';

interface Version {
  readonly id: string;
  readonly bindings: readonly { readonly type: string; readonly name: string; readonly text?: string }[];
  readonly secrets: ReadonlyMap<string, string>;
  readonly migrationTag: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Script {
  versions: Version[];
  deployed: string;
}

interface Config {
  readonly name: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly routes: readonly { readonly pattern: string }[];
  readonly workers_dev: boolean;
  readonly d1_databases: readonly [{ readonly database_id: string; readonly migrations_dir: string }];
  readonly queues: {
    readonly producers: readonly { readonly queue: string }[];
    readonly consumers: readonly { readonly queue: string; readonly dead_letter_queue?: string }[];
  };
  readonly migrations?: readonly { readonly tag: string }[];
}

/** A call ends without an answer: before it has any effect, or after it. */
export interface Kill {
  readonly call: number;
  readonly isAfter: boolean;
}

export class Killed extends Error {}

const ACCOUNT = '0123456789abcdef0123456789abcdef';

export class FakeCloudflare {
  /** Arguments of every call, as one text each, without paths of this machine. */
  readonly calls: string[] = [];
  /** What every call read. */
  readonly inputs: string[] = [];
  readonly databases = new Map<string, { readonly id: string; readonly sqlite: DatabaseSync }>();
  readonly queues = new Map<string, { readonly producers: Set<string>; readonly consumers: Set<string> }>();
  readonly buckets = new Set<string>();
  readonly scripts = new Map<string, Script>();
  readonly #root: string;
  /** What the bundle of a dry run has. Another text is another release. */
  code = 'export default {};';
  subdomain = 'acme';
  kill: Kill | null = null;
  /** The same, counted among the calls that set secrets. */
  killAtSecrets: Kill | null = null;
  isDead = false;
  /** The next call whose arguments match fails with this error. */
  failing: { readonly pattern: RegExp; readonly error: string; times: number } | null = null;

  constructor(root: string) {
    this.#root = root;
  }

  /** The version that runs. */
  running(name: string): Version | undefined {
    const script = this.scripts.get(name);
    return script?.versions.find(({ id }) => id === script.deployed);
  }

  /** The code is `code`: building the real one takes seconds. */
  readonly buildModules = async (_outDir: string): Promise<unknown> => undefined;

  runner: WranglerRunner = async (args, input = '') => {
    if (this.isDead) throw new Killed('wrangler was killed');
    this.calls.push(args.join(' ').replaceAll(this.#root, '.'));
    this.inputs.push(input);
    const changes = this.calls.filter((call) => call.startsWith('secret bulk')).length;
    const kill = args[1] === 'bulk' && this.killAtSecrets?.call === changes ? this.killAtSecrets : this.kill;
    const isLast = kill !== null && (kill === this.killAtSecrets || kill.call === this.calls.length);
    if (isLast && !kill.isAfter) this.#die();
    const { failing } = this;
    if (failing && failing.times > 0 && failing.pattern.test(args.join(' '))) {
      failing.times -= 1;
      return failed(failing.error);
    }
    const result = this.#run(args, input);
    if (isLast) this.#die();
    return result;
  };

  #die(): never {
    this.isDead = true;
    throw new Killed('wrangler was killed');
  }

  /** The same account, for a run after one that was killed. */
  revive(): void {
    this.isDead = false;
    this.kill = null;
    this.killAtSecrets = null;
    this.calls.length = 0;
    this.inputs.length = 0;
  }

  #run(args: readonly string[], input: string): WranglerResult {
    const command = args.filter((arg) => !arg.startsWith('-'));
    const option = (name: string): string => args[args.indexOf(name) + 1] ?? '';
    const [first = '', second = '', third = ''] = command;
    const config = (): Config => JSON.parse(readFileSync(option('--config'), 'utf8')) as Config;
    switch (`${first} ${second}`) {
      case `whoami ${second}`:
        return ok(
          json({
            loggedIn: true,
            authType: 'User API Token',
            email: 'ada@acme.dev',
            accounts: [{ name: 'Acme', id: ACCOUNT }],
          }),
        );
      case 'd1 list':
        return ok(
          json([...this.databases].map(([name, { id }]) => ({ uuid: id, name, version: 'production' }))),
        );
      case 'd1 create':
        return this.#createDatabase(third);
      case 'd1 delete':
        if (!this.databases.delete(third))
          return failed(`Couldn't find a D1 DB with name or binding '${third}'`);
        return ok(`Deleting...\nDeleted '${third}' successfully.`);
      case 'd1 execute':
        return this.#execute(third, option('--command'));
      case 'd1 migrations':
        return this.#migrate(config(), option('--config'));
      case 'queues info':
        return this.#queueInfo(third);
      case 'queues create':
        if (this.queues.has(third)) return failed(`Queue name '${third}' is already taken. [code: 11009]`);
        this.queues.set(third, { producers: new Set(), consumers: new Set() });
        return ok(`🌀 Creating queue '${third}'\n✅ Created queue '${third}'`);
      case 'queues delete':
        return this.queues.delete(third)
          ? ok(`Deleting queue ${third}.\nDeleted queue ${third}.`)
          : failed(`Queue "${third}" does not exist. To create it, run: wrangler queues create ${third}`);
      case 'r2 bucket':
        return this.#bucket(third, args[3] ?? '');
      case 'secret list':
        return this.#secretList(option('--name'));
      case 'secret bulk':
        return this.#secretBulk(option('--name'), input);
      case 'deployments status':
        return this.#status(option('--name'));
      case 'versions list':
        return this.#versionList(option('--name'));
      case 'versions secret':
        return this.#secretBulk(option('--name'), input, false);
      case 'versions view':
        return this.#view(option('--name'), third);
      default:
        break;
    }
    if (first === 'deploy')
      return args.includes('--dry-run') ? this.#dryRun(option('--outdir')) : this.#deploy(config(), args);
    if (first === 'rollback') return this.#rollBack(option('--name'), second);
    if (first === 'delete') return this.#deleteWorker(option('--name'));
    throw new Error(`wrangler ${args.join(' ')} is not part of a deployment.`);
  }

  #createDatabase(name: string): WranglerResult {
    if (this.databases.has(name)) return failed('A database with that name already exists');
    this.databases.set(name, { id: randomUUID(), sqlite: new DatabaseSync(':memory:') });
    return ok(`✅ Successfully created DB '${name}' in region WEUR\nCreated your new D1 database.`);
  }

  #execute(name: string, sql: string): WranglerResult {
    const database = this.databases.get(name);
    if (!database) return failed(`Couldn't find a D1 DB with name or binding '${name}'`);
    const results = database.sqlite.prepare(sql).all();
    return ok(json([{ results, success: true, meta: { served_by: 'v3-prod', duration: 0.2, changes: 0 } }]));
  }

  #migrate(config: Config, configPath: string): WranglerResult {
    const [{ database_id, migrations_dir }] = config.d1_databases;
    const database = [...this.databases.values()].find(({ id }) => id === database_id);
    if (!database) return failed(`The database ${database_id} could not be found [code: 7404]`);
    database.sqlite.exec(
      'create table if not exists d1_migrations(id integer primary key autoincrement, name text unique, applied_at timestamp default current_timestamp not null)',
    );
    const applied = new Set(
      database.sqlite
        .prepare('select name from d1_migrations')
        .all()
        .map((row) => row.name),
    );
    const folder = join(dirname(configPath), migrations_dir);
    for (const name of readdirSync(folder)
      .filter((file) => file.endsWith('.sql'))
      .sort()) {
      if (applied.has(name)) continue;
      database.sqlite.exec(readFileSync(join(folder, name), 'utf8'));
      database.sqlite.prepare('insert into d1_migrations (name) values (?)').run(name);
    }
    return ok('Migrations to be applied:\n✅');
  }

  #bucket(action: string, name: string): WranglerResult {
    if (action === 'create') {
      if (this.buckets.has(name))
        return failed('The bucket you tried to create already exists, and you own it. [code: 10004]');
      this.buckets.add(name);
      return ok(
        `Creating bucket '${name}'...\n✅ Created bucket '${name}' with default storage class of Standard.`,
      );
    }
    return this.buckets.has(name)
      ? ok(json({ name, object_count: '0' }))
      : failed('The specified bucket does not exist. [code: 10006]');
  }

  #queueInfo(name: string): WranglerResult {
    const queue = this.queues.get(name);
    if (!queue)
      return failed(`Queue "${name}" does not exist. To create it, run: wrangler queues create ${name}`);
    const list = (scripts: ReadonlySet<string>): string =>
      [...scripts].map((script) => ` worker:${script}`).join();
    return ok(
      [
        `Queue Name: ${name}`,
        'Queue ID: 7f3b3a',
        `Number of Producers: ${queue.producers.size}`,
        ...(queue.producers.size > 0 ? [`Producers:${list(queue.producers)}`] : []),
        `Number of Consumers: ${queue.consumers.size}`,
        ...(queue.consumers.size > 0 ? [`Consumers:${list(queue.consumers)}`] : []),
      ].join('\n'),
    );
  }

  #secretList(name: string): WranglerResult {
    const running = this.running(name);
    if (!running)
      return failed(
        `Worker "${name}" not found.\n\nIf this is a new Worker, run \`wrangler deploy\` first to create it.`,
      );
    return ok(json([...running.secrets.keys()].map((secret) => ({ name: secret, type: 'secret_text' }))));
  }

  #secretBulk(name: string, input: string, deploys = true): WranglerResult {
    const script = this.scripts.get(name);
    const running = deploys ? this.running(name) : script?.versions.at(-1);
    if (deploys && script && script.versions.at(-1)?.id !== script.deployed)
      return failed(
        "Secret edit failed. You attempted to modify a secret, but the latest version of your Worker isn't currently deployed.",
      );
    const deployed = script?.deployed;
    const secrets = new Map(running?.secrets);
    for (const [key, value] of Object.entries(JSON.parse(input) as Record<string, string | null>))
      if (value === null) secrets.delete(key);
      else secrets.set(key, value);
    this.#addVersion(name, {
      bindings: running?.bindings ?? [],
      ...{ secrets, migrationTag: running?.migrationTag, annotations: { 'workers/triggered_by': 'secret' } },
    });
    if (!deploys) script!.deployed = deployed!;
    return ok(`🌀 Processing the secrets for the Worker "${name}"\n\nFinished processing secrets file:`);
  }

  #addVersion(name: string, version: Omit<Version, 'id'>): string {
    const id = randomUUID();
    const script = this.scripts.get(name) ?? { versions: [], deployed: id };
    script.versions.push({ id, ...version });
    script.deployed = id;
    this.scripts.set(name, script);
    return id;
  }

  #status(name: string): WranglerResult {
    const script = this.scripts.get(name);
    if (!script) return noWorker(name, 'deployments');
    return ok(
      json({
        id: randomUUID(),
        source: 'wrangler',
        strategy: 'percentage',
        author_email: 'ada@acme.dev',
        created_on: '2026-11-26T10:00:00.000Z',
        versions: [{ version_id: script.deployed, percentage: 100 }],
      }),
    );
  }

  #versionList(name: string): WranglerResult {
    const script = this.scripts.get(name);
    if (!script) return noWorker(name, 'versions');
    return ok(
      json(script.versions.map(({ id, annotations }, index) => ({ id, number: index + 1, annotations }))),
    );
  }

  #view(name: string, id: string): WranglerResult {
    const version = this.scripts.get(name)?.versions.find((one) => one.id === id);
    if (!version) return noWorker(name, `versions/${id}`);
    return ok(
      json({
        id,
        number: 1,
        metadata: { created_on: '2026-11-26T10:00:00.000Z', source: 'wrangler' },
        annotations: version.annotations,
        resources: {
          bindings: [
            ...version.bindings,
            ...[...version.secrets.keys()].map((secret) => ({ type: 'secret_text', name: secret })),
          ],
          script: { etag: 'e', handlers: ['fetch', 'queue', 'scheduled'] },
          script_runtime: {
            compatibility_date: '2026-11-09',
            ...(version.migrationTag === undefined ? {} : { migration_tag: version.migrationTag }),
          },
        },
      }),
    );
  }

  #dryRun(folder: string): WranglerResult {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'worker.js'), this.code);
    return ok('Total Upload: 2610.00 KiB / gzip: 524.00 KiB\n--dry-run: exiting now.');
  }

  #deploy(config: Config, args: readonly string[]): WranglerResult {
    const { name, vars, queues, routes, workers_dev } = config;
    const [{ database_id }] = config.d1_databases;
    if (![...this.databases.values()].some(({ id }) => id === database_id))
      return failed('binding DB of type d1 must have a valid `id` specified [code: 10021]');
    const consumed = queues.consumers.flatMap(({ queue, dead_letter_queue: dead }) => [
      queue,
      ...(dead ? [dead] : []),
    ]);
    for (const queue of [...queues.producers.map((one) => one.queue), ...consumed])
      if (!this.queues.has(queue))
        return failed(`Queue "${queue}" does not exist. To create it, run: wrangler queues create ${queue}`);
    for (const { queue } of queues.producers) this.queues.get(queue)!.producers.add(name);
    for (const { queue } of queues.consumers) this.queues.get(queue)!.consumers.add(name);
    const tag = args[args.indexOf('--tag') + 1] ?? '';
    const id = this.#addVersion(name, {
      bindings: [
        ...Object.entries(vars).map(([key, text]) => ({ type: 'plain_text', name: key, text })),
        { type: 'd1', name: 'DB' },
      ],
      // Of the newest version, whether it runs or not.
      secrets: this.scripts.get(name)?.versions.at(-1)?.secrets ?? new Map(),
      migrationTag: config.migrations?.at(-1)?.tag,
      annotations: { 'workers/tag': tag, 'workers/triggered_by': 'upload' },
    });
    const targets = [
      ...(workers_dev ? [`https://${name}.${this.subdomain}.workers.dev`] : []),
      ...routes.map(({ pattern }) => `${pattern} (custom domain)`),
      'schedule: * * * * *',
    ];
    return ok(`Uploaded ${name} (3.1 sec)\nCurrent Version ID: ${id}`, [
      { type: 'deploy', version: 1, worker_name: name, worker_tag: 't', version_id: id, targets },
    ]);
  }

  #rollBack(name: string, id: string): WranglerResult {
    const script = this.scripts.get(name);
    const target = script?.versions.find((one) => one.id === id);
    if (!script || !target) return noWorker(name, `versions/${id}`);
    if (target.migrationTag !== this.running(name)?.migrationTag)
      return failed('Cannot roll back to a version before a Durable Object migration. [code: 10211]');
    script.deployed = id;
    return ok(`Worker Version ${id} has been deployed to 100% of traffic.\n\nCurrent Version ID: ${id}`);
  }

  #deleteWorker(name: string): WranglerResult {
    if (!this.scripts.delete(name)) return noWorker(name, '');
    for (const { producers, consumers } of this.queues.values()) {
      producers.delete(name);
      consumers.delete(name);
    }
    return ok(`Successfully deleted ${name}`);
  }
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);

const ok = (stdout: string, entries: readonly OutputEntry[] = []): WranglerResult => ({
  ...{ exitCode: 0, stdout: `${stdout}\n`, stderr: '', entries },
});

const failed = (error: string): WranglerResult => ({
  ...{ exitCode: 1, stdout: '', stderr: `✘ [ERROR] ${error}\n\n`, entries: [] },
});

const noWorker = (name: string, path: string): WranglerResult =>
  failed(
    `A request to the Cloudflare API (/accounts/${ACCOUNT}/workers/scripts/${name}/${path}) failed.\n\n  This Worker does not exist on your account. [code: 10007]`,
  );
