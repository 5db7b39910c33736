import * as nodeCrypto from 'node:crypto';
import { pbkdf2Sync, scryptSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { CURRENT, hashPassword } from '../../../src/services/local-accounts/password.ts';
import { derivations } from '../../support/worker/limited-node-crypto.ts';

test('in tests as in production, PBKDF2 with more than 100,000 iterations is refused', async () => {
  expect(() => pbkdf2Sync('secret', 'salt', 100_001, 32, 'sha256')).toThrow(/above 100000 are not supported/);
  const key = await crypto.subtle.importKey('raw', new Uint8Array(16), 'PBKDF2', false, ['deriveBits']);
  const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(16), iterations: 600_000 };
  await expect(crypto.subtle.deriveBits(parameters, key, 256)).rejects.toThrow(/above 100000/);
  const allowed = { ...parameters, iterations: 1_000 };
  expect((await crypto.subtle.deriveBits(allowed, key, 256)).byteLength).toBe(32);
});

test('in tests as in production, argon2 does not exist, and scrypt may not cost more than 2^20', () => {
  expect(() => (nodeCrypto as unknown as { argon2Sync(): void }).argon2Sync()).toThrow(/does not exist/);
  expect(() => scryptSync('secret', 'salt', 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 })).toThrow(
    /more than a Worker allows/,
  );
});

test('the parameters of passwords stay within the limits, and use one derivation', async () => {
  const before = derivations.count;
  expect(await hashPassword('four random words here')).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$/);
  expect(derivations.count).toBe(before + 1);
  expect(2 ** CURRENT.ln * CURRENT.r * CURRENT.p).toBeLessThanOrEqual(2 ** 20);
});
