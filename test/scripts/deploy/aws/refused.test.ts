// What AWS refuses during a deployment: the line that names the fix, and the other regions that go on.

import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { CreateFunctionCommand } from '@aws-sdk/client-lambda';
import { afterEach, expect, test } from 'vitest';
import { lambdaTrust } from '../../../../scripts/deploy/aws/policies/probe.ts';
import {
  type AwsMesh,
  deploy,
  SMALL,
  startAwsMesh,
  statesOf,
  zipOf,
} from '../../../support/deploy/aws-mesh.ts';
import { ACCOUNT } from '../../../support/deploy/simulate-iam.ts';

let mesh: AwsMesh;
afterEach(() => mesh.stop());

const PROBES = { name: 'acme', regions: ['us-east-1', 'eu-central-1', 'me-south-1'] };

test('a region that is not enabled fails with the fix, and the other regions have their probes', async () => {
  mesh = await startAwsMesh(PROBES);
  mesh.aws.faults.disabledRegions = ['me-south-1'];
  const { failed } = await deploy(mesh.context());
  expect(failed).toEqual({
    'aws/me-south-1/probe-logs':
      'Log group /aws/lambda/acme-probe in me-south-1: the region me-south-1 is not enabled in this AWS account. Enable it in the AWS console under Account, AWS Regions, or remove it from probemesh.deploy.yaml.',
    'aws/me-south-1/probe': 'skipped',
    'aws/me-south-1/probe-concurrency': 'skipped',
  });
  for (const region of ['us-east-1', 'eu-central-1'])
    expect([...mesh.aws.state.regions.get(region)!.functions.keys()]).toEqual(['acme-probe']);
  mesh.aws.faults.disabledRegions = [];
  expect((await deploy(mesh.context())).failed).toEqual({});
});

test('in an account with 10 concurrent executions, only the reservation fails, and names both ways out', async () => {
  const settings = { ...PROBES, reservedConcurrency: 5 };
  mesh = await startAwsMesh(settings);
  mesh.aws.faults.concurrencyLimit = 10;
  const { failed } = await deploy(mesh.context(settings));
  expect(Object.keys(failed).sort()).toEqual(
    PROBES.regions.map((region) => `aws/${region}/probe-concurrency`).sort(),
  );
  expect(failed['aws/us-east-1/probe-concurrency']).toBe(
    'Reserved concurrency of acme-probe in us-east-1: the account cannot reserve 5, because 10 must stay unreserved. Remove `reservedConcurrency` from probemesh.deploy.yaml, or request more "Concurrent executions" of AWS Lambda in us-east-1 under Service Quotas.',
  );
  expect((await deploy(mesh.context(PROBES))).failed).toEqual({});
});

test('a throttled API is asked again until it answers', async () => {
  mesh = await startAwsMesh(SMALL);
  Object.assign(mesh.aws.faults.throttled, {
    'lambda:CreateFunction': 2,
    'iam:CreateRole': 2,
    'logs:CreateLogGroup': 1,
    'ssm:PutParameter': 1,
    'scheduler:CreateSchedule': 1,
    's3:CreateBucket': 1,
    'lambda:GetFunction': 2,
  });
  expect((await deploy(mesh.context())).failed).toEqual({});
  expect(Object.values(mesh.aws.faults.throttled).every((left) => left === 0)).toBe(true);
});

test('an API that throttles all the time ends with a line, and the next run goes on', async () => {
  mesh = await startAwsMesh(SMALL);
  mesh.aws.faults.throttled['ssm:PutParameter'] = 1_000;
  const { failed } = await deploy(mesh.context(SMALL, { maxAttempts: 2 }));
  expect(failed['aws/us-east-1/watchdog-state']).toBe(
    'SSM parameter /acme/watchdog/state in us-east-1: AWS throttles its API. Wait a minute. Run `npm run deploy` again: it continues where it ended.',
  );
  expect(failed['aws/us-east-1/probe']).toBeUndefined();
  mesh.aws.faults.throttled = {};
  expect((await deploy(mesh.context())).failed).toEqual({});
});

