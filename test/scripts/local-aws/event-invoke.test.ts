// Asynchronous invocations of the local Lambda: how often one that failed is repeated, and what the settings may be.
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  InvokeCommand,
  PutFunctionEventInvokeConfigCommand,
  type PutFunctionEventInvokeConfigCommandInput,
  UpdateFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import {
  ACCOUNT,
  type AwsHarness,
  createRole,
  startAwsHarness,
  zipOf,
} from '../../support/aws/aws-harness.ts';

const FunctionName = 'later';

let harness: AwsHarness;
let Role: string;
let runs: number;
let isFailing: boolean;

beforeAll(async () => {
  harness = await startAwsHarness({
    invoke: async () => {
      runs += 1;
      if (isFailing) throw new Error('no');
      return null;
    },
  });
  harness.aws.faults.repeatAfterMs = 1;
  Role = await createRole(harness.iam, 'later');
});
afterAll(() => harness.stop());
beforeEach(async () => {
  [runs, isFailing] = [0, true];
  await harness.lambda.send(new DeleteFunctionCommand({ FunctionName })).catch(() => undefined);
  await create();
});

const create = () =>
  harness.lambda.send(
    new CreateFunctionCommand({
      ...{ FunctionName, Role, Runtime: 'nodejs24.x', Handler: 'index.handler' },
      Code: { ZipFile: zipOf('export const handler = () => null;') },
    }),
  );
const put = (limits: Omit<PutFunctionEventInvokeConfigCommandInput, 'FunctionName'>) =>
  harness.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, ...limits }));
const get = () => harness.lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }));
const invokeLater = () => harness.lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }));
/** A synchronous run that is begun after all repeats: they take 1 and 2 ms. */
const afterRepeats = () => new Promise((resolve) => setTimeout(resolve, 60));

test('an asynchronous invocation that fails is repeated twice by default, and one that succeeds is not', async () => {
  await invokeLater();
  await vi.waitFor(() => expect(runs).toBe(3));
  await afterRepeats();
  expect(runs).toBe(3);
  isFailing = false;
  await invokeLater();
  await vi.waitFor(() => expect(runs).toBe(4));
  await afterRepeats();
  expect(runs).toBe(4);
});

test('with MaximumRetryAttempts 0 it is not repeated, and neither is one of a function that was deleted', async () => {
  await put({ MaximumRetryAttempts: 0 });
  await invokeLater();
  await vi.waitFor(() => expect(runs).toBe(1));
  await afterRepeats();
  expect(runs).toBe(1);
  await harness.lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }));
  harness.aws.faults.repeatAfterMs = 40;
  await invokeLater();
  await vi.waitFor(() => expect(runs).toBe(2));
  await harness.lambda.send(new DeleteFunctionCommand({ FunctionName }));
  await afterRepeats();
  expect(runs).toBe(2);
  harness.aws.faults.repeatAfterMs = 1;
});

test('settings are read as they were put, an update keeps the others, and a put removes what it leaves out', async () => {
  expect(await put({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 })).toMatchObject({
    FunctionArn: `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:later:$LATEST`,
    MaximumRetryAttempts: 0,
    MaximumEventAgeInSeconds: 60,
    LastModified: expect.any(Date),
  });
  await harness.lambda.send(
    new UpdateFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1 }),
  );
  expect(await get()).toMatchObject({ MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60 });
  await put({ MaximumRetryAttempts: 2 });
  expect((await get()).MaximumEventAgeInSeconds).toBeUndefined();
});

test('settings that do not exist are not found, and they go with their function', async () => {
  const missing = {
    name: 'ResourceNotFoundException',
    message: `The function arn:aws:lambda:eu-central-1:${ACCOUNT}:function:later:$LATEST doesn't have an EventInvokeConfig`,
  };
  await expect(get()).rejects.toMatchObject(missing);
  await expect(
    harness.lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName })),
  ).rejects.toMatchObject(missing);
  await put({ MaximumRetryAttempts: 0 });
  await harness.lambda.send(new DeleteFunctionCommand({ FunctionName }));
  await expect(get()).rejects.toMatchObject({ message: expect.stringContaining('Function not found') });
  await create();
  await expect(get()).rejects.toMatchObject(missing);
});

test.each([
  [{ MaximumRetryAttempts: 3 }, "Value '3' at 'maximumRetryAttempts' failed to satisfy constraint"],
  [{ MaximumRetryAttempts: -1 }, 'greater than or equal to 0'],
  [{ MaximumEventAgeInSeconds: 59 }, 'greater than or equal to 60'],
  [{ MaximumEventAgeInSeconds: 21_601 }, 'less than or equal to 21600'],
  [{}, 'You must specify at least one of error handling or destination setting.'],
])('settings %j are refused, and nothing is stored', async (limits, message) => {
  await expect(put(limits)).rejects.toMatchObject({ message: expect.stringContaining(message) });
  await expect(get()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
