import { expect, test } from 'vitest';
import { hashPassword, isPassword, needsRehash } from '../../../src/services/local-accounts/password.ts';

const OLD = { ln: 5, r: 8, p: 1 };

test('a password matches its own hash only, in any composition of its letters', async () => {
  const hash = await hashPassword('caf\u00e9 four random words', OLD);
  expect(hash).toMatch(/^\$scrypt\$ln=5,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(await isPassword('cafe\u0301 four random words', hash)).toBe(true);
  expect(await isPassword('cafe four random words', hash)).toBe(false);
  expect(await isPassword('', hash)).toBe(false);
  expect(await hashPassword('caf\u00e9 four random words', OLD)).not.toBe(hash);
});

test('without a stored hash, no password matches', async () => {
  expect(await isPassword('', null)).toBe(false);
});

test('a hash of other parameters is verified with them, and is to be made again', async () => {
  const old = await hashPassword('four random words here', OLD);
  expect(needsRehash(old)).toBe(true);
  const current = await hashPassword('four random words here');
  expect(needsRehash(current)).toBe(false);
});

test.each([
  '',
  'x',
  '$argon2id$v=19$m=1,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA',
  `$scrypt$ln=20,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`,
])('a stored hash that is malformed or too expensive is a bug, not a wrong password: %s', async (stored) => {
  await expect(isPassword('four random words here', stored)).rejects.toThrow(/set a new password/);
});
