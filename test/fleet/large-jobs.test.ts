// Jobs and reports at Lambda's limit of 6 MB, against the local Lambda with the real SDK: what AWS refuses is unmeasured
// with its detail, and never a refused whole.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CheckRun } from '../../probes/contract/index.ts';
import { createFleet } from '../../src/fleet/fleet.ts';
import { jobLimits } from '../../src/fleet/split-job.ts';
import { splitInvocation } from '../../src/scheduler/invoke.ts';
import { credentials, type LambdaHarness, startLambdaHarness } from '../support/mesh/lambda-harness.ts';

let harness: LambdaHarness;
const target = createServer((request, response) => {
  request.resume().once('end', () => response.end('ok'));
});

beforeAll(async () => {
  harness = await startLambdaHarness();
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
});
afterAll(async () => {
  await harness.stop();
  target.close();
});

const fleetAt = (endpoint: string) =>
  createFleet({ functionName: 'probemesh-probe', endpoint, canaries: [], credentials }, Date.now);
const to = { location: 'aws:us-east-1', mayHang: false };
const withBody = (id: number, characters: number): CheckRun => ({
  id,
  check: {
    type: 'http',
    url: `http://127.0.0.1:${(target.address() as AddressInfo).port}/`,
    method: 'POST',
    // Three bytes each.
    body: '語'.repeat(characters),
    timeoutMs: 12_000,
  },
});

test('36 monitors with bodies of 65,000 characters are split into jobs that Lambda takes, and every run is measured', async () => {
  const due = Array.from({ length: 36 }, (_, id) => withBody(id, 65_000));
  const limits = jobLimits(1_769);
  const parts = splitInvocation(fleetAt(harness.lambda.url), to, due, { limits, now: Date.now });
  expect(parts.length).toBeGreaterThan(1);
  const results = await Promise.all(parts.map(({ run }) => run()));
  expect(results.map(({ error }) => error)).toEqual(parts.map(() => null));
  const observations = results.flatMap((result) => result.observations);
  expect(observations.map(({ monitor }) => monitor).sort((a, b) => a - b)).toEqual(due.map(({ id }) => id));
  expect(new Set(observations.map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
});

test('a job that Lambda refuses as too large is unmeasured, and its error states the size and the fix', async () => {
  const result = await fleetAt(harness.lambda.url).invoke({ ...to, runs: [withBody(1, 2_200_000)] });
  expect(result.observations).toMatchObject([{ outcome: 'unmeasured', reason: 'invoke_error' }]);
  expect(result.error).toMatch(/refused the job because its 6\d{6} bytes are too many .*Shorten the bodies/);
});

test('a check that no job can carry is not sent: it is unmeasured with its size, and the others are measured', async () => {
  const due = [withBody(1, 2_200_000), withBody(2, 10)];
  const context = { limits: jobLimits(256), now: Date.now };
  const [part, ...others] = splitInvocation(fleetAt(harness.lambda.url), to, due, context);
  expect(others).toEqual([]);
  const { observations, error } = await part!.run();
  expect(error).toBeNull();
  const of = (monitor: number) => observations.find((one) => one.monitor === monitor);
  expect(of(1)).toMatchObject({ outcome: 'unmeasured', detail: expect.stringMatching(/6\d{6} bytes/) });
  expect(of(2)).toMatchObject({ outcome: 'ok' });
});

test.each([
  ['of more than Lambda returns', 6_300_000, 'function_error', /ResponseSizeTooLarge/],
  ['that is not a report', 5_000_000, 'bad_report', /not usable/],
])('a response %s makes its job unmeasured', async (_, size, reason, message) => {
  const bundlePath = join(harness.folder, `large-${size}.mjs`);
  await writeFile(bundlePath, `export const handler = async () => 'x'.repeat(${size});`);
  const lambda = await harness.start({ bundlePath, locations: ['aws:us-east-1'] });
  const result = await fleetAt(lambda.url).invoke({ ...to, runs: [withBody(1, 10)] });
  expect(result.observations).toMatchObject([{ outcome: 'unmeasured', reason }]);
  expect(result.error).toMatch(message);
  await lambda.stop();
});
