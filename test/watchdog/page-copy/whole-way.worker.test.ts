// The watchdog copies the pages of a real coordinator with a real D1: what a person changes there, the bucket shows a minute later.
import { beforeAll, expect, test } from 'vitest';
import { type CopyResult, copyPages } from '../../../src/watchdog/page-copy/copy-pages.ts';
import {
  ask,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';
import { must } from '../../support/d1/private-pages.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';

const KEY = 'a-key-of-the-watchdog-with-32-characters';
const bucket = new MemoryBucket();
let answers = true;

/** Requests reach the coordinator as over the network: with their headers, and nothing else. */
async function reach(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  if (!answers) throw new TypeError('fetch failed');
  const { pathname } = new URL(String(input));
  const headers = Object.fromEntries(new Headers(init?.headers));
  const {
    status,
    text,
    headers: sent,
  } = await ask(pathname, { token: null, headers, env: { WATCHDOG_KEY: KEY } });
  return new Response(text, { status, headers: sent });
}

function run(silentSince: number | null = null): Promise<CopyResult> {
  return copyPages({
    ...{ coordinatorUrl: 'https://mesh.workers.test/', key: KEY, now: clock.now, region: 'eu-central-1' },
    ...{ isSilent: silentSince !== null, silentSince, fetch: reach as typeof fetch },
    ...{ put: bucket.put, get: bucket.get },
  });
}

beforeAll(async () => {
  await empty();
  await createMonitor();
  await must(post('/api/v1/status-pages', { id: 'eu', title: 'Europe', language: 'en' }));
  await runUntilConfirmed(1, 0);
});

test('a page is copied, follows an outage, is silent when the coordinator is, and leaves with a rule of access', async () => {
  expect((await run()).written).toEqual(['default', 'eu']);
  expect(bucket.text('eu/index.html')).toContain('All systems operational');

  await runUntilConfirmed(1, 6);
  expect((await run()).written).toEqual(['default', 'eu']);
  expect(bucket.text('eu/index.html')).toContain('Web shop is down');
  expect(JSON.parse(bucket.text('eu/summary.json')).status.indicator).toBe('critical');

  answers = false;
  const silentSince = clock.now + 60_000;
  clock.now += 5 * 60_000;
  expect((await run(silentSince)).written).toEqual(['default', 'eu']);
  expect(bucket.text('eu/index.html')).toMatch(/No current data.*Web shop was down when last checked/s);
  expect(bucket.text('eu/index.html')).not.toMatch(/Web shop is down|All systems operational/);

  answers = true;
  expect((await run()).written).toEqual(['default', 'eu']);
  expect(bucket.text('eu/index.html')).toContain('taken at');

  await must(
    patch('/api/v1/status-pages/eu', { access: { type: 'password', password: 'four random words here' } }),
  );
  clock.now += 60_000;
  expect(await run()).toMatchObject({ removed: ['eu'], failed: [] });
  for (const [path, { body }] of bucket.objects)
    if (path.startsWith('eu/') || path === 'pages.json')
      expect([path, body]).not.toEqual([path, expect.stringMatching(/Europe|Web shop/)]);
});
