import { expect, test } from 'vitest';
import { passwordProblem } from '../../../src/services/local-accounts/password-rules.ts';

test.each([
  ['eleven-char', 'short by one character'],
  ['ééééééééééé', 'short, although its bytes are enough'],
  ['password1234', 'a well-known password and digits'],
  ['Passw0rd!2026', 'the same with letters as digits'],
  ['P@$$w0rd1234!', 'the same with signs'],
  ['administrator1', 'a name of an account'],
  ['qwertyuiop123', 'a row of keys'],
  ['asdfghjklasdfg', 'a row of keys, repeated'],
  ['123456789012', 'digits in order'],
  ['098765432109', 'digits in reverse order'],
  ['abcdefghijklm', 'letters in order'],
  ['aaaaaaaaaaaaaaaa', 'one character'],
  ['abcabcabcabcabc', 'a unit that repeats'],
  ['ada.lovelace99', 'the username and digits'],
  ['Lovelace-1815!', 'a part of the username and digits'],
  ['iloveyou-2026-!', 'a well-known phrase and a year'],
  ['............----', 'signs only'],
])('%s is refused as a password: %s', (password) => {
  expect(passwordProblem(password, 'ada.lovelace')).not.toBeNull();
});

test.each([
  'correct horse battery staple',
  'K7#mv2Qp!xLz',
  'Grüße aus Wanne-Eickel',
  '83749182736450198273',
  'パスワードではない長い文字列です',
  'my password is quite a long sentence',
  `${'x'.repeat(50)}abcdefg`,
])('%s is accepted as a password', (password) => {
  expect(passwordProblem(password, 'ada.lovelace')).toBeNull();
});

test('the length counts characters after normalisation, between 12 and 256', () => {
  const long = 'four random words '.repeat(20);
  expect(passwordProblem(long.slice(0, 256), 'ada')).toBeNull();
  expect(passwordProblem(long.slice(0, 257), 'ada')).toContain('at most 256');
  expect(passwordProblem('elf zeichen', 'ada')).toContain('at least 12');
  // Two code units each, one character.
  expect(passwordProblem('🐎🔋🧷🎩🐎🔋', 'ada')).toContain('at least 12');
});
