// What each part may do in a deployed mesh, with the policies enforced: the schedule, the watchdog, and who deploys.
import { UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { zipSync } from 'fflate';
import { afterEach, expect, test } from 'vitest';
import { deployerPolicy, regionsOf } from '../../../../scripts/deploy/aws/policies/deployer.ts';
import { rotateAccessKey } from '../../../../scripts/deploy/aws/rotate-access-key.ts';
import { settingsSchema } from '../../../../scripts/deploy/settings.ts';
import { type AwsMesh, deploy, SMALL, startAwsMesh } from '../../../support/deploy/aws-mesh.ts';
import { removeAll } from '../../../support/deploy/remove-all.ts';
import { ACCOUNT } from '../../../support/deploy/simulate-iam.ts';

let mesh: AwsMesh;
afterEach(() => mesh.stop());

const BUCKET = `acme-status-${ACCOUNT}`;

/** A function that tries calls of SSM and S3, and answers each with `ok` or the name of the error. */
const TRIES = `
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
const read = (region, Name) => new SSMClient({ region, maxAttempts: 1 }).send(new GetParameterCommand({ Name, WithDecryption: true }));
const write = (region, Name) => new SSMClient({ region, maxAttempts: 1 }).send(new PutParameterCommand({ Name, Value: '{"runAt":1}', Type: 'String', Overwrite: true }));
const put = (Bucket) => new S3Client({ region: process.env.PROBEMESH_PAGE_BUCKET_REGION, maxAttempts: 1, forcePathStyle: true }).send(new PutObjectCommand({ Bucket, Key: 'index.html', Body: 'page' }));
const tries = { read, write, put };
export const handler = async (calls) => Object.fromEntries(await Promise.all((Array.isArray(calls) ? calls : [['write', process.env.AWS_REGION, process.env.PROBEMESH_STATE_PARAMETER]]).map(async ([name, ...args]) =>
  [[name, ...args].join(' '), await tries[name](...args).then(() => 'ok', (error) => error.name)])));
`;

test('the schedule invokes the watchdog, which can do with its own role what it needs, and nothing else', async () => {
  mesh = await startAwsMesh(SMALL);
  const code = Buffer.from(TRIES);
  mesh.kept.zip = zipSync({ 'index.mjs': code, 'watchdog.mjs': code });
  expect((await deploy(mesh.context())).failed).toEqual({});
  const calls = (name: string, region: string, parameter: string): string[] => [name, region, parameter];
  const run = await mesh.aws.invoke('us-east-1', 'acme-watchdog', [
    calls('read', 'us-east-1', '/acme/watchdog/state'),
    calls('write', 'us-east-1', '/acme/watchdog/state'),
    calls('read', 'us-east-1', '/acme/watchdog/secrets'),
    calls('read', 'eu-central-1', '/acme/watchdog/state'),
    calls('write', 'eu-central-1', '/acme/watchdog/state'),
    calls('read', 'eu-central-1', '/acme/watchdog/secrets'),
    calls('write', 'us-east-1', '/acme/watchdog/secrets'),
    ['put', BUCKET],
    ['put', 'other'],
  ]);
  expect(JSON.parse(run.payload)).toEqual({
    'read us-east-1 /acme/watchdog/state': 'ok',
    'write us-east-1 /acme/watchdog/state': 'ok',
    'read us-east-1 /acme/watchdog/secrets': 'ok',
    'read eu-central-1 /acme/watchdog/state': 'ok',
    'write eu-central-1 /acme/watchdog/state': 'AccessDeniedException',
    'read eu-central-1 /acme/watchdog/secrets': 'ok',
    'write us-east-1 /acme/watchdog/secrets': 'AccessDeniedException',
    [`put ${BUCKET}`]: 'ok',
    'put other': 'AccessDenied',
  });
  await mesh.aws.fire();
  for (const region of ['us-east-1', 'eu-central-1'])
    expect(mesh.aws.state.regions.get(region)!.parameters.get('/acme/watchdog/state')?.value).toBe(
      '{"runAt":1}',
    );
  // Anyone may read a page, and nothing else.
  expect(await (await fetch(`${mesh.aws.url}/${BUCKET}/index.html`)).text()).toBe('page');
  expect((await fetch(`${mesh.aws.url}/${BUCKET}`)).status).toBe(403);
  expect((await fetch(`${mesh.aws.url}/${BUCKET}/index.html`, { method: 'DELETE' })).status).toBe(403);
});

test('the probe cannot read the secrets of the watchdog', async () => {
  mesh = await startAwsMesh(SMALL);
  const code = Buffer.from(TRIES);
  mesh.kept.zip = zipSync({ 'index.mjs': code, 'watchdog.mjs': code });
  await deploy(mesh.context());
  const run = await mesh.aws.invoke('us-east-1', 'acme-probe', [
    ['read', 'us-east-1', '/acme/watchdog/secrets'],
    ['read', 'us-east-1', '/acme/watchdog/state'],
  ]);
  expect(new Set(Object.values(JSON.parse(run.payload)))).toEqual(new Set(['AccessDeniedException']));
});

/** Operations that have another name as an action. */
const ACTIONS: Readonly<Record<string, string>> = {
  's3:HeadBucket': 's3:ListBucket',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  's3:DeleteObjects': 's3:DeleteObject',
};
/** AWS asks for them beside the operation, if it has tags or a role. */
const BESIDE = [
  'iam:PassRole',
  'iam:TagRole',
  'iam:TagUser',
  'lambda:TagResource',
  'lambda:ListTags',
  'logs:TagResource',
  'ssm:AddTagsToResource',
  'scheduler:TagResource',
  's3:TagResource',
];
/** Needed if a person attached a policy, and by the proof at the end of a deployment. */
const ELSEWHERE = ['iam:DetachRolePolicy', 'iam:DetachUserPolicy', 'lambda:InvokeFunction'];

test('who deploys is allowed each action that a deployment, a change, a rotation and a removal use, and no other', async () => {
  mesh = await startAwsMesh(SMALL);
  const changed = { ...SMALL, reservedConcurrency: 5, memory: 512 };
  expect((await deploy(mesh.context())).failed).toEqual({});
  const { schedules } = mesh.aws.state.regions.get('us-east-1')!;
  const [schedule] = schedules.values();
  await mesh.root.scheduler('us-east-1').send(
    new UpdateScheduleCommand({
      ...(schedule!.settings as object as ConstructorParameters<typeof UpdateScheduleCommand>[0]),
      Name: schedule!.name,
      GroupName: schedule!.group,
      State: 'DISABLED',
    }),
  );
  mesh.aws.state.roles.get('acme-probe')!.trust = JSON.stringify({ Version: '2012-10-17', Statement: [] });
  mesh.kept.zip = zipSync({
    'index.mjs': Buffer.from('export {};'),
    'watchdog.mjs': Buffer.from('export {};'),
  });
  expect((await deploy(mesh.context(changed))).failed).toEqual({});
  expect((await deploy(mesh.context())).failed).toEqual({});
  await rotateAccessKey(mesh.context(), {
    next: null,
    keepNext: async () => {},
    activate: async () => {},
    isProven: async () => true,
    finish: async (key) => {
      mesh.kept.key = key;
    },
  });
  // A key that is not kept is looked at before it is deleted.
  mesh.kept.key = null;
  await deploy(mesh.context());
  const { objects } = mesh.aws.state.buckets.get(BUCKET)!;
  objects.set('index.html', {
    body: new Uint8Array(),
    etag: '"0"',
    modifiedAt: 0,
    contentType: 'text/html',
    cacheControl: undefined,
    metadata: {},
  });
  const removals = await removeAll(mesh.context());
  expect(removals.filter(({ result }) => typeof result === 'object')).toEqual([]);

  const deployer = `arn:aws:iam::${ACCOUNT}:user/deployer`;
  const called = mesh.aws.calls
    .filter(({ principal, service }) => principal === deployer && service !== 'sts')
    .map(({ service, operation }) => ACTIONS[`${service}:${operation}`] ?? `${service}:${operation}`);
  const settings = settingsSchema.parse(SMALL);
  const { names } = mesh.context();
  const policy = deployerPolicy({ accountId: ACCOUNT, names }, regionsOf(settings));
  const allowed = new Set(policy.Statement.flatMap(({ Action }) => Action));
  expect([...allowed].sort()).toEqual([...new Set([...called, ...BESIDE, ...ELSEWHERE])].sort());
});
