// The signed texts that open a status page: for one page, one version of its access, one purpose and some time.
import { expect, test } from 'vitest';
import { readGrant, signGrant } from '../../../src/http/pages/page-grant.ts';

const key = (letter: string) => btoa(letter.repeat(32));
const keys = { encryptionKey: key('a') };
const page = { id: 'shop', accessVersion: 7 };
const NOW = 1_800_000_000_000;
const grant = { subject: 'grt_1', expiresAt: NOW + 60_000 };
const sign = () => signGrant(keys, 'grant', page, grant);

test('a grant is read until it expires', async () => {
  const text = await sign();
  expect(await readGrant(keys, 'grant', page, text, NOW)).toEqual(grant);
  expect(await readGrant(keys, 'grant', page, text, NOW + 59_999)).toEqual(grant);
  expect(await readGrant(keys, 'grant', page, text, NOW + 60_000)).toBeNull();
});

test('a grant is for its page, its version of the access and its purpose alone', async () => {
  const text = await sign();
  for (const [kind, other] of [
    ['grant', { ...page, id: 'shop-2' }],
    ['grant', { ...page, accessVersion: 8 }],
    ['link', page],
    ['hand-over', page],
  ] as const)
    expect([kind, other, await readGrant(keys, kind, other, text, NOW)]).toEqual([kind, other, null]);
});

test('ids and versions that read alike when they are joined are different', async () => {
  const text = await signGrant(keys, 'grant', { id: 'shop-1', accessVersion: 1 }, grant);
  expect(await readGrant(keys, 'grant', { id: 'shop-', accessVersion: 11 }, text, NOW)).toBeNull();
});

test('a grant works through a rotation of the key, and not after it', async () => {
  const text = await sign();
  const rotated = { encryptionKey: key('b'), previousEncryptionKey: key('a') };
  expect(await readGrant(rotated, 'grant', page, text, NOW)).toEqual(grant);
  expect(await readGrant({ encryptionKey: key('b') }, 'grant', page, text, NOW)).toBeNull();
});

test('no change of one character leaves a grant valid', async () => {
  const text = await sign();
  for (let index = 0; index < text.length; index += 1) {
    const changed = `${text.slice(0, index)}${text[index] === '1' ? '2' : '1'}${text.slice(index + 1)}`;
    expect([changed, await readGrant(keys, 'grant', page, changed, NOW)]).toEqual([changed, null]);
  }
});

test.each([
  null,
  undefined,
  '',
  '.',
  '..',
  'a.b.c',
  `${'z'.repeat(9)}.x.${'0'.repeat(32)}`,
  'x'.repeat(10_000),
])('%j is no grant', async (text) => {
  expect(await readGrant(keys, 'grant', page, text, NOW)).toBeNull();
});
