// Owns what a command works on: the settings, both accounts, the secrets, and the list of all steps in their order: probes, then
// migrations, then the Worker, then the watchdogs and the keys with which probes sign. Does not run a step.
import { dirname, join } from 'node:path';
import { buildWorker } from '../build-worker.ts';
import { type Credentials, callerOf, createClients } from './aws/clients.ts';
import type { AwsContext } from './aws/context.ts';
import { type LeftSteps, leftSteps } from './aws/left-steps.ts';
import { pageCopyUrl } from './aws/page-bucket-step.ts';
import { SIGNING } from './aws/probe-steps.ts';
import { homeRegionOf } from './aws/regions.ts';
import { ACCESS_KEY, awsSteps } from './aws/steps.ts';
import { findAccount } from './cloudflare/account.ts';
import { BACKUP_BUCKET, backupBucketSteps } from './cloudflare/backup-bucket.ts';
import { type CloudflareContext, cloudflareContext } from './cloudflare/context.ts';
import { DATABASE_STEP, databaseStep, MIGRATIONS_STEP, migrationsStep } from './cloudflare/database.ts';
import { DOMAINS_STEP, domainsStep } from './cloudflare/domains.ts';
import { queueStepId, queueSteps } from './cloudflare/queues.ts';
import type { WranglerRunner } from './cloudflare/run-wrangler.ts';
import type { DeployedWorker } from './cloudflare/versions.ts';
import { WORKER_STEP, workerStep } from './cloudflare/worker.ts';
import { SECRETS_STEP, secretsStep } from './cloudflare/worker-secrets.ts';
import { emergencyOf, watchdogSecretsText } from './emergency.ts';
import { type Names, namesOf } from './names.ts';
import { UsageError } from './options.ts';
import type { ProofSurroundings } from './proof.ts';
import { openSecrets, SECRETS_FILE, type SecretsFile } from './secrets-file.ts';
import { FILE_STEP, secretsFileStep } from './secrets-file-step.ts';
import type { Settings } from './settings.ts';
import { announcesKeys, endOfSigningStep, probeSigning, publicKeysFor, SIGNING_END_STEP } from './signing.ts';
import { asDeployError, DeployError, type Step } from './step.ts';

/** What differs between a terminal and a test. */
export interface Surroundings extends ProofSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The project. */
  readonly root: string;
  readonly runner: WranglerRunner;
  /** Builds the modules of the Worker into a folder. Undefined: as always. */
  readonly buildModules?: (outDir: string) => Promise<unknown>;
  /** The code of the functions, as this checkout builds it. */
  readonly probe: () => Promise<AwsContext['probe']>;
  /** All services of AWS at one address. Undefined: `AWS_ENDPOINT_URL`, else AWS. */
  readonly awsEndpoint?: string;
  /** Undefined: the standard chain. */
  readonly awsCredentials?: Credentials;
  readonly log: (line: string) => void;
  /** Whether a host has DNS records. */
  readonly hasRecords: (host: string) => Promise<boolean>;
}

export interface MeshOptions {
  readonly settings: Settings;
  readonly settingsPath: string;
  /** Null: all regions of the settings. */
  readonly regions: readonly string[] | null;
  readonly allowsNoRollback: boolean;
  readonly replacesDns: boolean;
  /** Look into every region of AWS for what earlier settings left. */
  readonly looksForLeft: boolean;
  readonly beforeDeploy?: (previous: DeployedWorker | undefined) => Promise<void>;
}

export interface Mesh {
  readonly settings: Settings;
  readonly names: Names;
  readonly secrets: SecretsFile;
  readonly cloudflare: CloudflareContext;
  readonly aws: AwsContext;
  /** Regions whose probes this run deploys. */
  readonly regions: readonly string[];
  readonly steps: readonly Step[];
  /** What earlier settings left on AWS. Null: this command does not look for it. */
  readonly left: LeftSteps | null;
  /** Whose accounts they are, in words. */
  readonly accounts: { readonly aws: string; readonly cloudflare: string };
  close(): void;
}

export const probeStepId = (region: string): string => `aws/${region}/probe`;

