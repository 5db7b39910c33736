import { expect, test } from 'vitest';
import { hashRecoveryCode, newRecoveryCodes } from '../../../src/services/local-accounts/recovery-codes.ts';

test('ten different codes have 80 random bits each, without letters that look like digits', () => {
  const codes = newRecoveryCodes();
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}$/);
});

test('a code is the same however a person types it, and another one for another person', async () => {
  const hash = await hashRecoveryCode('per_1', 'k01a-9xw2-0mtp-7qzr');
  expect(await hashRecoveryCode('per_1', ' KOIA 9XW2 OMTP7QZR ')).toBe(hash);
  expect(await hashRecoveryCode('per_1', 'klla-9xw2-0mtp-7qzr')).not.toBe(hash);
  expect(await hashRecoveryCode('per_2', 'k01a-9xw2-0mtp-7qzr')).not.toBe(hash);
});
