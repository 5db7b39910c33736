// `npm run deploy` over two accounts converges: eight regions, a repeat, a kill and a stop at any point, a region that fails, the
// rotation of the keys while watchdogs sign requests, and leaving.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Account } from '../../../../scripts/local-aws/account.ts';
import { signRequest } from '../../../../src/signed-request.ts';
import { deployedMesh, EIGHT, stepsWith } from '../../../support/deploy/deployed-mesh.ts';

const LIMIT_MS = 600_000;
const ONE = { name: 'mesh', regions: ['eu-central-1'] };

/** Names of everything in the account of AWS but who deploys. */
const leftIn = ({ roles, users, buckets, regions }: Account): string[] => [
  ...[...roles.keys(), ...buckets.keys()],
  ...[...users.keys()].filter((name) => name !== 'deployer'),
  ...[...regions.values()].flatMap(({ functions, logGroups, scheduleGroups, schedules, parameters }) => [
    ...[functions, logGroups, schedules, parameters].flatMap((one) => [...one.keys()]),
    // AWS deletes a group within minutes.
    ...[...scheduleGroups.values()].filter(({ deletedAt }) => deletedAt === null).map(({ name }) => name),
  ]),
];

test('a first deployment to eight regions works, a repeat changes nothing, and destroy leaves nothing', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh(EIGHT);
  const first = await mesh.run('--yes');
  expect(first.report.steps.filter(({ error }) => error !== null)).toEqual([]);
  expect(first.report.proof.filter(({ isWell }) => !isWell)).toEqual([]);
  expect(first.report.proof.map(({ name }) => name)).toEqual([
    ...EIGHT.regions.map((region) => `aws:${region}`),
    'tick',
    'health',
  ]);
  expect(first).toMatchObject({
    exitCode: 0,
    report: { result: 'done', url: 'https://mesh.acme.workers.dev' },
  });

  const before = mesh.aws.calls.length;
  const second = await mesh.run('--yes');
  expect(second).toMatchObject({ exitCode: 0, report: { result: 'nothing_to_do' } });
  expect(second.lines.join('\n')).toContain('Nothing to do.');
  expect(mesh.aws.calls.slice(before).filter(({ mutates }) => mutates)).toEqual([]);

  const last = await mesh.run('destroy', '--yes');
  expect(last.report.steps.filter(({ error }) => error !== null)).toEqual([]);
  expect(last).toMatchObject({ exitCode: 0, report: { result: 'done' } });
  expect(leftIn(mesh.aws.state)).toEqual([]);
  expect([mesh.cloudflare.databases.size, mesh.cloudflare.queues.size, mesh.cloudflare.scripts.size]).toEqual(
    [0, 0, 0],
  );
  expect(await mesh.run('destroy', '--yes')).toMatchObject({
    exitCode: 0,
    report: { result: 'nothing_to_do' },
  });
});

test('a region that is not enabled fails with its fix, and the others and the Worker go on', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh({ name: 'mesh', regions: ['eu-central-1', 'ap-east-1'] });
  mesh.aws.faults.disabledRegions = ['ap-east-1'];
  const { exitCode, report } = await mesh.run('--yes');
  expect(exitCode).toBe(1);
  const failed = report.steps.filter(({ error }) => error !== null);
  expect(failed.map(({ id }) => id).every((id) => id.startsWith('aws/ap-east-1/'))).toBe(true);
  expect(failed[0]?.error?.fix).toMatch(/enable/i);
  expect(stepsWith(report, 'done')).toContain('cloudflare/worker');
  mesh.aws.faults.disabledRegions = [];
  expect(await mesh.run('--yes')).toMatchObject({ exitCode: 0, report: { result: 'done' } });
});

test('a deployment that was killed before its proof is proven by the next run, which rolls back as the first would have', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh(ONE);
  await mesh.run('--yes');
  const good = mesh.cloudflare.running('mesh')!;
  const goodCode = good.bindings.find(({ name }) => name === 'DEPLOYED_CODE')!.text;
  mesh.cloudflare.code = 'throw new Error()';
  mesh.health = (code) => (code === goodCode ? 200 : 503);
  mesh.cloudflare.revive();
  const dry = await mesh.run('--plan');
  expect(dry.report.result).toBe('planned');
  const calls = mesh.cloudflare.calls.length;
  mesh.cloudflare.revive();
  // The plan with its build, the version before, and then the deployment.
  mesh.cloudflare.kill = { call: calls + 3, isAfter: true };
  await mesh.run('--yes');
  expect(mesh.cloudflare.calls.at(-1)).toMatch(/^deploy --config/);
  mesh.cloudflare.revive();
  expect(mesh.cloudflare.running('mesh')!.id).not.toBe(good.id);
  const { report } = await mesh.run('--yes');
  expect(report.rollback?.isDone).toBe(true);
  expect(mesh.cloudflare.running('mesh')!.id).toBe(good.id);
});

test('a mesh that was unhealthy before an upgrade is not rolled back, because the upgrade can be the repair', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh(ONE);
  await mesh.run('--yes');
  mesh.health = () => 503;
  mesh.cloudflare.code = 'export default { newer: true };';
  const { exitCode, report } = await mesh.run('--yes');
  expect(exitCode).toBe(1);
  expect(report.rollback).toEqual({
    isDone: false,
    detail: 'The new version still runs: the version before it was unhealthy as well.',
  });
});