test('a function and a role without the tag of the mesh are left alone, and the other region goes on', async () => {
  mesh = await startAwsMesh(SMALL);
  const { root, aws } = mesh;
  await root.iam.send(
    new CreateRoleCommand({ RoleName: 'other', AssumeRolePolicyDocument: JSON.stringify(lambdaTrust) }),
  );
  const foreign = zipOf('foreign');
  await root.lambda('us-east-1').send(
    new CreateFunctionCommand({
      FunctionName: 'acme-probe',
      Role: `arn:aws:iam::${ACCOUNT}:role/other`,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: foreign },
    }),
  );
  const before = structuredClone(aws.state.regions.get('us-east-1')!.functions.get('acme-probe'));
  const { failed, plan } = await deploy(mesh.context());
  expect(plan['aws/us-east-1/probe']).toMatchObject({ state: 'foreign' });
  expect(Object.keys(failed).sort()).toEqual(['aws/us-east-1/probe', 'aws/us-east-1/probe-concurrency']);
  expect(aws.state.regions.get('us-east-1')!.functions.get('acme-probe')).toEqual(before);
  expect(aws.state.regions.get('eu-central-1')!.functions.has('acme-probe')).toBe(true);
});

test('a bucket whose name another account has fails with the fix, and the probes go on', async () => {
  mesh = await startAwsMesh(SMALL);
  mesh.aws.state.foreignBuckets.add(`acme-status-${ACCOUNT}`);
  const { failed } = await deploy(mesh.context());
  expect(failed['aws/page-bucket']).toContain('belongs to another account');
  expect(Object.keys(failed).filter((id) => id.endsWith('/probe'))).toEqual([]);
});

test('a missing permission names who may not do what, and where the policy is', async () => {
  mesh = await startAwsMesh(SMALL);
  const { policies } = mesh.aws.state.users.get('deployer')!;
  policies.set('local', policies.get('local')!.replaceAll('"iam:CreateUser",', ''));
  const { failed } = await deploy(mesh.context());
  expect(failed).toEqual({
    'aws/coordinator': `IAM user acme-coordinator: arn:aws:iam::${ACCOUNT}:user/deployer is not allowed to iam:CreateUser on arn:aws:iam::${ACCOUNT}:user/acme-coordinator. Attach the policy of docs/guide/deploy-permissions.md to it.`,
    'aws/access-key': 'skipped',
  });
});

test('a role that Lambda cannot take on in time ends with a line, and the next run goes on', async () => {
  mesh = await startAwsMesh(PROBES);
  mesh.aws.faults.roleUsableAfterMs = 3_600_000;
  const { failed } = await deploy(mesh.context());
  expect(failed['aws/us-east-1/probe']).toContain(
    'The role defined for the function cannot be assumed by Lambda.',
  );
  mesh.aws.faults.roleUsableAfterMs = 0;
  expect((await deploy(mesh.context())).failed).toEqual({});
  expect(statesOf(await deploy(mesh.context()))).toEqual(new Set(['same']));
});

test('while the address of the coordinator is not known, only the watchdog waits', async () => {
  mesh = await startAwsMesh(SMALL);
  mesh.kept.coordinatorUrl = null;
  const { failed } = await deploy(mesh.context());
  expect(failed).toEqual({
    'aws/us-east-1/watchdog': expect.stringContaining("the coordinator's address is not known"),
    'aws/us-east-1/watchdog-retries': 'skipped',
    'aws/us-east-1/schedule': 'skipped',
    'aws/eu-central-1/watchdog': expect.stringContaining('Deploy the Worker first.'),
    'aws/eu-central-1/watchdog-retries': 'skipped',
    'aws/eu-central-1/schedule': 'skipped',
  });
});
