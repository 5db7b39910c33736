// The pauses between attempts, without a queue or a database.
import { expect, test } from 'vitest';
import {
  BACK_OFF_MS,
  isExpired,
  nextPauseMs,
  retryAfterMs,
  retryDelayMs,
} from '../../src/delivery/retry-policy.ts';

test('the pause before the next attempt varies by at most a tenth', () => {
  for (const [attempts, pauseMs] of BACK_OFF_MS.entries()) {
    expect(retryDelayMs(attempts, 0)).toBe(Math.round(0.9 * pauseMs));
    expect(retryDelayMs(attempts, 0.5)).toBe(pauseMs);
    expect(retryDelayMs(attempts, 1)).toBe(Math.round(1.1 * pauseMs));
  }
});

test('no attempt follows the last pause', () => {
  expect(retryDelayMs(BACK_OFF_MS.length, 0.5)).toBeNull();
});

test('a notification expires after 80 hours', () => {
  const hours80 = 80 * 3_600_000;
  expect([isExpired(1_000, 1_000 + hours80), isExpired(1_000, 1_001 + hours80)]).toEqual([false, true]);
});

test('the last attempt is made when the delivery expires, at the latest', () => {
  const hours = 3_600_000;
  expect(nextPauseMs(10, 70 * hours, 1)).toBe(10 * hours);
  expect(nextPauseMs(10, 80 * hours, 1)).toBeNull();
});

test.for([
  ['120', 120_000],
  ['0', 0],
  ['Thu, 26 Nov 2026 09:01:00 GMT', 60_000],
  ['Thu, 26 Nov 2026 08:00:00 GMT', 0],
  ['soon', null],
  ['-5', null],
  ['1e9', null],
  [null, null],
] as const)('a Retry-After of %s is a pause of %s ms', ([header, pauseMs]) => {
  expect(retryAfterMs(header, Date.parse('2026-11-26T09:00:00Z'))).toBe(pauseMs);
});
