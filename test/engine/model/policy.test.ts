// Durations that follow from a monitor's own policy.
import { expect, test } from 'vitest';
import { noDataAfterMs, staleAfterMs } from '../../../src/engine/model/policy.ts';
import { policy } from '../../support/engine/world.ts';

test('no data is reported after three intervals, and after five minutes at least', () => {
  expect([60_000, 100_000, 100_001].map((intervalMs) => noDataAfterMs({ intervalMs }))).toEqual([
    ...[300_000, 300_000, 300_003],
  ]);
});

test('a vote expires after two and a half intervals, and after three minutes at least', () => {
  expect(staleAfterMs(policy({ intervalMs: 60_000 }))).toBe(180_000);
  expect(staleAfterMs(policy({ intervalMs: 120_000 }))).toBe(300_000);
});
