// The chart of response times: a time without data is a gap in its line, and never a line to zero.
import { expect, test } from 'vitest';
import { linesOf, niceMaximum } from '../../../src/http/status-page/latency-chart.tsx';

test('a line is broken where nothing was measured', () => {
  expect(linesOf([100, 100, null, null, 50, 0], 100)).toEqual(['0,0 200,0', '800,125 1000,250']);
});

test('a value alone between gaps stays visible', () => {
  expect(linesOf([null, 100, null], 100)).toEqual(['500,0 500,0']);
});

test('a series without data has no line', () => {
  expect(linesOf([null, null], 100)).toEqual([]);
  expect(linesOf([], 100)).toEqual([]);
});

test.each([
  [[], 1],
  [[0.2], 1],
  [[9], 10],
  [[101], 120],
  [[215, 90], 240],
  [[1_000], 1_000],
  [[1_001], 1_200],
])('the axis of %j ends at %i', (values, maximum) => {
  expect(niceMaximum(values)).toBe(maximum);
});
