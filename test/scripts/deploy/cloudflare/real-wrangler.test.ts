// The installed wrangler itself: it builds the Worker from the configuration that a deployment writes, and uploads nothing. Without a
// login it says what to do.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findAccount } from '../../../../scripts/deploy/cloudflare/account.ts';
import { type WranglerRunner, wranglerRunner } from '../../../../scripts/deploy/cloudflare/run-wrangler.ts';
import { workerBuilder } from '../../../../scripts/deploy/cloudflare/worker-build.ts';
import { wranglerWith } from '../../../../scripts/deploy/cloudflare/wrangler.ts';
import { cloudflareRun } from '../../../support/deploy/cloudflare-steps.ts';
import { FakeCloudflare } from '../../../support/deploy/fake-cloudflare.ts';
import { temporaryRoot } from '../../../support/deploy/temporary-root.ts';

const OFFLINE = {
  ...process.env,
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  CLOUDFLARE_API_TOKEN: '',
  CLOUDFLARE_API_BASE_URL: 'http://127.0.0.1:9/client/v4',
};

test('wrangler takes the built Worker and the configuration of a deployment, and the same sources give the same hash', {
  timeout: 240_000,
}, async () => {
  const root = await temporaryRoot();
  const cloudflare = new FakeCloudflare(root);
  await cloudflare.runner(['d1', 'create', 'mesh']);
  const real = wranglerRunner(join(root, 'dist', 'deploy'), OFFLINE);
  const printed: string[] = [];
  const runner: WranglerRunner = async (args, input) => {
    if (args[0] !== 'deploy') return cloudflare.runner(args, input);
    const result = await real(args, input);
    printed.push(result.stdout);
    return result;
  };
  const first = await cloudflareRun(root, { runner });
  const built = await workerBuilder(first.context)();
  expect(printed[0]).toContain('--dry-run: exiting now.');
  // wrangler lists every binding that it would deploy.
  for (const name of ['DB', 'DELIVERIES', 'TICKS', 'CHECK_LIMIT', 'LOCATIONS'])
    expect(printed[0]).toContain(`env.${name}`);
  // Every chunk is a module of the upload.
  const chunks = (await readdir(join(root, 'dist', 'worker'))).filter((name) =>
    /^(fetch|queue|scheduled)-[A-Z0-9]{8}\.mjs$/.test(name),
  );
  expect(chunks.length).toBe(3);
  for (const name of chunks) expect(printed[0]).toMatch(new RegExp(`${name}.* esm `));
  const second = await cloudflareRun(root, { runner }, { settings: { memory: 512 } });
  const again = await workerBuilder(second.context)();
  expect(again.code).toBe(built.code);
  expect(again.config).not.toBe(built.config);
});

test('a command without a login says how to log in, and shows no output of wrangler', async () => {
  const root = await temporaryRoot();
  const home = await temporaryRoot();
  const runner = wranglerRunner(join(root, 'dist', 'deploy'), {
    ...OFFLINE,
    HOME: home,
    XDG_CONFIG_HOME: home,
  });
  const { context } = await cloudflareRun(root, new FakeCloudflare(root));
  const wrangler = wranglerWith(runner, join(context.configPath, '..', 'lookup.json'));
  await expect(findAccount(wrangler, undefined)).rejects.toThrow(
    'Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN.',
  );
});
