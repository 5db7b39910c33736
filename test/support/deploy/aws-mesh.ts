// Owns a local AWS with a mesh to deploy to it: its context, running steps, and what exists then, without ids and times.
import { setTimeout as sleep } from 'node:timers/promises';
import { zipSync } from 'fflate';
import { type AwsClients, createClients } from '../../../scripts/deploy/aws/clients.ts';
import type { AccessKey, AwsContext } from '../../../scripts/deploy/aws/context.ts';
import { deployerPolicy, regionsOf } from '../../../scripts/deploy/aws/policies/deployer.ts';
import { awsSteps } from '../../../scripts/deploy/aws/steps.ts';
import { namesOf } from '../../../scripts/deploy/names.ts';
import { type Settings, type SettingsInput, settingsSchema } from '../../../scripts/deploy/settings.ts';
import { DeployError, type Finding, type Step } from '../../../scripts/deploy/step.ts';
import type { Call } from '../../../scripts/local-aws/faults.ts';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../../../scripts/local-aws/local-aws.ts';
import { ACCOUNT } from './simulate-iam.ts';

const DEPLOYER = { accessKeyId: 'AKIADEPLOYER00000000', secretAccessKey: 'deployer-secret' };
const ROOT = { accessKeyId: 'AKIAROOT000000000000', secretAccessKey: 'root-secret' };

export const EIGHT = [
  'us-east-1',
  'us-west-2',
  'eu-central-1',
  'eu-west-1',
  'ap-southeast-1',
  'ap-northeast-1',
  'sa-east-1',
  'ca-central-1',
];

export interface AwsMesh {
  readonly aws: LocalAws;
  /** Someone with all permissions: makes what is not of the mesh. */
  readonly root: AwsClients;
  /** What the deployment has kept. A test may change it. */
  readonly kept: { key: AccessKey | null; coordinatorUrl: string | null; secrets: string; zip: Uint8Array };
  readonly logged: string[];
  context(settings?: SettingsInput, options?: { maxAttempts?: number }): AwsContext;
  /** Calls that changed something, since the last time. */
  mutations(): Call[];
  stop(): Promise<void>;
}

export const SMALL: SettingsInput = {
  name: 'acme',
  regions: ['us-east-1', 'eu-central-1'],
  watchdog: { regions: ['eu-central-1', 'us-east-1'] },
};

/** A zip with both handlers, small enough for many deployments. */
export const zipOf = (text: string): Uint8Array => {
  const code = (name: string): Uint8Array =>
    Buffer.from(
      `export const handler = async (event) => ({ handler: '${name}', text: '${text}', event });\n`,
    );
  return zipSync(
    { 'index.mjs': code('index'), 'watchdog.mjs': code('watchdog') },
    { mtime: '1980-01-01T00:00:00' },
  );
};

type LocalOptions = Partial<Pick<LocalAwsOptions, 'enforcePolicies' | 'functionEnvironment' | 'log'>>;

export async function startAwsMesh(
  input: SettingsInput = SMALL,
  { enforcePolicies = true, functionEnvironment = {}, log }: LocalOptions = {},
): Promise<AwsMesh> {
  const settings = settingsSchema.parse(input);
  const names = namesOf(settings);
  const policy = deployerPolicy({ accountId: ACCOUNT, names }, regionsOf(settings));
  const aws = await startLocalAws({
    port: 0,
    accountId: ACCOUNT,
    users: [
      { name: 'deployer', credentials: DEPLOYER, policy },
      { name: 'root', credentials: ROOT },
    ],
    ...{ enforcePolicies, functionEnvironment },
    ...(log && { log }),
  });
  const open: AwsClients[] = [];
  const clientsOf = (credentials: AccessKey, maxAttempts: number): AwsClients => {
    const clients = createClients({ homeRegion: 'us-east-1', credentials, endpoint: aws.url, maxAttempts });
    open.push(clients);
    return clients;
  };
  const kept: AwsMesh['kept'] = {
    key: null,
    coordinatorUrl: 'https://mesh.acme.dev',
    secrets: '{"watchdogKey":"k","emergency":null}',
    zip: zipOf('first'),
  };
  const logged: string[] = [];
  let seen = 0;
  return {
    aws,
    root: clientsOf(ROOT, 3),
    kept,
    logged,
    context(given = input, { maxAttempts = 5 } = {}) {
      const parsed: Settings = settingsSchema.parse(given);
      return {
        settings: parsed,
        names: namesOf(parsed),
        accountId: ACCOUNT,
        clients: clientsOf(DEPLOYER, maxAttempts),
        probe: { zip: kept.zip, build: `0.1.0+${kept.zip.length}` },
        onAccessKey: async (key) => {
          kept.key = key;
        },
        existingAccessKeyId: () => kept.key?.accessKeyId ?? null,
        watchdogSecrets: () => kept.secrets,
        signing: {
          variables: () => ({
            PROBEMESH_SIGNING_KEY: 'k',
            PROBEMESH_SIGNATURE_AGENT: 'https://mesh.acme.dev',
          }),
          isPublished: async () => true,
        },
        coordinatorUrl: () => kept.coordinatorUrl,
        log: (line) => logged.push(line),
        wait: () => sleep(5),
      };
    },
    mutations() {
      const calls = aws.calls.slice(seen).filter(({ mutates }) => mutates);
      seen = aws.calls.length;
      return calls;
    },
    async stop() {
      for (const clients of open) clients.destroy();
      await aws.stop();
    },
  };
}

