import { Secret, TOTP } from 'otpauth';
import { describe, expect, test } from 'vitest';
import { newTotpSecret, totpStepOf, totpUri } from '../../../src/services/local-accounts/totp.ts';

/** RFC 6238, appendix B: the test vectors, with six digits. */
const SECRET = Secret.fromLatin1('12345678901234567890').base32;
const NOW = 1_800_000_000_000;
const STEP = NOW / 30_000;

const codeAt = (timestamp: number): string => TOTP.generate({ secret: Secret.fromBase32(SECRET), timestamp });

test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [20_000_000_000, '353130'],
])('the code of RFC 6238 at %i s is accepted', (seconds, code) => {
  expect(totpStepOf(SECRET, code, seconds * 1_000, 0)).toBe(Math.floor(seconds / 30));
});

describe('a phone whose clock differs', () => {
  test.each([-60_000, 60_000, 90_000])('by %i ms is refused', (drift) => {
    expect(totpStepOf(SECRET, codeAt(NOW + drift), NOW, 0)).toBeNull();
  });

  test.each([
    [-30_000, -1],
    [0, 0],
    [30_000, 1],
  ])('by %i ms is accepted', (drift, steps) => {
    expect(totpStepOf(SECRET, codeAt(NOW + drift), NOW, 0)).toBe(STEP + steps);
  });
});

test('a code whose step was used, or an older one, is refused', () => {
  const code = codeAt(NOW);
  expect(totpStepOf(SECRET, code, NOW, STEP)).toBeNull();
  expect(totpStepOf(SECRET, code, NOW + 30_000, STEP)).toBeNull();
  expect(totpStepOf(SECRET, codeAt(NOW - 30_000), NOW, STEP - 1)).toBeNull();
  expect(totpStepOf(SECRET, code, NOW, STEP - 1)).toBe(STEP);
});

test.each(['', '12345', '1234567', 'abcdef', '12 34 5', '<script>'])('"%s" is not a code', (code) => {
  expect(totpStepOf(SECRET, code, NOW, 0)).toBeNull();
});

test('a code may be typed with spaces', () => {
  const code = codeAt(NOW);
  expect(totpStepOf(SECRET, ` ${code.slice(0, 3)} ${code.slice(3)} `, NOW, 0)).toBe(STEP);
});

test('a new secret has 160 bits, and its address names the mesh and the account', () => {
  const secret = newTotpSecret();
  expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  expect(newTotpSecret()).not.toBe(secret);
  const uri = totpUri(secret, 'ada', 'status.test');
  expect(uri).toContain(`secret=${secret}`);
  expect(decodeURIComponent(uri)).toMatch(/^otpauth:\/\/totp\/probemesh \(status\.test\):ada\?/);
});
