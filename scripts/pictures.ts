// Owns making the pictures of the documents again: `npm run pictures`. The tests that compare the pictures with the pages make
// them, so a picture shows what a test has seen. Needs Chromium.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const TESTS = ['readme-image', 'dashboard-image', 'inbox-image', 'page-copy'].map(
  (name) => `test/system/browser/${name}.test.ts`,
);

const { status } = spawnSync(
  process.execPath,
  [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', 'browser', ...TESTS],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, UPDATE_IMAGES: '1' } },
);
process.exit(status ?? 1);
