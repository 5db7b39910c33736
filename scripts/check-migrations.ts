// The migrations make exactly the tables of src/store/schema.ts: drizzle-kit would add nothing. Works on a copy.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'probemesh-migrations-'));
try {
  cpSync(join(ROOT, 'migrations'), copy, { recursive: true });
  const before = readdirSync(copy);
  const kit = join(ROOT, 'node_modules/drizzle-kit/bin.cjs');
  const args = [
    kit,
    'generate',
    '--dialect',
    'sqlite',
    '--schema',
    './src/store/schema.ts',
    '--breakpoints',
    'false',
  ];
  const done = spawnSync(process.execPath, [...args, '--out', relative(ROOT, copy)], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(`drizzle-kit failed:\n${done.stdout}${done.stderr}`);
  const added = readdirSync(copy).filter((name) => !before.includes(name));
  if (added.length > 0) {
    console.error(
      'src/store/schema.ts has changed and migrations/ has not: run npm run migrations, and commit both.',
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(copy, { recursive: true });
}
