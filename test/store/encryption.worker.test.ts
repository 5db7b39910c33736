// Encryption with workerd's own WebCrypto.
import { expect, test } from 'vitest';
import {
  channelPlace,
  keyIds,
  monitorPlace,
  type SealedPlace,
  seal,
  sealedWith,
  unseal,
} from '../../src/store/encryption.ts';

const keys = { encryptionKey: btoa('0123456789abcdef0123456789abcdef') };
const other = { encryptionKey: btoa('x'.repeat(32)) };
const place = channelPlace('on-call');
const value = { url: 'https://hooks.example.com/ä', secret: 'whsec_x', nested: [1, null, true] };

const FORM = /^v2\.[0-9a-f]{8}\.([A-Za-z0-9+/=]+)$/;
const bytesOf = (sealed: string): Uint8Array =>
  Uint8Array.from(atob(FORM.exec(sealed)![1]!), (character) => character.charCodeAt(0));

test('an encrypted value decrypts to itself and is not readable', async () => {
  const sealed = await seal(keys, place, value);
  expect(sealed).toMatch(FORM);
  expect(String.fromCharCode(...bytesOf(sealed))).not.toContain('whsec_x');
  expect(await unseal(keys, place, sealed)).toEqual(value);
});

test('the same value is never encrypted to the same text', async () => {
  const sealed = await Promise.all(Array.from({ length: 20 }, () => seal(keys, place, value)));
  expect(new Set(sealed.map((text) => text.slice(12, 28))).size).toBe(20);
});

test('a large value can be encrypted', async () => {
  const large = 'x'.repeat(300_000);
  expect(await unseal(keys, place, await seal(keys, place, large))).toBe(large);
});

test.each(['', 'short', btoa('x'.repeat(31)), btoa('x'.repeat(33)), 'not base64!', '='.repeat(44)])(
  'a key that is not 32 bytes is rejected by name: %j',
  async (bad) => {
    const sealed = await seal(keys, place, value);
    const current = { encryptionKey: bad };
    await expect(seal(current, place, value)).rejects.toThrow('ENCRYPTION_KEY must be 32 bytes');
    await expect(unseal(current, place, sealed)).rejects.toThrow('ENCRYPTION_KEY must be 32 bytes');
    const previous = { ...keys, previousEncryptionKey: bad };
    await expect(unseal(previous, place, sealed)).rejects.toThrow('ENCRYPTION_KEY_PREVIOUS must be 32 bytes');
  },
);

test('another key decrypts nothing, and the error names the key that is missing', async () => {
  const sealed = await seal(keys, place, value);
  await expect(unseal(other, place, sealed)).rejects.toThrow('cannot be decrypted');
  await expect(unseal(other, place, sealed)).rejects.toThrow((await keyIds(keys)).current);
});

test('the previous key decrypts what it encrypted, and the current key encrypts', async () => {
  const old = await seal(other, place, value);
  const rotated = { ...keys, previousEncryptionKey: other.encryptionKey };
  expect(await unseal(rotated, place, old)).toEqual(value);
  const fresh = await seal(rotated, place, value);
  expect(await unseal(keys, place, fresh)).toEqual(value);
  const ids = await keyIds(rotated);
  expect([sealedWith(fresh), sealedWith(old)]).toEqual([ids.current, ids.previous]);
  expect(ids.current).not.toBe(ids.previous);
  expect(await keyIds({ ...keys, previousEncryptionKey: keys.encryptionKey })).toEqual({
    current: ids.current,
    previous: null,
  });
});

test('a value that names another key does not decrypt', async () => {
  const rotated = { ...keys, previousEncryptionKey: other.encryptionKey };
  const ids = await keyIds(rotated);
  const sealed = (await seal(keys, place, value)).replace(ids.current, ids.previous!);
  await expect(unseal(rotated, place, sealed)).rejects.toThrow('cannot be decrypted');
});

test.each([
  ['another channel', channelPlace('other')],
  ['a monitor', monitorPlace(1)],
  ['a place that begins the same', channelPlace('on-call/config')],
] as [string, SealedPlace][])('a value that is copied to %s does not decrypt', async (_, elsewhere) => {
  const sealed = await seal(keys, place, value);
  await expect(unseal(keys, elsewhere, sealed)).rejects.toThrow('belongs to another row');
});

test('one changed bit anywhere is detected', async () => {
  const sealed = await seal(keys, place, value);
  const bytes = bytesOf(sealed);
  for (const index of [0, 11, 12, Math.floor(bytes.length / 2), bytes.length - 1]) {
    const changed = bytes.map((byte, at) => (at === index ? byte ^ 1 : byte));
    const text = `${sealed.slice(0, 12)}${btoa(String.fromCharCode(...changed))}`;
    await expect(unseal(keys, place, text)).rejects.toThrow('cannot be decrypted');
  }
});

test.each([
  ...['', 'v1.', 'v2.AAAA', 'v1.AAAA', 'plain text', 'v1.!!!!'],
  ...[
    'v2.0123abcd.',
    'v2.0123abcd.AAAA',
    'v2.0123ABCD.AAAAAAAAAAAAAAAAAAAAAAAA',
    'v3.0123abcd.AAAAAAAAAAAAAAAAAAAAAAAA',
  ],
])('a text that was never encrypted is rejected: %j', async (text) => {
  await expect(unseal(keys, place, text)).rejects.toThrow('malformed');
  if (!text.startsWith('v2.0123abcd.A')) expect(sealedWith(text)).toBeNull();
});
