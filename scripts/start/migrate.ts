// Owns applying the migrations to the local D1. Does not run wrangler if the migrations are those of the last start.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DataDir } from './data-dir.ts';
import { PROJECT_ROOT, WRANGLER, wranglerEnv } from './wrangler.ts';

const run = promisify(execFile);

/** Returns whether a migration was applied. Throws with wrangler's output if one fails. */
export async function migrate(data: DataDir): Promise<boolean> {
  const wanted = fingerprint(join(PROJECT_ROOT, 'migrations'));
  if (existsSync(data.state) && existsSync(data.migrated) && readFileSync(data.migrated, 'utf8') === wanted)
    return false;
  const args = [WRANGLER, 'd1', 'migrations', 'apply', 'DB', '--local', '--persist-to', data.state];
  try {
    // CI answers wrangler's question whether to continue.
    await run(process.execPath, args, { cwd: PROJECT_ROOT, env: { ...wranglerEnv(data), CI: 'true' } });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`The migrations could not be applied to ${data.state}:\n${stdout ?? ''}${stderr ?? ''}`, {
      cause: error,
    });
  }
  writeFileSync(data.migrated, wanted);
  return true;
}

function fingerprint(dir: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(dir).sort()) {
    if (name.endsWith('.sql')) hash.update(name).update(readFileSync(join(dir, name)));
  }
  return hash.digest('hex');
}
