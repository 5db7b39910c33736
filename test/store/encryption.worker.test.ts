// Encryption with workerd's own WebCrypto.
import { expect, test } from 'vitest';
import { seal, unseal } from '../../src/store/encryption.ts';

const key = btoa('0123456789abcdef0123456789abcdef');
const value = { url: 'https://hooks.example.com/ä', secret: 'whsec_x', nested: [1, null, true] };

test('an encrypted value decrypts to itself and is not readable', async () => {
  const sealed = await seal(key, value);
  expect(sealed).toMatch(/^v1\.[A-Za-z0-9+/=]+$/);
  expect(atob(sealed.slice(3))).not.toContain('whsec_x');
  expect(await unseal(key, sealed)).toEqual(value);
});

test('the same value is never encrypted to the same text', async () => {
  const sealed = await Promise.all(Array.from({ length: 20 }, () => seal(key, value)));
  expect(new Set(sealed.map((text) => text.slice(3, 19))).size).toBe(20);
});

test('a large value can be encrypted', async () => {
  const large = 'x'.repeat(300_000);
  expect(await unseal(key, await seal(key, large))).toBe(large);
});

test.each(['', 'short', btoa('x'.repeat(31)), btoa('x'.repeat(33)), 'not base64!', '='.repeat(44)])(
  'a key that is not 32 bytes is rejected by name: %j',
  async (bad) => {
    await expect(seal(bad, value)).rejects.toThrow('ENCRYPTION_KEY must be 32 bytes');
    await expect(unseal(bad, await seal(key, value))).rejects.toThrow('ENCRYPTION_KEY must be 32 bytes');
  },
);

test('another key decrypts nothing', async () => {
  await expect(unseal(btoa('x'.repeat(32)), await seal(key, value))).rejects.toThrow('cannot be decrypted');
});

test('one changed bit anywhere is detected', async () => {
  const sealed = await seal(key, value);
  const bytes = Uint8Array.from(atob(sealed.slice(3)), (character) => character.charCodeAt(0));
  for (const index of [0, 11, 12, Math.floor(bytes.length / 2), bytes.length - 1]) {
    const changed = bytes.map((byte, at) => (at === index ? byte ^ 1 : byte));
    await expect(unseal(key, `v1.${btoa(String.fromCharCode(...changed))}`)).rejects.toThrow(
      'cannot be decrypted',
    );
  }
});

test.each(['', 'v1.', 'v2.AAAA', 'v1.AAAA', 'plain text', 'v1.!!!!'])(
  'a text that was never encrypted is rejected: %j',
  async (text) => {
    await expect(unseal(key, text)).rejects.toThrow('malformed');
  },
);
