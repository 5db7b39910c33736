// Owns the Worker: whether the one that runs is this code with this configuration, deploying it, and what going back would need.
// Does not prove that it works.
import { VERSION } from '../../../src/version.ts';
import { DeployError, type Finding, type Step } from '../step.ts';
import { BACKUP_BUCKET } from './backup-bucket.ts';
import type { CloudflareContext } from './context.ts';
import { MIGRATIONS_STEP } from './database.ts';
import { queueStepId } from './queues.ts';
import type { OutputEntry } from './run-wrangler.ts';
import { type DeployedWorker, isCoordinator, newestVersionId } from './versions.ts';
import { type WorkerBuild, workerBuilder } from './worker-build.ts';
import { secretsToSet } from './worker-secrets.ts';

export const WORKER_STEP = 'cloudflare/worker';

export interface WorkerStepOptions {
  readonly needs: readonly string[];
  /** A release that changes Durable Object classes cannot be rolled back, so a person must have agreed. */
  readonly allowsNoRollback: boolean;
  /** Called before the new version runs. Commands that deploy nothing have none. */
  readonly beforeDeploy?: (previous: DeployedWorker | undefined) => Promise<void>;
}

export function workerStep(context: CloudflareContext, options: WorkerStepOptions): Step {
  const { names, settings, wrangler } = context;
  const { deliveries, deadLetters, ticks } = names;
  const build = workerBuilder(context);
  return {
    id: WORKER_STEP,
    title: `Worker ${names.worker}${settings.domain === null ? ' on workers.dev' : ` at ${settings.domain}`}`,
    needs: [
      MIGRATIONS_STEP,
      ...[deliveries, deadLetters, ticks].map(queueStepId),
      ...(context.settings.backups === null ? [] : [BACKUP_BUCKET]),
      ...options.needs,
    ],
    async inspect(): Promise<Finding> {
      const worker = await context.worker();
      if (worker === undefined) return { state: 'absent', detail: `${VERSION} will be deployed` };
      if (!isCoordinator(worker))
        return { state: 'foreign', detail: `A Worker ${names.worker} is something else than a probemesh.` };
      if ((await context.databaseId()) === undefined)
        return { state: 'different', detail: 'will be deployed', changes: ['its database does not exist'] };
      const changes = differences(worker, await build(), (await context.config())?.vars ?? {});
      const tag = await pendingMigration(context, worker);
      if (tag !== null)
        changes.push(`Durable Object classes: ${worker.migrationTag ?? 'none'} → ${tag}, without a way back`);
      if (await isBehindRollback(context, worker))
        changes.push('a version that was rolled back is the newest one, and secrets cannot be set beside it');
      return changes.length === 0
        ? {
            state: 'same',
            detail: `${worker.variables.PUBLIC_URL ?? ''} ${worker.variables.DEPLOYED_CODE}`.trim(),
          }
        : { state: 'different', detail: `${VERSION} will be deployed`, changes };
    },
    async apply() {
      // The secrets have made a version of their own since the plan.
      const previous = await context.worker({ fresh: true });
      const tag = previous === undefined ? null : await pendingMigration(context, previous);
      if (tag !== null && !options.allowsNoRollback)
        throw new DeployError(
          `This release changes Durable Object classes (${tag}), and Cloudflare cannot roll that back.`,
          'Read the changes, then add --no-rollback. The data stays: D1 has it.',
        );
      await options.beforeDeploy?.(previous);
      const targets = await deploy(context, await build());
      if ((await context.publicUrl()) !== '') return;
      const url = workersDevUrl(targets);
      if (url === undefined)
        throw new DeployError(
          `The Worker ${names.worker} is deployed, but wrangler did not show its address on workers.dev.`,
          'Open the Worker in the dashboard of Cloudflare, enable workers.dev, and run the command again.',
        );
      context.learnPublicUrl(url);
      await deploy(context, await build());
    },
    async remove() {
      const worker = await context.worker({ fresh: true });
      if (worker === undefined) return 'absent';
      if (!isCoordinator(worker)) return 'foreign';
      try {
        await wrangler.run(`The Worker ${names.worker} was not deleted`, [
          ...['delete', '--name', names.worker, '--force'],
        ]);
      } catch (error) {
        // After the deletion wrangler lists namespaces, which a token for a deployment need not be allowed to.
        if ((await context.worker({ fresh: true })) !== undefined) throw error;
      }
      return 'removed';
    },
  };
}

/** Asked only if it matters: secrets are to be set, and wrangler refuses that until the newest version runs. */
const isBehindRollback = async (context: CloudflareContext, worker: DeployedWorker): Promise<boolean> =>
  (await secretsToSet(context)).length > 0 && (await newestVersionId(context)) !== worker.versionId;

/** The tag that a deployment would apply to a Worker that runs. Null: none. */
export async function pendingMigration(
  context: CloudflareContext,
  worker: DeployedWorker,
): Promise<string | null> {
  const newest = await context.newestMigration();
  // The empty Worker that holds secrets before the first deployment has nothing to go back to.
  if (!('PROBE_FUNCTION' in worker.variables)) return null;
  return newest === worker.migrationTag ? null : newest;
}

async function deploy(context: CloudflareContext, { code, config }: WorkerBuild): Promise<readonly string[]> {
  const { wrangler, names, configPath } = context;
  const tag = await context.newestMigration();
  await context.writeConfig({
    DEPLOYED_CODE: code,
    DEPLOYED_CONFIG: config,
    ...(tag === null ? {} : { DEPLOYED_MIGRATION: tag }),
  });
  const { entries } = await wrangler.run(`The Worker ${names.worker} was not deployed`, [
    ...['deploy', '--config', configPath],
    ...['--tag', code, '--message', `probemesh ${VERSION}`],
  ]);
  context.forgetWorker();
  return targetsOf(entries);
}

const targetsOf = (entries: readonly OutputEntry[]): readonly string[] =>
  entries
    .filter(({ type }) => type === 'deploy')
    .flatMap(({ targets }) => (Array.isArray(targets) ? targets.map(String) : []));

const workersDevUrl = (targets: readonly string[]): string | undefined =>
  targets
    .map((target) => /https:\/\/[^\s/]+\.workers\.dev/.exec(target)?.[0])
    .find((url) => url !== undefined);

/** A line for each variable that changes, and one for the code. */
function differences(
  { variables }: DeployedWorker,
  { code, config }: WorkerBuild,
  wanted: Readonly<Record<string, string>>,
): string[] {
  const changes = Object.keys({ ...variables, ...wanted })
    .filter((name) => !name.startsWith('DEPLOYED_') && (variables[name] ?? '') !== (wanted[name] ?? ''))
    .map((name) => `${name} ${variables[name] || 'empty'} → ${wanted[name] || 'empty'}`);
  if (variables.DEPLOYED_CODE !== code)
    changes.push(`code ${variables.DEPLOYED_CODE ?? 'unknown'} → ${code}`);
  if (changes.length === 0 && variables.DEPLOYED_CONFIG !== config)
    changes.push('bindings, domains or triggers');
  return changes;
}