test('a command that a person stops ends what has begun, begins nothing, and the next one goes on', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh(ONE);
  mesh.aws.faults.afterMutation = ({ operation }) => {
    if (operation === 'CreateFunction') mesh.stop.abort();
  };
  const { exitCode, report } = await mesh.run('--yes');
  expect(exitCode).toBe(130);
  expect(stepsWith(report, 'done')).toContain('aws/eu-central-1/probe');
  expect(stepsWith(report, 'stopped')).toContain('cloudflare/worker');
  const next = { ...mesh, stop: new AbortController() };
  mesh.aws.faults.afterMutation = null;
  Object.assign(mesh, next);
  expect(await mesh.run('--yes')).toMatchObject({ exitCode: 0, report: { result: 'done' } });
});

test('rotate-keys replaces every key, and a request that is signed at any moment is accepted', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh({ ...ONE, watchdog: { regions: ['eu-central-1'] } });
  await mesh.run('--yes');
  const before = new Map(mesh.cloudflare.running('mesh')!.secrets);
  mesh.ticks.accepted = 0;
  const keys = new Set<string>();
  // The watchdog signs with what its parameter has, as often as it likes.
  mesh.onWait = async () => {
    const { value } = mesh.aws.state.regions.get('eu-central-1')!.parameters.get('/mesh/watchdog/secrets')!;
    const { watchdogKey } = JSON.parse(value) as { readonly watchdogKey: string };
    keys.add(watchdogKey);
    const headers = await signRequest(
      watchdogKey,
      { method: 'POST', path: '/watchdog', body: '' },
      mesh.now(),
    );
    await mesh.fetch('https://mesh.acme.workers.dev/watchdog', { method: 'POST', headers });
  };
  const { exitCode, lines } = await mesh.run('rotate-keys', '--yes');
  expect(lines.filter((line) => line.includes('✗'))).toEqual([]);
  expect(exitCode).toBe(0);
  expect(mesh.ticks.accepted).toBeGreaterThan(50);
  expect(mesh.ticks.refused).toBe(0);
  expect(keys.size).toBe(2);
  const after = mesh.cloudflare.running('mesh')!.secrets;
  expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
  for (const name of ['ENCRYPTION_KEY', 'WATCHDOG_KEY', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
    expect(after.get(name)).not.toBe(before.get(name));
  const { values, pending, rotation } = JSON.parse(
    await readFile(join(mesh.root, 'probemesh.secrets.json'), 'utf8'),
  );
  expect({ pending, rotation }).toEqual({ pending: [], rotation: null });
  expect(values).toMatchObject({
    encryptionKey: after.get('ENCRYPTION_KEY'),
    watchdogKey: after.get('WATCHDOG_KEY'),
  });
  expect(values.encryptionKeyPrevious).toBeUndefined();
  expect(await mesh.run('--yes')).toMatchObject({ exitCode: 0, report: { result: 'nothing_to_do' } });
});

test('during a rotation each version of the Worker knows the keys of the version before and after it', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh(ONE);
  await mesh.run('--yes');
  const { versions } = mesh.cloudflare.scripts.get('mesh')!;
  const begin = versions.length - 1;
  await mesh.run('rotate-keys', '--yes');
  const keys = versions.slice(begin).map(({ secrets }) => ({
    current: secrets.get('ENCRYPTION_KEY')!,
    known: [secrets.get('ENCRYPTION_KEY'), secrets.get('ENCRYPTION_KEY_PREVIOUS')],
  }));
  expect(keys.length).toBeGreaterThan(3);
  for (const [index, one] of keys.entries()) {
    const next = keys[index + 1];
    if (next === undefined) continue;
    expect(one.known).toContain(next.current);
    if (next.known[1] !== undefined) expect(next.known).toContain(one.current);
  }
  expect(keys.at(-1)!.current).not.toBe(keys[0]!.current);
});

test('a rotation that is killed at any call that sets secrets ends well when it is repeated', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh(ONE);
  await mesh.run('--yes');
  for (const secretCall of [1, 2, 3, 4])
    for (const isAfter of [false, true]) {
      mesh.cloudflare.revive();
      mesh.cloudflare.killAtSecrets = { call: secretCall, isAfter };
      const killed = await mesh.run('rotate-keys', '--yes');
      expect({ secretCall, isAfter, exitCode: killed.exitCode }).toEqual({
        secretCall,
        isAfter,
        exitCode: 1,
      });
      mesh.cloudflare.revive();
      const repeated = await mesh.run('rotate-keys', '--yes');
      expect({ secretCall, isAfter, exitCode: repeated.exitCode }).toEqual({
        secretCall,
        isAfter,
        exitCode: 0,
      });
      const { secrets } = mesh.cloudflare.running('mesh')!;
      const { values } = JSON.parse(await readFile(join(mesh.root, 'probemesh.secrets.json'), 'utf8'));
      expect(secrets.get('ENCRYPTION_KEY')).toBe(values.encryptionKey);
      expect(secrets.get('AWS_ACCESS_KEY_ID')).toBe(values.awsAccessKeyId);
      expect(secrets.has('ENCRYPTION_KEY_PREVIOUS')).toBe(false);
    }
  expect(mesh.ticks.refused).toBe(0);
});
