// A change of very many monitors at once: its row of the history fits D1, and a commit never fails for it.
import { expect, test, vi } from 'vitest';
import type { StatusChange } from '../../src/store/history/status-change.ts';
import { fittingJson } from '../../src/store/history/status-rows.ts';

const change: StatusChange = {
  monitors: Array.from({ length: 50 }, (_, index) => [
    ...([index + 1, 0, 1_800_000_000_000, 180_000] as const),
    Array.from({ length: 6 }, (_, location) => [location + 1, 1_800_000_000_000] as const),
    [],
  ]),
  incidents: [[1, 'inc_1', 'down', 1_800_000_000_000, null]],
};

test('a change that fits its row is stored whole', () => {
  expect(JSON.parse(fittingJson(change, 7))).toEqual(change);
});

test('a change that is too large loses the votes of locations, or all but its incidents, and the log has its size', () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
  const smaller = JSON.parse(fittingJson(change, 7, 4_000)) as StatusChange;
  expect(smaller.monitors).toHaveLength(50);
  expect(smaller.monitors![0]).toEqual([1, 0, 1_800_000_000_000, 180_000, [], []]);
  expect(smaller.incidents).toEqual(change.incidents);
  expect(JSON.parse(fittingJson(change, 7, 200))).toEqual({ incidents: change.incidents });
  expect(logged.mock.calls.flat().join('\n')).toContain('history.change_too_large');
  logged.mockRestore();
});
