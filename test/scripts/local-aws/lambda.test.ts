import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  InvalidParameterValueException,
  InvokeCommand,
  ListTagsCommand,
  PreconditionFailedException,
  PutFunctionConcurrencyCommand,
  ResourceConflictException,
  ResourceNotFoundException,
  TagResourceCommand,
  TooManyRequestsException,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildProbe } from '../../../scripts/build-probe.ts';
import { noFaults } from '../../../scripts/local-aws/faults.ts';
import {
  ACCOUNT,
  type AwsHarness,
  createRole,
  startAwsHarness,
  zipOf,
} from '../../support/aws/aws-harness.ts';
import { jobOf } from '../../support/mesh/lambda-harness.ts';

let harness: AwsHarness;
let role: string;
let now = Date.now();

beforeAll(async () => {
  harness = await startAwsHarness({ clock: () => now });
  role = await createRole(harness.iam, 'probe');
});
afterEach(() => Object.assign(harness.aws.faults, noFaults()));
afterAll(() => harness.stop());

const ECHO =
  'export const handler = async (event) => ({ event, region: process.env.AWS_REGION, own: process.env.OWN });';

const inputOf = (
  FunctionName: string,
  more: Partial<CreateFunctionCommandInput> = {},
): CreateFunctionCommandInput => ({
  FunctionName,
  Role: role,
  Runtime: 'nodejs24.x',
  Handler: 'index.handler',
  Architectures: ['arm64'],
  Code: { ZipFile: zipOf(ECHO) },
  ...more,
});

const create = (name: string, more: Partial<CreateFunctionCommandInput> = {}) =>
  harness.lambda.send(new CreateFunctionCommand(inputOf(name, more)));

const invoke = (FunctionName: string, event: unknown = {}) =>
  harness.lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));

