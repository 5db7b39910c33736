import { CreateLogGroupCommand, LimitExceededException } from '@aws-sdk/client-cloudwatch-logs';
import { GetRoleCommand, NoSuchEntityException } from '@aws-sdk/client-iam';
import {
  CreateFunctionCommand,
  InvokeCommand,
  ListFunctionsCommand,
  TooManyRequestsException,
} from '@aws-sdk/client-lambda';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { CreateScheduleGroupCommand } from '@aws-sdk/client-scheduler';
import { DescribeParametersCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { noFaults } from '../../../scripts/local-aws/faults.ts';
import {
  type AwsHarness,
  createRole,
  DEPLOYER,
  startAwsHarness,
  zipOf,
} from '../../support/aws/aws-harness.ts';

let harness: AwsHarness;

beforeAll(async () => {
  harness = await startAwsHarness();
});
afterEach(() => Object.assign(harness.aws.faults, noFaults()));
afterAll(() => harness.stop());

const groups = (): string[] => [...(harness.aws.state.regions.get('eu-central-1')?.logGroups.keys() ?? [])];

describe('throttling in the local AWS', () => {
  test('the first calls of an operation are throttled, each service in its words', async () => {
    harness.aws.faults.throttled = {
      'lambda:ListFunctions': 1,
      's3:*': 1,
      'scheduler:CreateScheduleGroup': 1,
      'iam:GetRole': 1,
      'logs:CreateLogGroup': 1,
    };
    const list = () => harness.lambda.send(new ListFunctionsCommand({}));
    await expect(list()).rejects.toBeInstanceOf(TooManyRequestsException);
    await list();
    await expect(harness.s3.send(new ListBucketsCommand({}))).rejects.toMatchObject({
      name: 'SlowDown',
      $metadata: { httpStatusCode: 503 },
    });
    const group = new CreateScheduleGroupCommand({ Name: 'throttled' });
    await expect(harness.scheduler.send(group)).rejects.toMatchObject({ name: 'ThrottlingException' });
    await expect(harness.iam.send(new GetRoleCommand({ RoleName: 'x' }))).rejects.toMatchObject({
      name: 'Throttling',
    });
    const create = new CreateLogGroupCommand({ logGroupName: 'throttled' });
    await expect(harness.logs.send(create)).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect(groups()).not.toContain('throttled');
  });

  test('the retries of the SDK get through', async () => {
    harness.aws.faults.throttled = { 'logs:CreateLogGroup': 2 };
    const { logs } = harness.clientsOf('eu-central-1', DEPLOYER, { maxAttempts: 3 });
    const { $metadata } = await logs.send(new CreateLogGroupCommand({ logGroupName: 'retried' }));
    expect($metadata.attempts).toBe(3);
    expect(groups()).toContain('retried');
  });

  test('a failure that a test asks for happens as often as it asks', async () => {
    const failure = {
      code: 'LimitExceededException',
      message: 'Resource limit exceeded.',
      status: 400,
      times: 1,
    };
    harness.aws.faults.failing = { 'logs:CreateLogGroup': failure };
    const create = () => harness.logs.send(new CreateLogGroupCommand({ logGroupName: 'limited' }));
    await expect(create()).rejects.toBeInstanceOf(LimitExceededException);
    await create();
  });
});

describe('calls that are cut in the local AWS', () => {
  const create = (logGroupName: string) => harness.logs.send(new CreateLogGroupCommand({ logGroupName }));
  const cut = (): never => {
    throw new Error('cut');
  };

  test('a call that is cut before it is carried out changes nothing', async () => {
    harness.aws.faults.beforeMutation = cut;
    await expect(create('before')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(groups()).not.toContain('before');
  });

  test('a call that is cut after it was carried out has its effect, without an answer', async () => {
    harness.aws.faults.afterMutation = cut;
    await expect(create('after')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(groups()).toContain('after');
  });

  test('calls that change something are counted, so that a run can be ended at each', async () => {
    const from = harness.aws.calls.at(-1)?.mutation ?? 0;
    const seen: number[] = [];
    harness.aws.faults.beforeMutation = ({ mutation }) => {
      seen.push(mutation - from);
      if (seen.length > 2) cut();
    };
    await create('one');
    await harness.lambda.send(new ListFunctionsCommand({}));
    await harness.ssm.send(new PutParameterCommand({ Name: '/two', Value: 'x', Type: 'String' }));
    await expect(create('three')).rejects.toThrow();
    expect(seen).toEqual([1, 2, 3]);
    expect(groups()).not.toContain('three');
  });
});

test('every call is recorded with its principal, its resource and its error', async () => {
  const { aws, iam } = harness;
  const from = aws.calls.length;
  await iam.send(new GetRoleCommand({ RoleName: 'none' })).catch(() => {});
  await harness.clientsOf('us-east-1').logs.send(new CreateLogGroupCommand({ logGroupName: '/recorded' }));
  expect(aws.calls.slice(from)).toMatchObject([
    {
      service: 'iam',
      operation: 'GetRole',
      resource: 'arn:aws:iam::123456789012:role/none',
      mutates: false,
      error: 'NoSuchEntity',
    },
    {
      service: 'logs',
      operation: 'CreateLogGroup',
      region: 'us-east-1',
      principal: 'arn:aws:iam::123456789012:user/deployer',
      resource: 'arn:aws:logs:us-east-1:123456789012:log-group:/recorded:log-stream:',
      mutates: true,
      error: null,
    },
  ]);
});

test('a role that was just made is not found for a while', async () => {
  harness.aws.faults.roleVisibleAfterMs = 200;
  await createRole(harness.iam, 'hidden');
  const get = () => harness.iam.send(new GetRoleCommand({ RoleName: 'hidden' }));
  await expect(get()).rejects.toBeInstanceOf(NoSuchEntityException);
  await expect.poll(() => get().then(({ Role }) => Role?.RoleName, String)).toBe('hidden');
});

test('more invocations at once than the account may have are throttled', async () => {
  harness.aws.faults.concurrencyLimit = 10;
  const Role = await createRole(harness.iam, 'busy');
  const code = `const waiting = []; export const handler = () => new Promise((resolve) => {
    waiting.push(resolve); if (waiting.length === 10) for (const one of waiting) one('done'); });`;
  const ZipFile = zipOf(code);
  await harness.lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'busy',
      Role,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Timeout: 60,
      Code: { ZipFile },
    }),
  );
  const invoke = () => harness.lambda.send(new InvokeCommand({ FunctionName: 'busy', Payload: '{}' }));
  // The eleventh of those that wait for each other is throttled, whichever arrives last.
  const results = await Promise.allSettled(Array.from({ length: 11 }, invoke));
  const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  expect(failed).toHaveLength(1);
  expect(failed[0]).toBeInstanceOf(TooManyRequestsException);
});

test('an operation that the local AWS does not have says which', async () => {
  const describe = harness.ssm.send(new DescribeParametersCommand({}));
  await expect(describe).rejects.toThrow('The local AWS does not have ssm:DescribeParameters.');
});
