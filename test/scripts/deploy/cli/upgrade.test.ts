// `npm run deploy` of another release over a mesh that runs: its order, what cannot be rolled back, and secrets after a rollback.
import { createHash } from 'node:crypto';
import { appendFile, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { PROJECT_ROOT } from '../../../../scripts/start/wrangler.ts';
import { type DeployedMesh, deployedMesh } from '../../../support/deploy/deployed-mesh.ts';

const LIMIT_MS = 240_000;
const REGIONS = ['eu-central-1', 'us-east-1'];
const ONE = { name: 'mesh', regions: ['eu-central-1'] };

const runningCode = ({ cloudflare }: DeployedMesh): string =>
  cloudflare.running('mesh')!.bindings.find(({ name }) => name === 'DEPLOYED_CODE')!.text!;

/** A release whose Worker is unhealthy, and which was rolled back. */
async function rolledBack(): Promise<DeployedMesh> {
  const mesh = await deployedMesh(ONE);
  await mesh.run('--yes');
  const good = runningCode(mesh);
  mesh.health = (code) => (code === good ? 200 : 503);
  mesh.cloudflare.code = 'throw new Error()';
  expect((await mesh.run('--yes')).report.rollback).toMatchObject({ isDone: true });
  mesh.cloudflare.code = 'export default {};';
  return mesh;
}

test('an upgrade replaces the probes first, then it migrates, then it deploys the Worker', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh({ name: 'mesh', regions: REGIONS });
  expect((await mesh.run('--yes')).exitCode).toBe(0);
  const zip = zipSync({ ...unzipSync(mesh.probe.zip), 'release.txt': Buffer.from('B') });
  mesh.probe = { zip, build: '0.2.0+bbbbbbbbbbbb' };
  mesh.cloudflare.code = 'export default { release: "B" };';
  const migrations = join(mesh.root, 'migrations');
  await rm(migrations);
  await cp(join(PROJECT_ROOT, 'migrations'), migrations, { recursive: true });
  await writeFile(join(migrations, '9999_release_b.sql'), 'create table release_b (id integer);');

  const newProbes = () =>
    REGIONS.filter(
      (region) =>
        mesh.aws.state.regions.get(region)!.functions.get('mesh-probe')!.codeSha256 ===
        createHash('sha256').update(zip).digest('base64'),
    );
  const isMigrated = (): boolean =>
    mesh.cloudflare.databases
      .get('mesh')!
      .sqlite.prepare("select 1 from sqlite_master where name = 'release_b'")
      .get() !== undefined;
  const seen: Record<string, unknown> = {};
  const { runner } = mesh.cloudflare;
  mesh.cloudflare.runner = (args, input) => {
    if (args[1] === 'migrations') seen.migrating = { newProbes: newProbes(), isMigrated: isMigrated() };
    if (args[0] === 'deploy' && !args.includes('--dry-run')) seen.deploying = { isMigrated: isMigrated() };
    return runner(args, input);
  };
  const { exitCode, lines, report } = await mesh.run('--yes');
  expect({ exitCode, result: report.result }).toEqual({ exitCode: 0, result: 'done' });
  expect(seen).toEqual({
    migrating: { newProbes: REGIONS, isMigrated: false },
    deploying: { isMigrated: true },
  });
  expect(lines.join('\n')).toMatch(/code 0\.1\.0\+[0-9a-f]{12} → 0\.2\.0\+bbbbbbbbbbbb/);
  expect(await mesh.run('--yes')).toMatchObject({ report: { result: 'nothing_to_do' } });
});

test('an unhealthy release that changes Durable Object classes is not rolled back, and the command says why', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh(ONE);
  await mesh.run('--yes');
  const good = runningCode(mesh);
  mesh.health = (code) => (code === good ? 200 : 503);
  mesh.cloudflare.code = 'throw new Error()';
  await appendFile(
    join(mesh.root, 'wrangler.toml'),
    '\n[[migrations]]\ntag = "release-b"\nnew_sqlite_classes = ["ReleaseB"]\n',
  );
  const { exitCode, report, lines } = await mesh.run('--yes', '--no-rollback');
  expect(exitCode).toBe(1);
  expect(report.rollback).toEqual({
    isDone: false,
    detail: 'The new version still runs: Cloudflare cannot roll back a change of Durable Object classes.',
  });
  expect(lines).toContain(`✗ ${report.rollback!.detail}`);
  expect(runningCode(mesh)).not.toBe(good);
  expect(mesh.cloudflare.calls.filter((call) => call.startsWith('rollback'))).toEqual([]);
});

