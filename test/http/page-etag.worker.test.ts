// What a reader gets who has the page already, and what of a page no cache keeps. Through the runtime's own cache.
import { beforeEach, expect, test } from 'vitest';
import { withPublicCache } from '../../src/http/public-cache.ts';

let site = 0;
let renders = 0;
const state = { now: 1_800_000_000_000 };

beforeEach(() => {
  site += 1;
  renders = 0;
});

const context = {
  cache: caches.default,
  now: () => state.now,
  waitUntil: (work: Promise<unknown>) => void work,
};

/** The page has another text in each rendering, unless it is given. */
async function read(
  headers: Record<string, string> = {},
  cacheControl = 'public, max-age=10',
  text?: string,
) {
  const request = new Request(`https://etag-${site}.test/`, { headers });
  const response = await withPublicCache(request, context, () => {
    renders += 1;
    return new Response(text ?? `rendering ${renders}`, {
      headers: { 'cache-control': cacheControl, 'content-type': 'text/html', vary: 'Accept-Language' },
    });
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

test('a reader who has the page gets 304 without a body, from the cache and after a new rendering', async () => {
  const first = await read({}, undefined, 'same');
  const etag = first.headers.get('etag')!;
  expect([first.status, etag]).toEqual([200, expect.stringMatching(/^W\/"[^"]+"$/)]);
  for (const laterMs of [0, 20_000]) {
    state.now += laterMs;
    const again = await read({ 'if-none-match': `"other", ${etag}` }, undefined, 'same');
    expect([again.status, again.text]).toEqual([304, '']);
    expect(again.headers.get('etag')).toBe(etag);
    expect(again.headers.get('cache-control')).toBe('public, max-age=10');
    expect(again.headers.get('vary')).toBe('Accept-Language');
    expect(again.headers.has('content-type')).toBe(false);
  }
  expect(renders).toBe(2);
});

test('a reader with an older page gets the new one', async () => {
  const first = await read();
  state.now += 20_000;
  const second = await read({ 'if-none-match': first.headers.get('etag')! });
  expect([second.status, second.text]).toEqual([200, 'rendering 2']);
});

test.each(['private, no-store', 'no-store', ''])(
  'a page with cache-control "%s" is rendered for each reader',
  async (value) => {
    expect((await read({}, value)).text).toBe('rendering 1');
    const second = await read({ 'if-none-match': '*' }, value);
    expect([second.status, second.text, second.headers.get('etag')]).toEqual([200, 'rendering 2', null]);
  },
);

test('a page that was public and no longer is, is served for at most ten seconds more', async () => {
  await read();
  state.now += 9_999;
  expect((await read({}, 'private, no-store')).text).toBe('rendering 1');
  state.now += 1;
  expect((await read({}, 'private, no-store')).text).toBe('rendering 2');
});

test('readers of a page that is not public do not wait for each other', async () => {
  await read({}, 'private, no-store');
  const started = Date.now();
  const slow = withPublicCache(
    new Request(`https://etag-${site}.test/`),
    context,
    () => new Promise<Response>((resolve) => setTimeout(() => resolve(new Response('slow')), 500)),
  );
  expect((await read({}, 'private, no-store')).text).toBe('rendering 2');
  expect(Date.now() - started).toBeLessThan(400);
  await (await slow).text();
});