/** Throws a DeployError if an account is not accessible, and a {@link UsageError} for regions that the settings lack. */
export async function openMesh(options: MeshOptions, surroundings: Surroundings): Promise<Mesh> {
  const { settings, settingsPath } = options;
  const { env, root, runner } = surroundings;
  const regions = chosenRegions(settings, options.regions);
  const names = namesOf(settings);
  const secrets = await openSecrets({
    path: join(dirname(settingsPath), SECRETS_FILE),
    mesh: settings.name,
    env,
  });
  const emergency = emergencyOf(settings, env);
  const homeRegion = homeRegionOf(settings.regions[0]!);
  const clients = createClients({
    homeRegion,
    ...(surroundings.awsEndpoint === undefined ? {} : { endpoint: surroundings.awsEndpoint }),
    ...(surroundings.awsCredentials === undefined ? {} : { credentials: surroundings.awsCredentials }),
  });
  try {
    const cloudflare: CloudflareContext = await cloudflareContext({
      ...{ settings, names, secrets, runner, root },
      buildModules: surroundings.buildModules ?? buildWorker,
      pageCopyUrl: async () => (await pageCopyUrl(aws)) ?? '',
      publicKeys: () => publicKeysFor(cloudflare, options.regions === null),
    });
    const [caller, account, probe] = await allAccounts(
      callerOf(clients, homeRegion),
      findAccount(cloudflare.wrangler, env.CLOUDFLARE_ACCOUNT_ID),
      surroundings.probe(),
    );
    const aws: AwsContext = {
      ...{ settings, names, clients, probe, accountId: caller.accountId },
      onAccessKey: ({ accessKeyId, secretAccessKey }) =>
        secrets.change({ awsAccessKeyId: accessKeyId, awsSecretAccessKey: secretAccessKey }),
      existingAccessKeyId: () => secrets.get('awsAccessKeyId') ?? null,
      watchdogSecrets: () => {
        const watchdogKey = secrets.get('watchdogKey');
        return watchdogKey === undefined ? null : watchdogSecretsText({ watchdogKey, emergency });
      },
      signing: probeSigning(cloudflare, surroundings),
      coordinatorUrl: cloudflare.knownUrl,
      coordinatorNeeds: [WORKER_STEP],
      log: surroundings.log,
      wait: surroundings.wait,
    };
    const [left, announces] = await Promise.all([
      options.looksForLeft ? leftSteps(aws) : null,
      announcesKeys(cloudflare),
      cloudflare.publicUrl(),
    ]);
    // A run for some regions cannot say that no probe signs.
    const endsSigning = !settings.signRequests && announces && options.regions === null;
    const steps = orderedSteps(
      [
        secretsFileStep(cloudflare, env),
        ...awsSteps(aws),
        ...(left?.retire ?? []),
        databaseStep(cloudflare),
        ...queueSteps(cloudflare),
        ...backupBucketSteps(cloudflare),
        migrationsStep(cloudflare, regions.map(probeStepId)),
        secretsStep(cloudflare, [FILE_STEP, ACCESS_KEY]),
        domainsStep(cloudflare, { ...options, hasRecords: surroundings.hasRecords }),
        ...(endsSigning ? [endOfSigningStep(regions.map(probeStepId), surroundings.wait)] : []),
        workerStep(cloudflare, {
          ...options,
          needs: [SECRETS_STEP, DOMAINS_STEP, ...(endsSigning ? [SIGNING_END_STEP] : [])],
        }),
      ],
      settings.regions.filter((region) => !regions.includes(region)),
    );
    return {
      ...{ settings, names, secrets, cloudflare, aws, regions, steps, left },
      accounts: { aws: `${caller.accountId} (${caller.arn})`, cloudflare: `${account.name} (${account.id})` },
      close: () => clients.destroy(),
    };
  } catch (error) {
    clients.destroy();
    throw error;
  }
}

/** A person who lacks both accounts learns that at once. */
async function allAccounts<A, B, C>(
  aws: Promise<A>,
  cloudflare: Promise<B>,
  probe: Promise<C>,
): Promise<[A, B, C]> {
  const settled = await Promise.allSettled([aws, cloudflare, probe]);
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [asDeployError(one.reason)] : []));
  if (errors.length > 1)
    throw new DeployError(errors.map(({ what }) => what).join(' '), errors.map(({ fix }) => fix).join(' '));
  return Promise.all([aws, cloudflare, probe]);
}

function chosenRegions(settings: Settings, chosen: readonly string[] | null): readonly string[] {
  if (chosen === null) return settings.regions;
  const unknown = chosen.find((region) => !settings.regions.includes(region));
  if (unknown !== undefined)
    throw new UsageError(
      `--regions has ${unknown}, which the settings do not have. Add it to \`regions\` there, or leave it out.`,
    );
  return chosen;
}

/** As the plan shows them. Probes of regions that were not chosen are left out; a watchdog's secrets need the file. */
function orderedSteps(steps: readonly Step[], leftOut: readonly string[]): Step[] {
  const kept = steps
    .filter(({ id }) => !leftOut.some((region) => id.startsWith(`${probeStepId(region)}`)))
    .map((step) =>
      step.id.endsWith('/watchdog-secrets') ? { ...step, needs: [...step.needs, FILE_STEP] } : step,
    );
  const rank = ({ id }: Step): number => {
    if (id === FILE_STEP) return 0;
    if (id.includes('/watchdog') || id.includes('/schedule') || id.endsWith(SIGNING)) return 4;
    if (id === WORKER_STEP) return 3;
    return [DATABASE_STEP, MIGRATIONS_STEP, SECRETS_STEP, DOMAINS_STEP, BACKUP_BUCKET].includes(id) ||
      id.startsWith(queueStepId(''))
      ? 2
      : 1;
  };
  return kept.toSorted((a, b) => rank(a) - rank(b));
}
