// A mesh on AWS from nothing: first deployment, repeat, upgrade, and answers that are lost.
// The local AWS enforces the policy of docs/guide/deploy-permissions.md, unless a test says that it does not.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { reportSchema } from '../../../../probes/contract/index.ts';
import { buildProbe } from '../../../../scripts/build-probe.ts';
import {
  type AwsMesh,
  deploy,
  EIGHT,
  SMALL,
  startAwsMesh,
  statesOf,
  whatExists,
  zipOf,
} from '../../../support/deploy/aws-mesh.ts';
import { jobOf } from '../../../support/mesh/lambda-harness.ts';

let mesh: AwsMesh;
afterEach(() => mesh.stop());

const LARGE = { name: 'acme', regions: EIGHT, watchdog: { regions: ['eu-central-1', 'us-east-1'] } };

test('a first deployment makes everything in eight regions, slow roles, functions and keys included', async () => {
  mesh = await startAwsMesh(LARGE);
  Object.assign(mesh.aws.faults, {
    roleVisibleAfterMs: 0,
    roleUsableAfterMs: 60,
    functionPendingMs: 60,
    functionUpdateMs: 30,
    accessKeyUsableAfterMs: 60,
  });
  const { failed, plan } = await deploy(mesh.context());
  expect(failed).toEqual({});
  expect(plan['aws/us-east-1/probe']).toEqual({ state: 'absent', detail: 'does not exist' });
  const { regions, users, roles, buckets } = mesh.aws.state;
  const sha256 = createHash('sha256').update(mesh.kept.zip).digest('base64');
  for (const region of EIGHT) {
    expect(regions.get(region)?.functions.get('acme-probe')).toMatchObject({
      codeSha256: sha256,
      runtime: 'nodejs24.x',
      architectures: ['arm64'],
      handler: 'index.handler',
      memoryMb: 256,
      timeoutSeconds: 30,
      tags: new Map([['probemesh:mesh', 'acme']]),
    });
    expect(regions.get(region)?.logGroups.get('/aws/lambda/acme-probe')?.retentionDays).toBe(14);
  }
  expect(users.get('acme-coordinator')?.keys.map(({ id, secret }) => [id, secret])).toEqual([
    [mesh.kept.key?.accessKeyId, mesh.kept.key?.secretAccessKey],
  ]);
  expect([...roles.keys()].sort()).toEqual([
    'acme-probe',
    'acme-schedule-eu-central-1',
    'acme-schedule-us-east-1',
    'acme-watchdog-eu-central-1',
    'acme-watchdog-us-east-1',
  ]);
  expect([...buckets.values()]).toMatchObject([
    { name: 'acme-status-123456789012', region: 'eu-central-1', tags: new Map([['probemesh:mesh', 'acme']]) },
  ]);
  const watchdogs = ['eu-central-1', 'us-east-1'].map((region) => regions.get(region)!);
  for (const { schedules, parameters } of watchdogs) {
    expect([...schedules.values()][0]?.settings).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Target: { RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } },
    });
    expect(parameters.get('/acme/watchdog/secrets')).toMatchObject({ type: 'SecureString' });
  }
});

test('a repeat finds everything as it should be and changes nothing', async () => {
  mesh = await startAwsMesh(LARGE);
  await deploy(mesh.context());
  expect(mesh.mutations().length).toBeGreaterThan(40);
  const before = whatExists(mesh);
  const again = await deploy(mesh.context());
  expect(statesOf(again)).toEqual(new Set(['same']));
  expect(mesh.mutations()).toEqual([]);
  expect(whatExists(mesh)).toEqual(before);
});

test('an upgrade changes the code of every function and nothing else', async () => {
  mesh = await startAwsMesh();
  await deploy(mesh.context());
  mesh.mutations();
  mesh.aws.faults.functionUpdateMs = 40;
  mesh.kept.zip = zipOf('second version');
  const { failed, plan } = await deploy(mesh.context());
  expect(failed).toEqual({});
  expect(plan['aws/us-east-1/probe']).toMatchObject({
    state: 'different',
    changes: [expect.stringMatching(/^code 0\.1\.0\+\d+ → 0\.1\.0\+\d+$/), expect.any(String)],
  });
  expect(new Set(mesh.mutations().map(({ operation }) => operation))).toEqual(
    new Set(['UpdateFunctionCode', 'UpdateFunctionConfiguration']),
  );
  const run = await mesh.aws.invoke('us-east-1', 'acme-probe', { a: 1 });
  expect(JSON.parse(run.payload)).toEqual({ handler: 'index', text: 'second version', event: { a: 1 } });
});

test('a changed memory, retention and concurrency are named in the plan and changed', async () => {
  mesh = await startAwsMesh();
  await deploy(mesh.context());
  mesh.mutations();
  const settings = { ...SMALL, memory: 512, logRetentionDays: 30 as const, reservedConcurrency: 20 };
  const { failed, plan } = await deploy(mesh.context(settings));
  expect(failed).toEqual({});
  expect(plan['aws/us-east-1/probe']).toMatchObject({ changes: ['memory 256 → 512'] });
  expect(plan['aws/us-east-1/probe-logs']).toMatchObject({ changes: ['retention 14 → 30 days'] });
  expect(plan['aws/us-east-1/probe-concurrency']).toMatchObject({ state: 'absent', detail: '20 to reserve' });
  expect(statesOf(await deploy(mesh.context(settings)))).toEqual(new Set(['same']));
  const back = await deploy(mesh.context());
  expect(back.plan['aws/us-east-1/probe-concurrency']).toMatchObject({
    changes: ['reserved concurrency 20 → none'],
  });
  expect(
    mesh.aws.state.regions.get('us-east-1')?.functions.get('acme-probe')?.reservedConcurrency,
  ).toBeNull();
});

test('when the answer to every call that changes something is lost once, one run still ends well', async () => {
  mesh = await startAwsMesh(SMALL, { enforcePolicies: false });
  const lost = new Set<string>();
  mesh.aws.faults.afterMutation = ({ operation, resource }) => {
    const call = `${operation} ${resource}`;
    if (lost.has(call)) return;
    lost.add(call);
    throw new Error('lost');
  };
  const { failed } = await deploy(mesh.context());
  expect(failed).toEqual({});
  expect(lost.size).toBeGreaterThan(25);
  expect(mesh.aws.state.users.get('acme-coordinator')?.keys.map(({ id }) => id)).toEqual([
    mesh.kept.key?.accessKeyId,
  ]);
  expect(statesOf(await deploy(mesh.context()))).toEqual(new Set(['same']));
});

test('the zip that is built is the one that runs in every region', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'probemesh-deployed-'));
  const built = await buildProbe(folder);
  mesh = await startAwsMesh({ name: 'acme', regions: ['us-east-1', 'eu-central-1'] });
  mesh.kept.zip = await readFile(built.zipPath);
  await rm(folder, { recursive: true });
  expect((await deploy(mesh.context())).failed).toEqual({});
  for (const region of ['us-east-1', 'eu-central-1']) {
    const { payload, functionError } = await mesh.aws.invoke(region, 'acme-probe', jobOf([1]));
    expect(functionError).toBeNull();
    expect(reportSchema.parse(JSON.parse(payload))).toMatchObject({ build: built.build });
  }
});
