import { CreateLogGroupCommand, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, CreateUserCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, GetAccountSettingsCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { CreateScheduleCommand, CreateScheduleGroupCommand } from '@aws-sdk/client-scheduler';
import { DeleteParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterEach, describe, expect, test } from 'vitest';
import {
  ACCOUNT,
  type AwsHarness,
  type Clients,
  createRole,
  DEPLOYER,
  policyOf,
  startAwsHarness,
  trustOf,
  zipOf,
} from '../../support/aws/aws-harness.ts';

const LIMITED = { accessKeyId: 'AKIALIMITED000000000', secretAccessKey: DEPLOYER.secretAccessKey };
let harness: AwsHarness;

/** Clients of a user with this policy, beside an administrator. */
async function startLimited(policy: string): Promise<Clients> {
  harness = await startAwsHarness({
    enforcePolicies: true,
    users: [
      { name: 'deployer', credentials: DEPLOYER },
      { name: 'limited', credentials: LIMITED, policy: JSON.parse(policy) as object },
    ],
  });
  return harness.clientsOf('eu-central-1', LIMITED);
}
afterEach(() => harness.stop());

const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:eu-central-1:${ACCOUNT}:${resource}`;

describe('permissions in the local AWS', () => {
  test('a call without permission is denied as each service words it, and changes nothing', async () => {
    const { iam, lambda, logs, scheduler, ssm, s3, sts } = await startLimited(
      policyOf('sqs:SendMessage', '*'),
    );
    const denied = (name: string, status: number) => ({
      name,
      message: expect.stringContaining(
        `User: arn:aws:iam::${ACCOUNT}:user/limited is not authorized to perform: `,
      ),
      $metadata: { httpStatusCode: status },
    });
    await sts.send(new GetCallerIdentityCommand({}));
    const create = new CreateUserCommand({ UserName: 'x' });
    await expect(iam.send(create)).rejects.toMatchObject(denied('AccessDenied', 403));
    const settings = new GetAccountSettingsCommand({});
    await expect(lambda.send(settings)).rejects.toMatchObject(denied('AccessDeniedException', 403));
    const describe = new DescribeLogGroupsCommand({});
    await expect(logs.send(describe)).rejects.toMatchObject(denied('AccessDeniedException', 400));
    const group = new CreateScheduleGroupCommand({ Name: 'x' });
    await expect(scheduler.send(group)).rejects.toMatchObject(denied('AccessDeniedException', 403));
    const put = new PutParameterCommand({ Name: '/x', Value: 'x', Type: 'String' });
    await expect(ssm.send(put)).rejects.toMatchObject(denied('AccessDeniedException', 400));
    const bucket = new CreateBucketCommand({ Bucket: 'xxx' });
    await expect(s3.send(bucket)).rejects.toMatchObject(denied('AccessDenied', 403));
    const { roles, users, buckets } = harness.aws.state;
    expect([roles.size, [...users.keys()], buckets.size]).toEqual([0, ['deployer', 'limited'], 0]);
    expect(harness.aws.calls.filter(({ error }) => error?.startsWith('AccessDenied'))).toHaveLength(6);
  });

  test('a permission is for its resource and its region only', async () => {
    const { ssm } = await startLimited(policyOf('ssm:PutParameter', arn('ssm', 'parameter/acme/*')));
    const put = (Name: string) => new PutParameterCommand({ Name, Value: 'x', Type: 'String' });
    await ssm.send(put('/acme/state'));
    await expect(ssm.send(put('/other/state'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const elsewhere = harness.clientsOf('us-east-1', LIMITED).ssm;
    await expect(elsewhere.send(put('/acme/state'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('tags at creation need the permission to tag', async () => {
    const { logs, iam } = await startLimited(policyOf(['logs:CreateLogGroup', 'iam:CreateRole'], '*'));
    await logs.send(new CreateLogGroupCommand({ logGroupName: 'plain' }));
    const tagged = new CreateLogGroupCommand({ logGroupName: 'tagged', tags: { a: 'b' } });
    await expect(logs.send(tagged)).rejects.toThrow(/logs:TagResource/);
    const role = {
      RoleName: 'r',
      AssumeRolePolicyDocument: trustOf('lambda'),
      Tags: [{ Key: 'a', Value: 'b' }],
    };
    await expect(iam.send(new CreateRoleCommand(role))).rejects.toThrow(/iam:TagRole/);
  });

  test('a role is passed only with permission, and only to the service that the policy names', async () => {
    const pass = {
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: `arn:aws:iam::${ACCOUNT}:role/probe`,
      Condition: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
    };
    const make = { Effect: 'Allow', Action: ['lambda:CreateFunction', 'scheduler:*'], Resource: '*' };
    const { lambda, scheduler } = await startLimited(
      JSON.stringify({ Version: '2012-10-17', Statement: [pass, make] }),
    );
    const Role = await createRole(harness.iam, 'probe');
    const input = { Runtime: 'nodejs24.x' as const, Handler: 'index.handler', Code: { ZipFile: zipOf('') } };
    await lambda.send(new CreateFunctionCommand({ ...input, FunctionName: 'f', Role }));
    const other = await createRole(harness.iam, 'other');
    const create = new CreateFunctionCommand({ ...input, FunctionName: 'g', Role: other });
    await expect(lambda.send(create)).rejects.toThrow(/iam:PassRole on resource: .*role\/other/);
    const schedule = new CreateScheduleCommand({
      Name: 's',
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: arn('lambda', 'function:f'), RoleArn: Role },
    });
    await expect(scheduler.send(schedule)).rejects.toThrow(/iam:PassRole/);
  });

  test('a policy for log groups needs the ARN that ends in :*, and for their tags the plain one', async () => {
    const create = (logGroupName: string) => new CreateLogGroupCommand({ logGroupName, tags: { a: 'b' } });
    const plain = arn('logs', 'log-group:/aws/lambda/acme');
    const actions = ['logs:CreateLogGroup', 'logs:TagResource'];
    const { logs } = await startLimited(policyOf(actions, plain));
    await expect(logs.send(create('/aws/lambda/acme'))).rejects.toThrow(/acme:log-stream:/);
    await harness.stop();
    const all = await startLimited(policyOf(actions, [plain, `${plain}:*`]));
    await all.logs.send(create('/aws/lambda/acme'));
    await expect(all.logs.send(create('/aws/lambda/other'))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect(all.logs.send(new DescribeLogGroupsCommand({}))).rejects.toThrow(/on resource: \*/);
  });

  test('conditions compare the tags of the request and of the resource', async () => {
    const condition = (key: string) => ({ StringEquals: { [`${key}/probemesh:mesh`]: 'acme' } });
    const Resource = '*';
    const { ssm } = await startLimited(
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: ['ssm:PutParameter', 'ssm:AddTagsToResource'],
            Resource,
            Condition: condition('aws:RequestTag'),
          },
          {
            Effect: 'Allow',
            Action: 'ssm:DeleteParameter',
            Resource,
            Condition: condition('aws:ResourceTag'),
          },
        ],
      }),
    );
    const put = (Name: string, Value: string) =>
      new PutParameterCommand({ Name, Value: 'x', Type: 'String', Tags: [{ Key: 'probemesh:mesh', Value }] });
    await ssm.send(put('/mine', 'acme'));
    await expect(ssm.send(put('/other', 'other'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await harness.ssm.send(put('/other', 'other'));
    const remove = (Name: string) => ssm.send(new DeleteParameterCommand({ Name }));
    await expect(remove('/other')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await remove('/mine');
  });

  test('objects and their bucket need permissions of their own', async () => {
    const { s3 } = await startLimited(
      policyOf(['s3:PutObject', 's3:DeleteObject', 's3:ListBucket'], 'arn:aws:s3:::acme/pages/*'),
    );
    await harness.clientsOf('eu-central-1').s3.send(
      new CreateBucketCommand({
        Bucket: 'acme',
        CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
      }),
    );
    const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket: 'acme', Key, Body: 'x' }));
    await put('pages/a');
    await expect(put('b')).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(s3.send(new ListObjectsV2Command({ Bucket: 'acme' }))).rejects.toThrow(/s3:ListBucket/);
    const Delete = { Objects: [{ Key: 'pages/a' }, { Key: 'b' }] };
    await expect(s3.send(new DeleteObjectsCommand({ Bucket: 'acme', Delete }))).rejects.toThrow(
      /s3:DeleteObject/,
    );
    expect(harness.aws.state.buckets.get('acme')?.objects.size).toBe(1);
  });

  test('a function has the permissions of its role, and no others', async () => {
    await startLimited(policyOf('*', '*'));
    const Role = await createRole(harness.iam, 'watchdog');
    const PolicyDocument = policyOf('ssm:GetParameter', arn('ssm', 'parameter/acme/state'));
    await harness.iam.send(
      new PutRolePolicyCommand({ RoleName: 'watchdog', PolicyName: 'state', PolicyDocument }),
    );
    for (const Name of ['/acme/state', '/acme/secrets'])
      await harness.ssm.send(new PutParameterCommand({ Name, Value: 'read', Type: 'String' }));
    const code = `import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
      export const handler = async ({ Name }) => (await new SSMClient({}).send(new GetParameterCommand({ Name }))).Parameter.Value;`;
    await harness.lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'watchdog',
        Role,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Timeout: 30,
        Code: { ZipFile: zipOf(code) },
      }),
    );
    const read = async (Name: string): Promise<string> => {
      const Payload = JSON.stringify({ Name });
      const response = await harness.lambda.send(new InvokeCommand({ FunctionName: 'watchdog', Payload }));
      return new TextDecoder().decode(response.Payload);
    };
    expect(await read('/acme/state')).toBe('"read"');
    expect(await read('/acme/secrets')).toContain(
      `assumed-role/watchdog/watchdog is not authorized to perform: ssm:GetParameter`,
    );
    const principal = `arn:aws:sts::${ACCOUNT}:assumed-role/watchdog/watchdog`;
    expect(harness.aws.calls.filter((call) => call.principal === principal)).toMatchObject([
      { operation: 'GetParameter', error: null },
      { operation: 'GetParameter', error: 'AccessDeniedException' },
    ]);
  });
});
