import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

const secrets = {
  AWS_ACCESS_KEY_ID: 'AKIDTEST',
  AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
  // SHA-256 of the token "test-token".
  ADMIN_TOKEN_SHA256: '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
  ENCRYPTION_KEY: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
  ALLOW_LOOPBACK: '',
};

const node = (name: string, include: string[], timeoutMs = 20_000) => ({
  test: { name, include, environment: 'node' as const, testTimeout: timeoutMs, hookTimeout: 60_000 },
});

const { test: ordinary } = node('lab', ['test/lab/**/*.test.ts'], 60_000);
/** One file after the other: they hold times to a quarter of a second. */
const lab = { test: { ...ordinary, fileParallelism: false } };

export default defineConfig({
  test: {
    silent: 'passed-only',
    projects: [
      node('unit', [
        'test/*.test.ts',
        'test/{core,checks,channels,contract,store,fleet,flows,simulate,bench}/**/*.test.ts',
      ]),
      node('wire', ['test/wire/**/*.test.ts'], 60_000),
      node('e2e', ['test/e2e/**/*.test.ts'], 240_000),
      node('browser', ['test/browser/**/*.test.ts'], 60_000),
      lab,
      node('full', ['test/full/**/*.test.ts'], 1_200_000),
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: { ...secrets, TEST_MIGRATIONS: await readD1Migrations('./migrations') } },
          })),
        ],
        test: {
          name: 'worker',
          include: ['test/worker/**/*.test.ts', 'test/worker/**/*.test.tsx'],
          setupFiles: ['test/worker/apply-migrations.ts'],
          testTimeout: 30_000,
        },
      },
    ],
  },
});
