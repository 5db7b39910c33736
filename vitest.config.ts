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

/** Tests that run in workerd, with D1. They stand beside those that run in Node. */
const WORKER = ['test/**/*.worker.test.{ts,tsx}'];

const node = (name: string, include: string[], timeoutMs = 60_000) => ({
  test: {
    name,
    include,
    exclude: WORKER,
    environment: 'node' as const,
    testTimeout: timeoutMs,
    hookTimeout: 60_000,
  },
});

const { test: ordinary } = node('lab', ['test/system/lab/**/*.test.ts']);
/** One file after the other: they hold times to a quarter of a second. */
const lab = { test: { ...ordinary, fileParallelism: false } };

export default defineConfig({
  test: {
    silent: 'passed-only',
    projects: [
      node('unit', [
        'test/*.test.ts',
        'test/{engine,channels,services,store,bench}/**/*.test.ts',
        'test/fleet/{network,report,semaphore}.test.ts',
        'test/delivery/*.test.ts',
        'test/scripts/{inbox,simulate/*}.test.ts',
      ]),
      node('probes', [
        'test/{probes,conformance}/**/*.test.ts',
        'test/fleet/fleet.test.ts',
        'test/scripts/{check-target,local-lambda/*}.test.ts',
      ]),
      node('start', ['test/system/start/**/*.test.ts'], 240_000),
      node('browser', ['test/system/browser/**/*.test.ts']),
      lab,
      node('chaos', ['test/system/chaos/**/*.test.ts'], 1_200_000),
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: { ...secrets, TEST_MIGRATIONS: await readD1Migrations('./migrations') } },
          })),
        ],
        test: {
          name: 'worker',
          include: WORKER,
          setupFiles: ['test/support/d1/apply-migrations.ts'],
          testTimeout: 30_000,
        },
      },
    ],
  },
});
