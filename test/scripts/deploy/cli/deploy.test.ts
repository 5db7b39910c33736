// `npm run deploy` over two accounts: the order of a first deployment, its plan, its output, and an upgrade that is unhealthy.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deployedMesh } from '../../../support/deploy/deployed-mesh.ts';

const LIMIT_MS = 240_000;
const ONE = { name: 'mesh', regions: ['eu-central-1'] };

test('the probes are deployed before the migrations, and the Worker after them', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh(ONE);
  const { lines } = await mesh.run('--yes');
  const place = (text: string): number => lines.findIndex((line) => line.startsWith(`✓ ${text}`));
  const [probe, migrations, worker] = [
    'Lambda function mesh-probe in eu-central-1',
    'migrations of mesh',
    'Worker mesh',
  ].map(place);
  expect(probe).toBeGreaterThan(-1);
  expect(migrations).toBeGreaterThan(probe!);
  expect(worker).toBeGreaterThan(migrations!);
});

test('an unhealthy new Worker is rolled back to the version before, and the command says so and fails', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh(ONE);
  await mesh.run('--yes');
  const good = mesh.cloudflare.running('mesh')!;
  const goodCode = good.bindings.find(({ name }) => name === 'DEPLOYED_CODE')!.text;
  mesh.cloudflare.code = 'throw new Error()';
  mesh.health = (code) => (code === goodCode ? 200 : 503);
  const { exitCode, report, lines } = await mesh.run('--yes');
  expect(exitCode).toBe(1);
  expect(report.rollback).toEqual({
    isDone: true,
    detail: `The Worker was rolled back to its previous version ${good.id}.`,
  });
  expect(lines.join('\n')).toContain(report.rollback!.detail);
  expect(mesh.cloudflare.running('mesh')!.id).toBe(good.id);
});

test('--plan changes nothing in either account', { timeout: LIMIT_MS }, async () => {
  const mesh = await deployedMesh(ONE);
  const { exitCode, report, lines } = await mesh.run('--plan');
  expect({ exitCode, result: report.result }).toEqual({ exitCode: 0, result: 'planned' });
  expect(lines.join('\n')).toMatch(/\+ Worker mesh on workers.dev: \S+ will be deployed/);
  expect(mesh.aws.calls.filter(({ mutates }) => mutates)).toEqual([]);
  expect(mesh.cloudflare.calls.filter((call) => /create|bulk|apply|^deploy --config/.test(call))).toEqual([]);
});

test('nothing that is printed has a secret', { timeout: LIMIT_MS }, async () => {
  const mesh = await deployedMesh(ONE);
  const { lines, report } = await mesh.run('--yes');
  const { values } = JSON.parse(await readFile(join(mesh.root, 'probemesh.secrets.json'), 'utf8')) as {
    readonly values: Readonly<Record<string, string>>;
  };
  const { awsAccessKeyId: _, ...secrets } = values;
  const printed = `${lines.join('\n')}${JSON.stringify(report)}`;
  for (const [name, value] of Object.entries(secrets))
    expect({ name, isPrinted: printed.includes(value) }).toEqual({ name, isPrinted: false });
});
