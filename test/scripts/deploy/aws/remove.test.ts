// Leaving AWS, and moving: what carries the tag of the mesh is deleted, and nothing else.
import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, CreateUserCommand } from '@aws-sdk/client-iam';
import { CreateFunctionCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, DeleteBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateScheduleGroupCommand } from '@aws-sdk/client-scheduler';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, expect, test } from 'vitest';
import { leftSteps } from '../../../../scripts/deploy/aws/left-steps.ts';
import { lambdaTrust } from '../../../../scripts/deploy/aws/policies/probe.ts';
import {
  type AwsMesh,
  deploy,
  SMALL,
  startAwsMesh,
  statesOf,
  whatExists,
  zipOf,
} from '../../../support/deploy/aws-mesh.ts';
import { removeAll } from '../../../support/deploy/remove-all.ts';
import { ACCOUNT } from '../../../support/deploy/simulate-iam.ts';

let mesh: AwsMesh;
afterEach(() => mesh.stop());

const REGION = 'eu-central-1';
const BUCKET = `acme-status-${ACCOUNT}`;

/** Things of other people: with names of the mesh but no tag, with a tag of another mesh, and unrelated ones. */
async function makeForeign({ root }: AwsMesh): Promise<void> {
  const other = { 'probemesh:mesh': 'acme2' };
  const tags = Object.entries(other).map(([Key, Value]) => ({ Key, Value }));
  const AssumeRolePolicyDocument = JSON.stringify(lambdaTrust);
  await root.iam.send(new CreateRoleCommand({ RoleName: 'other', AssumeRolePolicyDocument }));
  await root.iam.send(
    new CreateRoleCommand({ RoleName: 'acme2-probe', AssumeRolePolicyDocument, Tags: tags }),
  );
  await root.iam.send(new CreateUserCommand({ UserName: 'acme2-coordinator', Tags: tags }));
  for (const [FunctionName, Tags] of [
    ['other', undefined],
    ['acme2-probe', other],
  ] as const)
    await root.lambda(REGION).send(
      new CreateFunctionCommand({
        FunctionName,
        Role: `arn:aws:iam::${ACCOUNT}:role/other`,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: zipOf('other') },
        Tags,
      }),
    );
  // A name of the mesh, in a region where it has nothing else.
  await root
    .logs('sa-east-1')
    .send(new CreateLogGroupCommand({ logGroupName: '/aws/lambda/acme-probe', tags: other }));
  await root.logs(REGION).send(new CreateLogGroupCommand({ logGroupName: '/aws/lambda/acme-probe2' }));
  await root.ssm(REGION).send(new PutParameterCommand({ Name: '/acme2/x', Value: 'x', Type: 'String' }));
  await root.scheduler(REGION).send(new CreateScheduleGroupCommand({ Name: 'acme2', Tags: tags }));
  await root.s3('us-east-1').send(new CreateBucketCommand({ Bucket: 'acme2-status' }));
}

test('destroy leaves nothing of the mesh and everything of others, and a repeat finds nothing', async () => {
  mesh = await startAwsMesh(SMALL);
  await makeForeign(mesh);
  const before = whatExists(mesh);
  expect((await deploy(mesh.context())).failed).toEqual({});
  for (const Key of ['index.html', 'summary.json', 'a/b'])
    await mesh.root.s3(REGION).send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'x' }));
  const removals = await removeAll(mesh.context());
  expect(removals.filter(({ result }) => result === 'removed').length).toBeGreaterThan(15);
  expect(removals.filter(({ result }) => typeof result === 'object')).toEqual([]);
  expect(whatExists(mesh)).toEqual(before);
  mesh.mutations();
  const again = await removeAll(mesh.context());
  expect(new Set(again.map(({ result }) => result))).toEqual(new Set(['absent', 'foreign']));
  expect(mesh.mutations()).toEqual([]);
  mesh.kept.key = null;
  expect((await deploy(mesh.context())).failed).toEqual({});
});

test('a bucket with 1,500 pages is emptied before it is deleted', async () => {
  mesh = await startAwsMesh(SMALL, { enforcePolicies: false });
  await deploy(mesh.context());
  const { objects } = mesh.aws.state.buckets.get(BUCKET)!;
  await mesh.root.s3(REGION).send(new PutObjectCommand({ Bucket: BUCKET, Key: 'first', Body: 'x' }));
  const first = objects.get('first')!;
  for (let index = 0; index < 1_500; index += 1) objects.set(`page-${index}`, first);
  const removals = await removeAll(mesh.context());
  expect(removals.filter(({ result }) => typeof result === 'object')).toEqual([]);
  expect(mesh.aws.state.buckets.size).toBe(0);
});

