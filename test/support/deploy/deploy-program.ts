// The program of `npm run deploy` over the two accounts of a test in another process: what it has sent there is carried out, even
// if this process is killed. Its waits take no time.
import { setTimeout as sleep } from 'node:timers/promises';
import type { WranglerResult } from '../../../scripts/deploy/cloudflare/run-wrangler.ts';
import { runInProcess } from '../../../scripts/deploy/run-in-process.ts';

const accounts = process.env.TEST_ACCOUNTS!;
let now = Number(process.env.TEST_NOW);

await runInProcess((log) => ({
  ...{ env: process.env, root: process.env.TEST_ROOT!, log, hasRecords: async () => false, now: () => now },
  wait: async (ms) => {
    now += ms;
    await sleep(1);
  },
  async probe() {
    const response = await fetch(`${accounts}/probe`);
    return { zip: await response.bytes(), build: response.headers.get('x-build')! };
  },
  async runner(args, input) {
    const body = JSON.stringify({ args, input });
    const response = await fetch(`${accounts}/wrangler`, { method: 'POST', body });
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as WranglerResult;
  },
  fetch: (url, init) =>
    fetch(`${accounts}/worker`, {
      method: 'POST',
      body: JSON.stringify({
        ...{ url: String(url), now, method: init?.method ?? 'GET', body: init?.body ?? '' },
        headers: Object.fromEntries(new Headers(init?.headers)),
      }),
    }),
}));
