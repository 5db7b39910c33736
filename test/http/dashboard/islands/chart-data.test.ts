import { expect, test } from 'vitest';
import { stacked } from '../../../../src/http/dashboard/islands/chart-data.ts';

test('each part of a stack lies on those before it, and a gap stays a gap', () => {
  const edges = stacked([
    { label: 'DNS', values: [1, null, 2] },
    { label: 'Connect', values: [10, null, null] },
    { label: 'First byte', values: [100, null, 300] },
  ]);
  expect(edges).toEqual([
    [1, null, 2],
    [11, null, 2],
    [111, null, 302],
  ]);
});