describe('functions of the local Lambda', () => {
  test('a function keeps its settings, its tags and the hash of its zip', async () => {
    const Tags = { 'probemesh:mesh': 'acme' };
    const made = await create('kept', {
      Tags,
      Environment: { Variables: { OWN: 'x' } },
      MemorySize: 256,
      Timeout: 30,
    });
    const sha256 = createHash('sha256').update(zipOf(ECHO)).digest('base64');
    expect(made).toMatchObject({ State: 'Active', CodeSha256: sha256, MemorySize: 256, Timeout: 30 });
    const arn = `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:kept`;
    const got = await harness.lambda.send(new GetFunctionCommand({ FunctionName: arn }));
    expect(got).toMatchObject({
      Tags,
      Configuration: { FunctionArn: arn, Architectures: ['arm64'], Environment: { Variables: { OWN: 'x' } } },
    });
    await harness.lambda.send(new TagResourceCommand({ Resource: arn, Tags: { more: 'y' } }));
    const tags = await harness.lambda.send(new ListTagsCommand({ Resource: arn }));
    expect(tags.Tags).toEqual({ ...Tags, more: 'y' });
  });

  test('a function exists in its own region only', async () => {
    await create('here');
    const { lambda } = harness.clientsOf('us-east-1');
    const there = lambda.send(new GetFunctionCommand({ FunctionName: 'here' }));
    await expect(there).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  test('the same name twice is a conflict', async () => {
    await create('twice');
    await expect(create('twice')).rejects.toBeInstanceOf(ResourceConflictException);
  });

  test.each([
    ['bytes that are no zip', { Code: { ZipFile: new TextEncoder().encode('no zip') } }],
    ['a role that does not exist', { Role: `arn:aws:iam::${ACCOUNT}:role/none` }],
    ['a reserved variable', { Environment: { Variables: { AWS_REGION: 'x' } } }],
    ['too many variables', { Environment: { Variables: { LONG: 'x'.repeat(5_000) } } }],
  ])('a function with %s is an invalid parameter', async (_what, more) => {
    await expect(create('invalid', more)).rejects.toBeInstanceOf(InvalidParameterValueException);
  });

  test('a role of another service cannot be assumed by Lambda', async () => {
    const Role = await createRole(harness.iam, 'of-scheduler', 'scheduler');
    await expect(create('invalid', { Role })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'The role defined for the function cannot be assumed by Lambda.',
    });
  });

  test('a role that was just made cannot be assumed for a while', async () => {
    harness.aws.faults.roleUsableAfterMs = 5_000;
    const Role = await createRole(harness.iam, 'young');
    await expect(create('early', { Role })).rejects.toBeInstanceOf(InvalidParameterValueException);
    now += 5_000;
    await expect(create('early', { Role })).resolves.toMatchObject({ FunctionName: 'early' });
  });
});

describe('states of a function of the local Lambda', () => {
  test('a new function is pending: it neither runs nor changes before it is active', async () => {
    harness.aws.faults.functionPendingMs = 10_000;
    expect(await create('slow')).toMatchObject({ State: 'Pending', LastUpdateStatus: 'InProgress' });
    await expect(invoke('slow')).rejects.toBeInstanceOf(ResourceConflictException);
    const update = new UpdateFunctionConfigurationCommand({ FunctionName: 'slow', Timeout: 9 });
    await expect(harness.lambda.send(update)).rejects.toBeInstanceOf(ResourceConflictException);
    now += 10_000;
    await waitUntilFunctionActiveV2({ client: harness.lambda, maxWaitTime: 5 }, { FunctionName: 'slow' });
    expect(await harness.lambda.send(update)).toMatchObject({ Timeout: 9 });
  });

  test('an update is in progress for a while, in which another is a conflict', async () => {
    await create('updated');
    harness.aws.faults.functionUpdateMs = 10_000;
    const update = new UpdateFunctionCodeCommand({
      FunctionName: 'updated',
      ZipFile: zipOf('export const handler = () => 2;'),
    });
    expect(await harness.lambda.send(update)).toMatchObject({
      State: 'Active',
      LastUpdateStatus: 'InProgress',
    });
    await expect(harness.lambda.send(update)).rejects.toBeInstanceOf(ResourceConflictException);
    now += 10_000;
    await waitUntilFunctionUpdatedV2({ client: harness.lambda, maxWaitTime: 5 }, { FunctionName: 'updated' });
    expect(new TextDecoder().decode((await invoke('updated')).Payload)).toBe('2');
  });

  test('an update of an older revision fails its precondition', async () => {
    const { RevisionId } = await create('revised');
    const update = new UpdateFunctionConfigurationCommand({
      FunctionName: 'revised',
      Timeout: 9,
      RevisionId,
    });
    await harness.lambda.send(update);
    await expect(harness.lambda.send(update)).rejects.toBeInstanceOf(PreconditionFailedException);
  });

  test('a deleted function is gone', async () => {
    await create('gone');
    await harness.lambda.send(new DeleteFunctionCommand({ FunctionName: 'gone' }));
    const get = new GetFunctionConfigurationCommand({ FunctionName: 'gone' });
    await expect(harness.lambda.send(get)).rejects.toBeInstanceOf(ResourceNotFoundException);
  });
});

describe('concurrency of the local Lambda', () => {
  test('a new account with a concurrency of 10 can reserve nothing', async () => {
    harness.aws.faults.concurrencyLimit = 10;
    await create('reserved');
    const put = new PutFunctionConcurrencyCommand({
      FunctionName: 'reserved',
      ReservedConcurrentExecutions: 1,
    });
    await expect(harness.lambda.send(put)).rejects.toThrow(/below its minimum value of \[10\]/);
    const { AccountLimit } = await harness.lambda.send(new GetAccountSettingsCommand({}));
    expect(AccountLimit).toMatchObject({ ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 });
  });

  test('100 executions stay unreserved in an account with 1,000', async () => {
    await create('much');
    const put = (count: number) =>
      harness.lambda.send(
        new PutFunctionConcurrencyCommand({ FunctionName: 'much', ReservedConcurrentExecutions: count }),
      );
    await expect(put(901)).rejects.toBeInstanceOf(InvalidParameterValueException);
    expect(await put(900)).toMatchObject({ ReservedConcurrentExecutions: 900 });
    const got = await harness.lambda.send(new GetFunctionCommand({ FunctionName: 'much' }));
    expect(got.Concurrency).toEqual({ ReservedConcurrentExecutions: 900 });
    const get = () => harness.lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: 'much' }));
    expect((await get()).ReservedConcurrentExecutions).toBe(900);
    await harness.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: 'much' }));
    expect((await get()).ReservedConcurrentExecutions).toBeUndefined();
    await put(0);
    await expect(invoke('much')).rejects.toBeInstanceOf(TooManyRequestsException);
  });
});

