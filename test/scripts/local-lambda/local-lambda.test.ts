import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportSchema } from '../../../probes/contract/index.ts';
import { type Bench, jobOf, LOCATIONS, startBench } from '../../support/mesh/lambda-harness.ts';
import { words } from '../../support/net/ask-probe.ts';
import { openTarget, type Target } from '../../support/net/targets.ts';

let bench: Bench;
let target: Target;

beforeAll(async () => {
  bench = await startBench();
  target = await openTarget();
});
afterAll(async () => {
  await bench.stop();
  await target.close();
});

describe('the local Lambda', () => {
  test('runs the built bundle in the location that the signature names, from an address of its own', async () => {
    target.peers.length = 0;
    const answer = await bench.invoke(bench.clientOf('us-east-1'), jobOf([target.port]));
    expect(answer).toMatchObject({ functionError: undefined, executedVersion: '$LATEST' });
    expect(reportSchema.parse(JSON.parse(answer.text)).observations.map(words)).toEqual(['ok']);
    await bench.invoke(bench.clientOf('eu-central-1'), jobOf([target.port]));
    expect(target.peers).toEqual(LOCATIONS.map((id) => bench.lambda.sourceAddresses()[id]));
    if (process.platform === 'linux') expect(target.peers).toEqual(['127.0.0.11', '127.0.0.12']);
  });

  test('runs invocations of one location side by side', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => bench.runsOf('us-east-1', [target.port])),
    );
    expect(answers.flat()).toEqual(Array(10).fill('ok'));
  });

  test('reports what the function raises as a FunctionError', async () => {
    const { functionError, text } = await bench.invoke(bench.clientOf('us-east-1'), { no: 'job' });
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(text)).toMatchObject({
      errorType: 'ZodError',
      errorMessage: expect.any(String),
      trace: [],
    });
  });

  test('does not know other functions or other regions', async () => {
    const notFound = { name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } };
    await expect(bench.invoke(bench.clientOf('us-east-1'), {}, 'other')).rejects.toMatchObject(notFound);
    await expect(bench.invoke(bench.clientOf('sa-east-1'), jobOf([target.port]))).rejects.toMatchObject(
      notFound,
    );
  });

  test('refuses what is too large or no JSON', async () => {
    await expect(
      bench.invoke(bench.clientOf('us-east-1'), JSON.stringify('x'.repeat(6_300_000))),
    ).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      $metadata: { httpStatusCode: 413 },
    });
    await expect(bench.invoke(bench.clientOf('us-east-1'), '{"half":')).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
      $metadata: { httpStatusCode: 400 },
    });
  });
});

describe('starting and stopping', () => {
  test('says what to do when the bundle is missing, and which port is taken', async () => {
    await expect(bench.start({ bundlePath: join(bench.folder, 'nowhere.mjs') })).rejects.toThrow(
      'npm run build:probe',
    );
    await expect(bench.start({ port: Number(new URL(bench.lambda.url).port) })).rejects.toThrow('EADDRINUSE');
  });

  test('a bundle that does not load ends the start, and leaves no process', async () => {
    const broken = join(bench.folder, 'broken.mjs');
    await writeFile(broken, 'process.exit(3);');
    await expect(bench.start({ bundlePath: broken })).rejects.toThrow('does not load');
  });

  test('a function that never ends is timed out, killed and replaced', async () => {
    const stuck = join(bench.folder, 'stuck.mjs');
    await writeFile(
      stuck,
      'let calls = 0; export const handler = () => calls++ ? 0 : new Promise(() => {});',
    );
    const slow = await bench.start({ bundlePath: stuck, timeoutMs: 300, locations: ['aws:us-east-1'] });
    const client = bench.clientOf('us-east-1', { endpoint: slow.url });
    for (const _ of [1, 2]) {
      const { functionError, text } = await bench.invoke(client, {});
      expect(functionError).toBe('Unhandled');
      expect(JSON.parse(text).errorMessage).toContain('Task timed out after 0.30 seconds');
      // A new process counts from nothing.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await slow.stop();
  });
});
