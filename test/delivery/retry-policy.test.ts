// The pauses between attempts, without a queue or a database.
import { expect, test } from 'vitest';
import { BACK_OFF_MS, isExpired, retryDelayMs } from '../../src/delivery/retry-policy.ts';

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