describe('invocations of the local Lambda', () => {
  test('the code of the zip runs, with the variables of the function', async () => {
    await create('echo', { Environment: { Variables: { OWN: 'secret' } } });
    const response = await invoke('echo', { a: 1 });
    expect(response).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(JSON.parse(new TextDecoder().decode(response.Payload))).toEqual({
      event: { a: 1 },
      region: 'eu-central-1',
      own: 'secret',
    });
  });

  test('a handler that throws is a function error', async () => {
    await create('throws', {
      Code: { ZipFile: zipOf('export const handler = async () => { throw new TypeError("no"); };') },
    });
    const response = await invoke('throws');
    expect(response.FunctionError).toBe('Unhandled');
    expect(JSON.parse(new TextDecoder().decode(response.Payload))).toMatchObject({
      errorType: 'TypeError',
      errorMessage: 'no',
    });
  });

  test('a handler that the zip does not have is a function error, and the next deployment runs', async () => {
    await create('missing', { Handler: 'watchdog.handler' });
    expect((await invoke('missing')).FunctionError).toBe('Unhandled');
    const ZipFile = zipOf('export const handler = () => "here";', 'watchdog.mjs');
    await harness.lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'missing', ZipFile }));
    expect(new TextDecoder().decode((await invoke('missing')).Payload)).toBe('"here"');
  });

  test('a handler that hangs is ended at its timeout', async () => {
    const code = 'export const handler = () => new Promise((resolve) => setTimeout(resolve, 60_000));';
    await create('hangs', { Timeout: 1, Code: { ZipFile: zipOf(code) } });
    const response = await invoke('hangs');
    expect(JSON.parse(new TextDecoder().decode(response.Payload))).toMatchObject({
      errorType: 'Sandbox.Timedout',
    });
  });

  test('an asynchronous invocation is accepted before it runs', async () => {
    await create('later');
    const event = { FunctionName: 'later', InvocationType: 'Event' as const, Payload: '{}' };
    const response = await harness.lambda.send(new InvokeCommand(event));
    expect([response.StatusCode, response.Payload?.length ?? 0]).toEqual([202, 0]);
  });

  test('the zip of the probe runs as it is deployed, and measures', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'probe-zip-'));
    const target = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    const own = await startAwsHarness({ functionEnvironment: { PROBEMESH_ALLOW_LOOPBACK: '1' } });
    try {
      const { zipPath, build } = await buildProbe(folder);
      const Role = await createRole(own.iam, 'probe');
      const ZipFile = await readFile(zipPath);
      await own.lambda.send(
        new CreateFunctionCommand(inputOf('probe', { Role, Timeout: 30, Code: { ZipFile } })),
      );
      const job = jobOf([(target.address() as AddressInfo).port]);
      const Payload = JSON.stringify(job);
      const response = await own.lambda.send(new InvokeCommand({ FunctionName: 'probe', Payload }));
      expect(JSON.parse(new TextDecoder().decode(response.Payload))).toMatchObject({
        build,
        observations: [{ id: 0, outcome: 'ok' }],
      });
    } finally {
      await own.stop();
      target.close();
      await rm(folder, { recursive: true });
    }
  });

  test('the function reaches objects with the environment that it gets, and nothing else', async () => {
    const { s3 } = harness;
    const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' as const };
    await s3.send(new CreateBucketCommand({ Bucket: 'from-function', CreateBucketConfiguration }));
    const code = `import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
      export const handler = async () => (await new S3Client({ forcePathStyle: true }).send(
        new PutObjectCommand({ Bucket: 'from-function', Key: 'page', Body: 'hello' }))).ETag;`;
    await create('puts', { Timeout: 30, Code: { ZipFile: zipOf(code) } });
    expect((await invoke('puts')).FunctionError).toBeUndefined();
    const stored = harness.aws.state.buckets.get('from-function')?.objects.get('page');
    expect(new TextDecoder().decode(stored?.body)).toBe('hello');
  });

  test('the function calls AWS as its role, with temporary credentials', async () => {
    const code = `import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
      export const handler = async () => (await new STSClient({}).send(new GetCallerIdentityCommand({}))).Arn;`;
    await create('as-role', { Timeout: 30, Code: { ZipFile: zipOf(code) } });
    const response = await invoke('as-role');
    expect(new TextDecoder().decode(response.Payload)).toBe(
      `"arn:aws:sts::${ACCOUNT}:assumed-role/probe/as-role"`,
    );
  });
});
