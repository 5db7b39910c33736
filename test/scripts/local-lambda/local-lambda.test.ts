import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportSchema } from '../../../probes/contract/index.ts';
import {
  jobOf,
  type LambdaHarness,
  LOCATIONS,
  startLambdaHarness,
} from '../../support/mesh/lambda-harness.ts';
import { words } from '../../support/net/ask-probe.ts';
import { openTarget, type Target } from '../../support/net/targets.ts';

let harness: LambdaHarness;
let target: Target;

beforeAll(async () => {
  harness = await startLambdaHarness();
  target = await openTarget();
});
afterAll(async () => {
  await harness.stop();
  await target.close();
});

describe('the local Lambda', () => {
  test('an invocation runs the built bundle in the location of its signature, from that location’s address', async () => {
    target.peers.length = 0;
    const output = await harness.invoke(harness.clientOf('us-east-1'), jobOf([target.port]));
    expect(output).toMatchObject({ functionError: undefined, executedVersion: '$LATEST' });
    expect(reportSchema.parse(JSON.parse(output.text)).observations.map(words)).toEqual(['ok']);
    await harness.invoke(harness.clientOf('eu-central-1'), jobOf([target.port]));
    expect(target.peers).toEqual(LOCATIONS.map((id) => harness.lambda.sourceAddresses()[id]));
    if (process.platform === 'linux') expect(target.peers).toEqual(['127.0.0.11', '127.0.0.12']);
  });

  test('invocations of one location run concurrently', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => harness.runsOf('us-east-1', [target.port])),
    );
    expect(outcomes.flat()).toEqual(Array(10).fill('ok'));
  });

  test('an error that the function raises becomes a FunctionError', async () => {
    const { functionError, text } = await harness.invoke(harness.clientOf('us-east-1'), { no: 'job' });
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(text)).toMatchObject({
      errorType: 'ZodError',
      errorMessage: expect.any(String),
      trace: [],
    });
  });

  test('another function and another region are not found', async () => {
    const notFound = { name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } };
    await expect(harness.invoke(harness.clientOf('us-east-1'), {}, 'other')).rejects.toMatchObject(notFound);
    await expect(harness.invoke(harness.clientOf('sa-east-1'), jobOf([target.port]))).rejects.toMatchObject(
      notFound,
    );
  });

  test('a payload that is too large or not JSON is rejected', async () => {
    await expect(
      harness.invoke(harness.clientOf('us-east-1'), JSON.stringify('x'.repeat(6_300_000))),
    ).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      $metadata: { httpStatusCode: 413 },
    });
    await expect(harness.invoke(harness.clientOf('us-east-1'), '{"half":')).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
      $metadata: { httpStatusCode: 400 },
    });
  });
});

describe('the limit of a payload', () => {
  const LIMIT = 6 * 1024 * 1024;

  test('a request must be smaller than 6 MiB, as Lambda’s message states', async () => {
    const client = harness.clientOf('us-east-1');
    const ofBytes = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));
    await expect(harness.invoke(client, ofBytes(LIMIT))).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      message: `Request must be smaller than ${LIMIT} bytes for the InvokeFunction operation`,
      $metadata: { httpStatusCode: 413 },
    });
    expect((await harness.invoke(client, ofBytes(LIMIT - 1))).functionError).toBe('Unhandled');
  });

  test('a response of up to 6 MiB and 100 bytes arrives, and a larger one is an error of the function', async () => {
    const bundlePath = join(harness.folder, 'long.mjs');
    await writeFile(bundlePath, "export const handler = ({ bytes }) => 'x'.repeat(bytes - 2);");
    const lambda = await harness.start({ bundlePath, locations: ['aws:us-east-1'] });
    const client = harness.clientOf('us-east-1', { endpoint: lambda.url });
    expect((await harness.invoke(client, { bytes: LIMIT + 100 })).text).toHaveLength(LIMIT + 100);
    const { functionError, text } = await harness.invoke(client, { bytes: LIMIT + 101 });
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(text)).toEqual({
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: `Response payload size exceeded maximum allowed payload size (${LIMIT + 100} bytes).`,
    });
    await lambda.stop();
  });
});

describe('starting and stopping', () => {
  test('a missing bundle and a port in use fail the start with the fix', async () => {
    await expect(harness.start({ bundlePath: join(harness.folder, 'nowhere.mjs') })).rejects.toThrow(
      'npm run build:probe',
    );
    await expect(harness.start({ port: Number(new URL(harness.lambda.url).port) })).rejects.toThrow(
      'EADDRINUSE',
    );
  });

  test('a bundle that does not load fails the start, and leaves no process', async () => {
    const broken = join(harness.folder, 'broken.mjs');
    await writeFile(broken, 'process.exit(3);');
    await expect(harness.start({ bundlePath: broken })).rejects.toThrow('does not load');
  });

  test('a function that never ends is timed out, killed and replaced', async () => {
    const stuck = join(harness.folder, 'stuck.mjs');
    await writeFile(
      stuck,
      'let calls = 0; export const handler = () => calls++ ? 0 : new Promise(() => {});',
    );
    const slow = await harness.start({ bundlePath: stuck, timeoutMs: 300, locations: ['aws:us-east-1'] });
    const client = harness.clientOf('us-east-1', { endpoint: slow.url });
    for (const _ of [1, 2]) {
      const { functionError, text } = await harness.invoke(client, {});
      expect(functionError).toBe('Unhandled');
      expect(JSON.parse(text).errorMessage).toContain('Task timed out after 0.30 seconds');
      // A new process counts from 0.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await slow.stop();
  });
});

describe('reloading the bundle', () => {
  const answering = (text: string): string =>
    `export const handler = (event) => event.slow ? new Promise((end) => setTimeout(end, 500, '${text}')) : '${text}';`;

  test('new invocations run the new bundle, and those that run already end on the old one', async () => {
    const bundlePath = join(harness.folder, 'reloaded.mjs');
    await writeFile(bundlePath, answering('old'));
    const lambda = await harness.start({ bundlePath, locations: ['aws:us-east-1'] });
    const client = harness.clientOf('us-east-1', { endpoint: lambda.url });
    const running = harness.invoke(client, { slow: true });
    expect((await harness.invoke(client, {})).text).toBe('"old"');
    await writeFile(bundlePath, answering('new'));
    await lambda.reload();
    expect((await harness.invoke(client, {})).text).toBe('"new"');
    expect((await running).text).toBe('"old"');
    await lambda.stop();
  });

  test('a bundle that does not load leaves every location on the old one', async () => {
    const bundlePath = join(harness.folder, 'kept.mjs');
    await writeFile(bundlePath, answering('old'));
    const lambda = await harness.start({ bundlePath });
    await writeFile(bundlePath, 'process.exit(3);');
    await expect(lambda.reload()).rejects.toThrow('does not load');
    for (const region of ['us-east-1', 'eu-central-1']) {
      const { text } = await harness.invoke(harness.clientOf(region, { endpoint: lambda.url }), {});
      expect(text).toBe('"old"');
    }
    await lambda.stop();
  });
});
