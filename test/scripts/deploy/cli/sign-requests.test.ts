// `npm run deploy` with `signRequests`: at every moment, each key with which a probe signs is one that the Worker shows.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSigningKey, publicKeyOf } from '../../../../scripts/deploy/signing-key.ts';
import { type DeployedMesh, deployedMesh } from '../../../support/deploy/deployed-mesh.ts';
import { Killed } from '../../../support/deploy/fake-cloudflare.ts';

const LIMIT_MS = 240_000;
const PLAIN = { name: 'mesh', regions: ['eu-central-1', 'us-east-1'] };
const SIGNED = { ...PLAIN, signRequests: true };

const environments = ({ aws }: DeployedMesh): Readonly<Record<string, string>>[] =>
  PLAIN.regions.map(
    (region) => aws.state.regions.get(region)?.functions.get('mesh-probe')?.environment ?? {},
  );

const shown = ({ cloudflare }: DeployedMesh): string =>
  cloudflare.running('mesh')?.bindings.find(({ name }) => name === 'PROBE_PUBLIC_KEYS')?.text ?? '';

const kept = async ({ root }: DeployedMesh): Promise<Readonly<Record<string, string>>> =>
  JSON.parse(await readFile(join(root, 'probemesh.secrets.json'), 'utf8')).values;

/** Keys that sign while the Worker does not show them, seen after each change on either side. */
function watch(mesh: DeployedMesh): { readonly unknown: string[]; diesAt: RegExp | null } {
  const seen = { unknown: [] as string[], diesAt: null as RegExp | null };
  const look = (): void => {
    for (const { PROBEMESH_SIGNING_KEY: key } of environments(mesh))
      if (key !== undefined && !shown(mesh).split(',').includes(publicKeyOf(key))) seen.unknown.push(key);
  };
  const { runner } = mesh.cloudflare;
  Object.assign(mesh.cloudflare, {
    runner: async (...call: Parameters<typeof runner>) => {
      if (seen.diesAt?.test(call[0].join(' '))) throw new Killed('wrangler was killed');
      const result = await runner(...call);
      look();
      return result;
    },
  });
  mesh.aws.faults.afterMutation = look;
  return seen;
}

test('the first deployment gives every probe the key that the Worker shows, a repeat changes nothing, and false removes both', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh(SIGNED);
  const seen = watch(mesh);
  const first = await mesh.run('--yes');
  expect(first.report.steps.filter(({ error }) => error !== null)).toEqual([]);
  const { signingKey } = await kept(mesh);
  expect(shown(mesh)).toBe(publicKeyOf(signingKey!));
  const variables = {
    PROBEMESH_SIGNING_KEY: signingKey,
    PROBEMESH_SIGNATURE_AGENT: 'https://mesh.acme.workers.dev',
  };
  expect(environments(mesh)).toEqual([variables, variables]);

  const before = mesh.aws.calls.length;
  const second = await mesh.run('--yes');
  expect(second).toMatchObject({ exitCode: 0, report: { result: 'nothing_to_do' } });
  expect(mesh.aws.calls.slice(before).filter(({ mutates }) => mutates)).toEqual([]);

  await mesh.write(PLAIN);
  // A run for one region cannot end it: the other one still signs.
  await mesh.run('--yes', '--regions', 'eu-central-1');
  expect(environments(mesh)).toEqual([{}, variables]);
  expect(shown(mesh)).toBe(publicKeyOf(signingKey!));
  const clock = mesh.now();
  const last = await mesh.run('--yes');
  expect(last).toMatchObject({ exitCode: 0, report: { result: 'done' } });
  expect(mesh.now() - clock).toBeGreaterThanOrEqual(100_000);
  expect(environments(mesh)).toEqual([{}, {}]);
  expect(shown(mesh)).toBe('');
  expect(seen.unknown).toEqual([]);
  expect(await mesh.run('--yes')).toMatchObject({ report: { result: 'nothing_to_do' } });
  const printed = [first, second, last].map(({ lines, report }) => `${lines}${JSON.stringify(report)}`);
  expect(printed.join('').includes(signingKey!)).toBe(false);
});