export interface Deployment {
  readonly plan: Readonly<Record<string, Finding | DeployError>>;
  /** Steps that failed, and those that need them. */
  readonly failed: Readonly<Record<string, string>>;
}

/** Inspects all, then applies what is not as it should be. Errors other than DeployErrors are bugs, and are thrown. */
export async function deploy(
  context: AwsContext,
  { inOrder = false, steps = awsSteps(context) }: { inOrder?: boolean; steps?: readonly Step[] } = {},
): Promise<Deployment> {
  const plan: Record<string, Finding | DeployError> = {};
  await Promise.all(
    steps.map(async (step) => {
      plan[step.id] = await step.inspect().catch(onlyDeployErrors);
    }),
  );
  const failed: Record<string, string> = {};
  const started = new Map<string, Promise<boolean>>();
  const run = (step: Step): Promise<boolean> => {
    const known = started.get(step.id);
    if (known) return known;
    const running = (async (): Promise<boolean> => {
      const needs = steps.filter(({ id }) => step.needs.includes(id));
      const ended = await Promise.all(needs.map(run));
      const found = plan[step.id]!;
      if (ended.includes(false)) failed[step.id] = 'skipped';
      else if (found instanceof DeployError) failed[step.id] = found.message;
      else if (found.state === 'foreign') failed[step.id] = found.detail;
      else if (found.state !== 'same') {
        const error = await step.apply(found).then(() => null, onlyDeployErrors);
        if (error) failed[step.id] = error.message;
      }
      return !(step.id in failed);
    })();
    started.set(step.id, running);
    return running;
  };
  if (inOrder) for (const step of steps) await run(step);
  else await Promise.all(steps.map(run));
  return { plan, failed };
}

function onlyDeployErrors(error: unknown): DeployError {
  if (error instanceof DeployError) return error;
  throw error;
}

export const statesOf = ({ plan }: Deployment): Set<string> =>
  new Set(Object.values(plan).map((found) => (found instanceof DeployError ? 'unknown' : found.state)));

/** All that exists in the account, without what differs between two equal deployments. */
export function whatExists({ aws, kept }: AwsMesh): unknown {
  const { state } = aws;
  const plain = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return `${value.length} bytes`;
    if (value instanceof Map)
      return plain(Object.fromEntries([...value].sort(([a], [b]) => (a < b ? -1 : 1))));
    if (value instanceof Set) return [...value];
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !VARYING.has(name))
        .map(([name, inner]) => [name, plain(inner)]),
    );
  };
  const users = [...state.users.values()]
    .filter(({ name }) => name !== 'deployer' && name !== 'root')
    .map((user) => ({
      ...user,
      keys: user.keys.map(({ id }) => (id === kept.key?.accessKeyId ? 'kept' : 'other')),
    }));
  // AWS deletes a schedule group within minutes.
  const regions = [...state.regions]
    .map(([name, region]): [string, typeof region] => {
      const groups = [...region.scheduleGroups].filter(([, { deletedAt }]) => deletedAt === null);
      return [name, { ...region, scheduleGroups: new Map(groups) }];
    })
    .filter(([, region]) => Object.values(region).some(({ size }) => size > 0));
  return plain({ roles: state.roles, users, buckets: state.buckets, regions: new Map(regions) });
}

const VARYING = new Set([
  'id',
  'createdAt',
  'modifiedAt',
  'lastModified',
  'revisionId',
  'activeAt',
  'updatedAt',
  'clientToken',
  'version',
  'lastUsed',
]);
