// Tokens and ids: their form, their randomness, and that only a hash of them can be stored.
import { expect, test } from 'vitest';
import { hashToken, newId, newToken } from '../../src/services/tokens.ts';

test('a token has its prefix and 43 letters and digits, and an id 20 lower-case ones', () => {
  for (let i = 0; i < 200; i += 1) {
    expect(newToken('pm')).toMatch(/^pm_[A-Za-z0-9]{43}$/);
    expect(newId('per')).toMatch(/^per_[a-z0-9]{20}$/);
  }
});

test('no two of 10,000 tokens are the same', () => {
  expect(new Set(Array.from({ length: 10_000 }, () => newToken('pm'))).size).toBe(10_000);
});

test('every character of a token is about as frequent as the others', () => {
  const text = Array.from({ length: 4_000 }, () => newToken('pm').slice(3)).join('');
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const expected = text.length / 62;
  expect(counts.size).toBe(62);
  // Six standard deviations: a bias of the last bytes, 256 % 62, would be eight times as large.
  const limit = 6 * Math.sqrt(expected);
  for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(limit);
});

test('a token is hashed with SHA-256 as `sha256sum` writes it', async () => {
  expect(await hashToken('test-token')).toBe(
    '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
  );
});
