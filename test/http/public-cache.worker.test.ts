// The cache of public pages, through the Worker itself, with the runtime's own cache and D1.
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { beforeEach, expect, test } from 'vitest';
import { withPublicCache } from '../../src/http/public-cache.ts';
import worker from '../../src/worker.ts';
import { bindings, createMonitor, empty } from '../support/d1/http-mesh.ts';

let reads = 0;
const DB = new Proxy(bindings.DB, {
  get(target, name) {
    if (name === 'prepare' || name === 'batch') reads += 1;
    const member = Reflect.get(target, name) as unknown;
    return typeof member === 'function' ? member.bind(target) : member;
  },
});

let site = 0;

/** Each test has a host of its own: the cache outlives a test. */
async function get(path: string, init: RequestInit = {}, env: object = {}) {
  const context = createExecutionContext();
  const request = new Request(`https://status-${site}.test${path}`, init) as Parameters<
    typeof worker.fetch
  >[0];
  const response = await worker.fetch(request, { ...bindings, DB, ...env }, context);
  const text = await response.text();
  await waitOnExecutionContext(context);
  return { status: response.status, headers: response.headers, text };
}

beforeEach(async () => {
  await empty();
  await createMonitor({ public: true });
  site += 1;
  reads = 0;
});

test.each(['/', '/api/v1/status'])('a crowd that reads %s costs D1 one read', async (path) => {
  const first = await get(path);
  const cost = reads;
  expect(cost).toBeGreaterThan(0);
  for (let reader = 0; reader < 20; reader += 1) {
    // The API refuses a parameter that it does not know, and a page ignores it.
    const answer = await get(path === '/' ? `/?reader=${reader}` : path);
    expect(answer.text).toBe(first.text);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=10');
    expect(Number(answer.headers.get('age'))).toBeLessThan(10);
    expect(answer.headers.get('x-rendered-at')).toBeNull();
  }
  expect(reads).toBe(cost);
});

test('a crowd that sends the public status parameters costs D1 nothing, and gets no cached response', async () => {
  await get('/api/v1/status');
  reads = 0;
  for (let reader = 0; reader < 5; reader += 1)
    expect((await get(`/api/v1/status?reader=${reader}`)).status).toBe(422);
  expect(reads).toBe(0);
});

test('readers that arrive at the same moment cost D1 one read', async () => {
  await get('/');
  const cost = reads;
  site += 1;
  reads = 0;
  const answers = await Promise.all(Array.from({ length: 30 }, () => get('/')));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(reads).toBe(cost);
});

test.each([
  ['/healthz', {}],
  ['/api/v1/monitors', { headers: { authorization: 'Bearer test-token' } }],
  ['/api/v1/status', { headers: { authorization: 'Bearer test-token' } }],
  ['/incidents/inc_unknown', {}],
] as [string, RequestInit][])('every request of %s with %j is answered anew', async (path, init) => {
  await get(path, init);
  const cost = reads;
  await get(path, init);
  expect(reads).toBe(cost * 2);
  expect(cost).toBeGreaterThan(0);
});

test('an authenticated response never reaches a reader without a token', async () => {
  await get('/api/v1/monitors', { headers: { authorization: 'Bearer test-token' } });
  expect((await get('/api/v1/monitors')).status).toBe(401);
});

test('the page with auto-refresh and the page without it are different pages', async () => {
  expect((await get('/')).text).toContain('http-equiv="refresh"');
  expect((await get('/?noRefresh')).text).not.toContain('http-equiv="refresh"');
});

test('the local mesh shows a change at once', async () => {
  const local = { ALLOW_LOOPBACK: 'true' };
  await get('/', {}, local);
  const cost = reads;
  await get('/', {}, local);
  expect(reads).toBe(cost * 2);
});

const page =
  (text: string, status = 200) =>
  () =>
    new Response(text, { status, headers: { 'cache-control': 'public, max-age=10' } });

function clocked() {
  const waiting: Promise<unknown>[] = [];
  const state = { now: 1_800_000_000_000 };
  const context = {
    cache: caches.default,
    now: () => state.now,
    waitUntil: (work: Promise<unknown>) => void waiting.push(work),
  };
  const read = async (render: () => Response | Promise<Response>) =>
    (await withPublicCache(new Request(`https://status-${site}.test/`), context, render)).text();
  return { state, read, context };
}

test('a page is never served when it is ten seconds old, nor after the clock went back', async () => {
  const { state, read } = clocked();
  expect(await read(page('first'))).toBe('first');
  state.now += 9_999;
  expect(await read(page('second'))).toBe('first');
  state.now += 1;
  expect(await read(page('third'))).toBe('third');
  state.now -= 60_000;
  expect(await read(page('fourth'))).toBe('fourth');
});

test('an error is not stored, and the next reader gets the page', async () => {
  const { read } = clocked();
  expect(await read(page('broken', 500))).toBe('broken');
  await expect(read(() => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
  expect(await read(page('whole'))).toBe('whole');
});

test('a reader does not wait for a rendering that hangs longer than a second', async () => {
  const { state, read, context } = clocked();
  const hanging = withPublicCache(
    new Request(`https://status-${site}.test/`),
    context,
    () => new Promise<Response>((resolve) => setTimeout(() => resolve(page('late')()), 3_000)),
  );
  // The cache is asked first.
  await new Promise((resolve) => setTimeout(resolve, 200));
  state.now += 1_001;
  expect(await read(page('early'))).toBe('early');
  await (await hanging).text();
});

test('a cache that fails costs a log line, and the reader gets the page', async () => {
  const { context } = clocked();
  const broken = {
    ...context.cache,
    match: async () => undefined,
    put: () => Promise.reject(new Error('full')),
  };
  const answer = await withPublicCache(
    new Request(`https://status-${site}.test/`),
    { ...context, cache: broken },
    page('whole'),
  );
  expect(await answer.text()).toBe('whole');
});
