// Which sign-ups count on a page whose access changed. Pure.
import { expect, test } from 'vitest';
import { isSignUpValid, mayRead } from '../../../src/delivery/mailings/may-read.ts';
import type { PageAccess } from '../../../src/status-pages/model.ts';

const CHANGED = 1_800_000_000_000;
const valid = (access: PageAccess, signedUpAt: number) =>
  isSignUpValid({ access, accessVersion: CHANGED }, signedUpAt);

test.each<PageAccess>([{ type: 'password' }, { type: 'sign_in', providers: null }])(
  'a sign-up from before the access became %j counts no more: anyone could make it',
  (access) => {
    expect(valid(access, CHANGED - 1)).toBe(false);
    expect(valid(access, CHANGED)).toBe(true);
  },
);

test('on a public page each sign-up counts, and on one for domains the address decides', () => {
  const domains: PageAccess = { type: 'email', domains: ['acme.example'], channel: 'mail' };
  expect(valid({ type: 'public' }, 0)).toBe(true);
  expect(valid(domains, 0)).toBe(true);
  expect(mayRead({ access: domains }, 'email', 'a@evil.example')).toBe(false);
  expect(mayRead({ access: domains }, 'email', 'a@acme.example.evil.example')).toBe(false);
});

test('an access type of a newer version sends nothing to those who signed up before', () => {
  expect(valid({ type: 'voucher' } as never, CHANGED - 1)).toBe(false);
});