test('a secret that is missing after a rollback is set with the next release', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await rolledBack();
  const { versions } = mesh.cloudflare.scripts.get('mesh')!;
  for (const { secrets } of versions) (secrets as Map<string, string>).delete('WATCHDOG_KEY');
  mesh.cloudflare.code = 'export default { release: "C" };';
  mesh.health = () => 200;
  const { exitCode, report } = await mesh.run('--yes');
  expect({ exitCode, result: report.result }).toEqual({ exitCode: 0, result: 'done' });
  const { values } = JSON.parse(await readFile(join(mesh.root, 'probemesh.secrets.json'), 'utf8'));
  expect(mesh.cloudflare.running('mesh')!.secrets.get('WATCHDOG_KEY')).toBe(values.watchdogKey);
});

test('after a rollback, the release that runs is deployed again so that keys can be rotated', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await rolledBack();
  const refused = await mesh.run('rotate-keys', '--yes');
  expect(refused.exitCode).toBe(1);
  expect(refused.lines.join('\n')).toContain('Run `npm run deploy` first, so that the newest version runs.');
  const { exitCode, report, lines } = await mesh.run('--yes');
  expect({ exitCode, result: report.result }).toEqual({ exitCode: 0, result: 'done' });
  expect(lines.join('\n')).toContain('a version that was rolled back is the newest one');
  expect((await mesh.run('rotate-keys', '--yes')).exitCode).toBe(0);
});

test('a rotation that ends between its two parts goes on with the second, and makes no other encryption key', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh(ONE);
  await mesh.run('--yes');
  const secret = (name: string): string => mesh.cloudflare.running('mesh')!.secrets.get(name)!;
  const accessKey = secret('AWS_ACCESS_KEY_ID');
  mesh.aws.faults.failing['iam:CreateAccessKey'] = {
    ...{ code: 'AccessDenied', message: 'no', status: 403, times: 1 },
  };
  expect((await mesh.run('rotate-keys', '--yes')).exitCode).toBe(1);
  const encryptionKey = secret('ENCRYPTION_KEY');
  expect(secret('AWS_ACCESS_KEY_ID')).toBe(accessKey);
  expect((await mesh.run('rotate-keys', '--yes')).exitCode).toBe(0);
  expect(secret('ENCRYPTION_KEY')).toBe(encryptionKey);
  expect(secret('AWS_ACCESS_KEY_ID')).not.toBe(accessKey);
  // A later rotation begins with the first part.
  expect((await mesh.run('rotate-keys', '--yes')).exitCode).toBe(0);
  expect(secret('ENCRYPTION_KEY')).not.toBe(encryptionKey);
});

test('a person who stops the proof causes no rollback, and the next run proves the release and rolls it back', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh(ONE);
  await mesh.run('--yes');
  const good = runningCode(mesh);
  mesh.health = (code) => (code === good ? 200 : 503);
  mesh.cloudflare.code = 'throw new Error()';
  mesh.onWait = () => mesh.stop.abort();
  const { exitCode, report, lines } = await mesh.run('--yes');
  expect({ exitCode, result: report.result, rollback: report.rollback }).toEqual({
    ...{ exitCode: 130, result: 'cancelled', rollback: null },
  });
  expect(lines.at(-1)).toContain('Run `npm run deploy` again: it proves what is deployed.');
  expect(runningCode(mesh)).not.toBe(good);
  Object.assign(mesh, { stop: new AbortController(), onWait: () => undefined });
  expect(await mesh.run('--yes')).toMatchObject({ exitCode: 1, report: { rollback: { isDone: true } } });
  expect(runningCode(mesh)).toBe(good);
});
