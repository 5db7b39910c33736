// The cache of the data center and a private page: its root has the same path as a public page.
import { expect, test } from 'vitest';
import { withPublicCache } from '../../../src/http/public-cache.ts';

const NOW = 1_800_000_000_000;

/** How many answers the cache got for one request. */
async function storedOf(headers: Record<string, string>): Promise<number> {
  let stored = 0;
  const cache = {
    match: async () => undefined,
    put: async () => {
      stored += 1;
    },
  };
  const context = { cache, now: () => NOW, waitUntil: () => undefined };
  await withPublicCache(
    new Request('https://status.shop.test/'),
    context,
    () => new Response('page', { headers }),
  );
  return stored;
}

test('only the answer of a public page is stored, although the path is the same', async () => {
  expect(await storedOf({ 'cache-control': 'public, max-age=10' })).toBe(1);
  expect(await storedOf({ 'cache-control': 'private, no-store' })).toBe(0);
  expect(await storedOf({ 'cache-control': 'no-store' })).toBe(0);
  expect(await storedOf({ 'cache-control': 'public, max-age=10', 'set-cookie': 'a=b' })).toBe(0);
});