test('a schedule group that AWS still deletes is made anew once its name is free', async () => {
  mesh = await startAwsMesh(SMALL);
  mesh.aws.faults.scheduleGroupDeletingMs = 400;
  await deploy(mesh.context());
  await removeAll(mesh.context());
  mesh.kept.key = null;
  expect((await deploy(mesh.context())).failed).toEqual({});
  expect(statesOf(await deploy(mesh.context()))).toEqual(new Set(['same']));
});

test('regions that are not enabled do not hinder destroy', async () => {
  mesh = await startAwsMesh(SMALL);
  mesh.aws.faults.disabledRegions = ['me-south-1', 'af-south-1'];
  const nothing = whatExists(mesh);
  await deploy(mesh.context());
  const removals = await removeAll(mesh.context());
  expect(removals.filter(({ result }) => typeof result === 'object')).toEqual([]);
  expect(whatExists(mesh)).toEqual(nothing);
});

test('what destroy could not ask or delete is named, and the rest is deleted', async () => {
  mesh = await startAwsMesh(SMALL);
  await deploy(mesh.context());
  const internal = { code: 'InternalFailure', message: 'Broken', status: 400, times: 1_000 };
  mesh.aws.faults.failing = { 'ssm:DeleteParameter': internal };
  const removals = await removeAll(mesh.context());
  const failed = removals.filter(({ result }) => typeof result === 'object').map(({ title }) => title);
  expect(failed.sort()).toEqual(
    ['state', 'secrets']
      .flatMap((name) =>
        [REGION, 'us-east-1'].map((region) => `SSM parameter /acme/watchdog/${name} in ${region}`),
      )
      .sort(),
  );
  expect(mesh.aws.state.roles.size).toBe(0);
  mesh.aws.faults.failing = {};
  expect((await removeAll(mesh.context())).filter(({ result }) => typeof result === 'object')).toEqual([]);
});

test('a region that the settings no longer list keeps its probe until destroy, and its watchdog goes at once', async () => {
  mesh = await startAwsMesh(SMALL);
  const nothing = whatExists(mesh);
  await deploy(mesh.context());
  const settings = { name: 'acme', regions: [REGION], watchdog: { regions: [REGION] } };
  const context = mesh.context(settings);
  const left = await leftSteps(context);
  expect(left.unknown).toEqual([]);
  expect(left.steps.map(({ id }) => id)).toContain('aws/us-east-1/probe');
  expect(left.retire.map(({ title }) => title)).toEqual([
    'Watchdog in us-east-1, which the settings no longer list',
  ]);
  expect((await deploy(context)).failed).toEqual({});
  expect((await deploy(context, { steps: left.retire })).failed).toEqual({});
  const { functions, schedules } = mesh.aws.state.regions.get('us-east-1')!;
  expect([[...functions.keys()], schedules.size]).toEqual([['acme-probe'], 0]);
  expect(mesh.aws.state.users.get('acme-coordinator')?.policies.get('probemesh')).not.toContain('us-east-1');
  expect((await leftSteps(context)).retire).toEqual([]);
  await removeAll(context);
  expect(whatExists(mesh)).toEqual(nothing);
});

test('a bucket that is no longer wanted is left until destroy', async () => {
  mesh = await startAwsMesh(SMALL);
  await deploy(mesh.context());
  // The bucket is in the other region.
  const settings = { ...SMALL, watchdog: { regions: ['us-east-1', REGION], pageCopy: false } };
  expect((await deploy(mesh.context(settings))).failed).toEqual({});
  expect(mesh.aws.state.buckets.size).toBe(1);
  const left = await leftSteps(mesh.context(settings));
  expect(await Promise.all(left.steps.map((step) => step.inspect()))).toMatchObject([
    { detail: `in ${REGION}` },
  ]);
  await removeAll(mesh.context(settings));
  expect(mesh.aws.state.buckets.size).toBe(0);
});

test('a bucket does not move: the plan names the region that must stay first', async () => {
  mesh = await startAwsMesh(SMALL);
  await deploy(mesh.context());
  const settings = { ...SMALL, watchdog: { regions: ['us-east-1', REGION] } };
  const { failed } = await deploy(mesh.context(settings));
  expect(failed['aws/page-bucket']).toBe(
    `Bucket ${BUCKET} is in eu-central-1, and a bucket cannot move to us-east-1. The functions of the watchdog are left as they are. List eu-central-1 first under watchdog.regions, so that the copies keep their address. Or delete the bucket: the next run makes it in us-east-1.`,
  );
  expect(failed['aws/us-east-1/watchdog']).toBe('skipped');
  await mesh.root.s3(REGION).send(new DeleteBucketCommand({ Bucket: BUCKET }));
  expect((await deploy(mesh.context(settings))).failed).toEqual({});
  expect(mesh.aws.state.buckets.get(BUCKET)?.region).toBe('us-east-1');
});