test('a deployment that is killed between the Worker and the probes goes on with the same key, and so does its end', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh(PLAIN);
  await mesh.run('--yes');
  await mesh.write(SIGNED);
  const seen = watch(mesh);
  const refused = { code: 'AccessDeniedException', message: 'no', status: 403, times: PLAIN.regions.length };
  mesh.aws.faults.failing = { 'lambda:UpdateFunctionConfiguration': refused };
  expect((await mesh.run('--yes')).exitCode).toBe(1);
  const { signingKey } = await kept(mesh);
  expect(shown(mesh)).toBe(publicKeyOf(signingKey!));
  expect(environments(mesh)).toEqual([{}, {}]);
  mesh.aws.faults.failing = {};
  expect(await mesh.run('--yes')).toMatchObject({ exitCode: 0, report: { result: 'done' } });
  expect(environments(mesh).map((one) => one.PROBEMESH_SIGNING_KEY)).toEqual([signingKey, signingKey]);

  await mesh.write(PLAIN);
  seen.diesAt = /^deploy --config/;
  expect((await mesh.run('--yes')).exitCode).toBe(1);
  expect(environments(mesh)).toEqual([{}, {}]);
  expect(shown(mesh)).toBe(publicKeyOf(signingKey!));
  seen.diesAt = null;
  expect(await mesh.run('--yes')).toMatchObject({ exitCode: 0, report: { result: 'done' } });
  expect(shown(mesh)).toBe('');
  expect(seen.unknown).toEqual([]);
});

test('a rotation by hand shows both keys, exchanges them without a change of the Worker, and ends with one', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh({ ...SIGNED, regions: ['eu-central-1'] });
  await mesh.run('--yes');
  const seen = watch(mesh);
  const old = (await kept(mesh)).signingKey!;
  const next = createSigningKey();
  const deployWith = async (env: Record<string, string>): Promise<number> => {
    mesh.env = env;
    return (await mesh.run('--yes')).exitCode;
  };
  const signs = (): string | undefined => environments(mesh)[0]?.PROBEMESH_SIGNING_KEY;
  expect(await deployWith({ PROBEMESH_SIGNING_KEY_OTHER: next.privateKey })).toBe(0);
  const both = [publicKeyOf(old), next.publicKey].sort().join(',');
  expect([shown(mesh), signs()]).toEqual([both, old]);
  const { versions } = mesh.cloudflare.scripts.get('mesh')!;
  const before = versions.length;
  const exchanged = { PROBEMESH_SIGNING_KEY: next.privateKey, PROBEMESH_SIGNING_KEY_OTHER: old };
  expect(await deployWith(exchanged)).toBe(0);
  expect([shown(mesh), signs()]).toEqual([both, next.privateKey]);
  expect(versions.length).toBe(before);
  expect(await deployWith({ PROBEMESH_SIGNING_KEY: next.privateKey })).toBe(0);
  expect([shown(mesh), signs()]).toEqual([next.publicKey, next.privateKey]);
  expect(seen.unknown).toEqual([]);
});

test('a signing key that is in use is not replaced when the secrets file is lost, and one that is damaged is named', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh({ ...SIGNED, regions: ['eu-central-1'] });
  await mesh.run('--yes');
  const { signingKey, awsAccessKeyId, awsSecretAccessKey } = await kept(mesh);
  const key = shown(mesh);
  await rm(join(mesh.root, 'probemesh.secrets.json'));
  mesh.env = {
    PROBEMESH_AWS_ACCESS_KEY_ID: awsAccessKeyId!,
    PROBEMESH_AWS_SECRET_ACCESS_KEY: awsSecretAccessKey!,
  };
  const lost = await mesh.run('--yes');
  expect(lost.exitCode).toBe(1);
  expect(lost.lines.join('\n')).toContain('set PROBEMESH_SIGNING_KEY: the environment of mesh-probe');
  mesh.env.PROBEMESH_SIGNING_KEY = 'c2VjcmV0';
  const damaged = await mesh.run('--yes');
  expect(damaged.lines.join('\n')).toContain('is not a signing key');
  expect(damaged.lines.join('\n')).not.toContain('c2VjcmV0');
  expect([shown(mesh), environments(mesh)[0]?.PROBEMESH_SIGNING_KEY]).toEqual([key, signingKey]);
  mesh.env.PROBEMESH_SIGNING_KEY = signingKey!;
  expect(await mesh.run('--yes')).toMatchObject({ exitCode: 0, report: { result: 'nothing_to_do' } });
});
