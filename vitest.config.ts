// Owns how each project of vitest runs its tests. Does not choose the files: vitest.projects.ts does.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { ASSETS, buildAssets } from './scripts/build-assets.ts';
import { ONLY_FULL, PROJECTS } from './vitest.projects.ts';

const bindings = {
  PUBLIC_URL: 'https://status.test',
  AWS_ACCESS_KEY_ID: 'AKIDTEST',
  AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
  // SHA-256 of the token "test-token".
  ADMIN_TOKEN_SHA256: '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
  ENCRYPTION_KEY: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
  ALLOW_LOOPBACK: '',
};

/** Backups that older versions made, for a runtime that reads no files. */
const BACKUPS = {
  FORMAT_1: readFileSync('test/services/backup/formats/format-1.backup.gz').toString('base64'),
};

/** `npm test` sets it. The command line's own exclusion has no effect on files of a project. */
const leftOut = process.env.LEAVE_OUT_SLOW === 'true' ? ONLY_FULL : [];

const NO_SOCKETS = fileURLToPath(new URL('test/support/no-sockets.ts', import.meta.url));

const node = (
  name: Exclude<keyof typeof PROJECTS, 'worker'>,
  testTimeout = 60_000,
  hookTimeout = 60_000,
) => ({
  test: {
    name,
    include: [...PROJECTS[name].include],
    exclude: [...PROJECTS[name].exclude, ...leftOut],
    environment: 'node' as const,
    alias: { 'cloudflare:sockets': NO_SOCKETS },
    testTimeout,
    hookTimeout,
  },
});

/** One file after the other: these tests limit times, or start a whole mesh. */
const inTurn = (project: ReturnType<typeof node>) => ({ test: { ...project.test, fileParallelism: false } });

const LIMITED_CRYPTO = fileURLToPath(new URL('test/support/worker/limited-node-crypto.ts', import.meta.url));

/**
 * Key derivation in Worker tests has the limits of production, which the local runtime does not have. Vite resolves no
 * built-in module through plugins, so the import is rewritten.
 */
const limitedCrypto: Plugin = {
  name: 'limited-crypto',
  enforce: 'pre',
  transform: (code, id) =>
    /\/(src|test)\//.test(id) && id !== LIMITED_CRYPTO && code.includes("from 'node:crypto'")
      ? { code: code.replaceAll("from 'node:crypto'", `from ${JSON.stringify(LIMITED_CRYPTO)}`), map: null }
      : null,
};

/** Vitest leaves one core idle. These tests wait for no real time, so they take both cores of a small machine. */
const BOTH_CORES = 2;

/** Packages of many files. A runtime loads one bundled file of each faster. */
const BUNDLED = [
  ...['@aws-sdk/client-lambda', '@simplewebauthn/server', '@simplewebauthn/server/helpers', 'croner'],
  ...['ical-generator', 'ipaddr.js', 'jose', 'json-p3', 'liquidjs', 'micromark', 'oauth4webapi', 'otpauth'],
  ...['re2js', 'temporal-polyfill', 'transliteration'],
];

/**
 * In `npm test`, modules stay loaded from file to file: to load them again took a third of the time. The slow files start
 * programs with the environment of their process, so the whole suite gives each file a process of its own.
 */
const inParallel = (project: ReturnType<typeof node>) => ({
  test: { ...project.test, isolate: leftOut.length === 0, maxWorkers: BOTH_CORES },
});

// wrangler.toml names their folder, so it has to exist.
if (!existsSync(ASSETS)) await buildAssets();

export default defineConfig({
  test: {
    silent: 'passed-only',
    projects: [
      inParallel(node('unit')),
      node('probes'),
      inTurn(node('start', 240_000)),
      // The hook starts a Worker and a browser.
      node('browser', 120_000, 180_000),
      inTurn(node('lab')),
      node('chaos', 1_200_000),
      {
        plugins: [
          limitedCrypto,
          cloudflareTest(async () => ({
            wrangler: { configPath: './wrangler.toml' },
            // A bucket under a name of its own: with BACKUPS, every tick of every test would expect a backup.
            miniflare: {
              r2Buckets: ['TEST_BACKUPS'],
              bindings: { ...bindings, TEST_MIGRATIONS: await readD1Migrations('./migrations'), ...BACKUPS },
            },
          })),
        ],
        test: {
          name: 'worker',
          // Loading the Worker takes longer than most of the files. test/support/d1/apply-migrations.ts keeps them apart.
          isolate: false,
          maxWorkers: BOTH_CORES,
          deps: { optimizer: { ssr: { enabled: true, include: BUNDLED } } },
          include: [...PROJECTS.worker.include],
          exclude: [...PROJECTS.worker.exclude, ...leftOut],
          setupFiles: [
            'test/support/d1/apply-migrations.ts',
            'test/support/worker/limited-web-crypto.ts',
            'test/support/d1/load-parts.ts',
          ],
          testTimeout: 30_000,
        },
      },
    ],
  },
});
