// Owns a folder that the deployment takes for the project: wrangler.toml and migrations are the real ones, and dist is its own.
import { copyFile, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { PROJECT_ROOT } from '../../../scripts/start/wrangler.ts';

export async function temporaryRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'probemesh-deploy-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await copyFile(join(PROJECT_ROOT, 'wrangler.toml'), join(root, 'wrangler.toml'));
  await symlink(join(PROJECT_ROOT, 'migrations'), join(root, 'migrations'));
  return root;
}
