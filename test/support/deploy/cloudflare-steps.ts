// Owns the steps at Cloudflare over an account of a test, without AWS.
import { join } from 'node:path';
import { buildWorker } from '../../../scripts/build-worker.ts';
import { backupBucketSteps } from '../../../scripts/deploy/cloudflare/backup-bucket.ts';
import { type CloudflareContext, cloudflareContext } from '../../../scripts/deploy/cloudflare/context.ts';
import { databaseStep, migrationsStep } from '../../../scripts/deploy/cloudflare/database.ts';
import { DOMAINS_STEP, domainsStep } from '../../../scripts/deploy/cloudflare/domains.ts';
import { queueSteps } from '../../../scripts/deploy/cloudflare/queues.ts';
import { workerStep } from '../../../scripts/deploy/cloudflare/worker.ts';
import { SECRETS_STEP, secretsStep } from '../../../scripts/deploy/cloudflare/worker-secrets.ts';
import { namesOf } from '../../../scripts/deploy/names.ts';
import { inspectAll, type PlannedStep, stateOf } from '../../../scripts/deploy/plan.ts';
import { runSteps, type StepReport } from '../../../scripts/deploy/run-steps.ts';
import { openSecrets, type SecretsFile } from '../../../scripts/deploy/secrets-file.ts';
import { FILE_STEP, secretsFileStep } from '../../../scripts/deploy/secrets-file-step.ts';
import { type Settings, type SettingsInput, settingsSchema } from '../../../scripts/deploy/settings.ts';
import type { Step } from '../../../scripts/deploy/step.ts';
import type { FakeCloudflare } from './fake-cloudflare.ts';

export const SETTINGS: SettingsInput = { name: 'mesh', regions: ['eu-central-1', 'us-east-1'] };

export interface CloudflareRun {
  readonly context: CloudflareContext;
  readonly secrets: SecretsFile;
  readonly steps: readonly Step[];
}

export interface CloudflareRunOptions {
  readonly settings?: Partial<SettingsInput>;
  readonly env?: Readonly<Record<string, string>>;
  readonly allowsNoRollback?: boolean;
  readonly replacesDns?: boolean;
  readonly usedHosts?: readonly string[];
}

/** A new run, as a new process would begin it. The AWS access key is known. */
export async function cloudflareRun(
  root: string,
  {
    runner,
    buildModules = buildWorker,
  }: Pick<FakeCloudflare, 'runner'> & Partial<Pick<FakeCloudflare, 'buildModules'>>,
  options: CloudflareRunOptions = {},
): Promise<CloudflareRun> {
  const settings: Settings = settingsSchema.parse({ ...SETTINGS, ...options.settings });
  const env = {
    PROBEMESH_AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    PROBEMESH_AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI',
    ...options.env,
  };
  const secrets = await openSecrets({ path: join(root, 'probemesh.secrets.json'), mesh: settings.name, env });
  const context = await cloudflareContext({
    ...{ settings, names: namesOf(settings), secrets, runner, buildModules, root },
    pageCopyUrl: async () => '',
    publicKeys: async () => '',
  });
  const { allowsNoRollback = false, replacesDns = false, usedHosts = [] } = options;
  const steps = [
    secretsFileStep(context, env),
    databaseStep(context),
    ...queueSteps(context),
    ...backupBucketSteps(context),
    migrationsStep(context, []),
    secretsStep(context, [FILE_STEP]),
    domainsStep(context, { replacesDns, hasRecords: async (host) => usedHosts.includes(host) }),
    workerStep(context, {
      needs: [SECRETS_STEP, DOMAINS_STEP],
      allowsNoRollback,
      beforeDeploy: async () => undefined,
    }),
  ];
  return { context, secrets, steps };
}

export const carriedOut = (plan: readonly PlannedStep[]): Promise<StepReport[]> =>
  runSteps(plan, {
    ...{ now: () => 0, signal: new AbortController().signal },
    ...{ onBegin: () => undefined, onEnd: () => undefined },
  });

/** Plans and carries out. */
export async function deployed(run: CloudflareRun): Promise<StepReport[]> {
  return carriedOut(await inspectAll(run.steps));
}

/** `cloudflare/worker: done` */
export const outcomes = (reports: readonly StepReport[]): Record<string, string> =>
  Object.fromEntries(reports.map(({ step, outcome }) => [step.id, outcome.state]));

export const states = (plan: readonly PlannedStep[]): Record<string, string> =>
  Object.fromEntries(plan.map((planned) => [planned.step.id, stateOf(planned)]));

/** What failed, and what to do about it. */
export const failures = (reports: readonly StepReport[]): string[] =>
  reports.flatMap(({ outcome }) => (outcome.state === 'failed' ? [outcome.error.message] : []));
