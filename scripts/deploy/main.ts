// The program of `npm run deploy`. Owns what it reaches: wrangler, the clock, the network and names. Decides nothing.
import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildProbe } from '../build-probe.ts';
import { PROJECT_ROOT } from '../start/wrangler.ts';
import { wranglerRunner } from './cloudflare/run-wrangler.ts';
import { runInProcess } from './run-in-process.ts';

await runInProcess((log) => ({
  env: process.env,
  root: PROJECT_ROOT,
  runner: wranglerRunner(join(PROJECT_ROOT, 'dist', 'deploy')),
  async probe() {
    const { zipPath, build } = await buildProbe();
    return { zip: await readFile(zipPath), build };
  },
  log,
  fetch,
  now: Date.now,
  wait: async (ms) => void (await sleep(ms)),
  hasRecords,
}));

/** Of any type that a domain of the Worker would replace. */
async function hasRecords(host: string): Promise<boolean> {
  const resolver = new Resolver({ timeout: 3_000, tries: 2 });
  const answers = await Promise.allSettled([
    resolver.resolveCname(host),
    resolver.resolve4(host),
    resolver.resolve6(host),
  ]);
  return answers.some((answer) => answer.status === 'fulfilled' && answer.value.length > 0);
}
