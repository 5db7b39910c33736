// The file of the secrets: its mode, whole writes, what is pending, and the environment that overrides it.
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { environmentName, openSecrets } from '../../../../scripts/deploy/secrets-file.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'probemesh-secrets-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

const open = (path: string, env: Record<string, string> = {}, mesh = 'mesh') =>
  openSecrets({ path, mesh, env });

test('the file is readable by its owner only, also if a readable one was there', async () => {
  const path = join(await folder(), 'probemesh.secrets.json');
  const secrets = await open(path);
  await secrets.change({ encryptionKey: 'a' });
  await chmod(path, 0o644);
  await secrets.change({ setupToken: 'b' });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('changes at the same time are all in the file, and no temporary file is left', async () => {
  const dir = await folder();
  const path = join(dir, 'probemesh.secrets.json');
  const secrets = await open(path);
  await Promise.all([
    secrets.change({ encryptionKey: 'a' }),
    secrets.change({ awsAccessKeyId: 'b', awsSecretAccessKey: 'c' }),
    secrets.change({ watchdogKey: 'd' }),
  ]);
  const again = await open(path);
  expect(
    ['encryptionKey', 'awsAccessKeyId', 'watchdogKey'].map((name) => again.get(name as 'watchdogKey')),
  ).toEqual([...['a', 'b', 'd']]);
  expect(await readdir(dir)).toEqual(['probemesh.secrets.json']);
});

test('a value is pending until the Worker has it, also for the next run', async () => {
  const path = join(await folder(), 'probemesh.secrets.json');
  await (await open(path)).change({ encryptionKey: 'a', watchdogKey: 'b' });
  const next = await open(path);
  expect(next.pending()).toEqual(['encryptionKey', 'watchdogKey']);
  await next.confirm(['encryptionKey']);
  expect((await open(path)).pending()).toEqual(['watchdogKey']);
});

test('an environment variable overrides the file, and an empty one does not', async () => {
  const path = join(await folder(), 'probemesh.secrets.json');
  await (await open(path)).change({ encryptionKey: 'a' });
  expect(environmentName('awsSecretAccessKey')).toBe('PROBEMESH_AWS_SECRET_ACCESS_KEY');
  expect((await open(path, { PROBEMESH_ENCRYPTION_KEY: 'b' })).get('encryptionKey')).toBe('b');
  expect((await open(path, { PROBEMESH_ENCRYPTION_KEY: ' ' })).get('encryptionKey')).toBe('a');
});

test('a damaged file, and that of another mesh, are refused without a value in the message, and are left as they were', async () => {
  const path = join(await folder(), 'probemesh.secrets.json');
  const damaged = '{"mesh": "mesh", "values": {"encryptionKey": "c2VjcmV0';
  await writeFile(path, damaged);
  await expect(open(path)).rejects.toThrow(/is damaged/);
  await expect(open(path)).rejects.not.toThrow(/c2VjcmV0/);
  expect(await readFile(path, 'utf8')).toBe(damaged);
  await writeFile(path, JSON.stringify({ mesh: 'other', values: {}, pending: [], rotation: null }));
  await expect(open(path)).rejects.toThrow(/has the secrets of the mesh "other"/);
});
