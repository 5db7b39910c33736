// The form of a log line.
import { afterEach, expect, test, vi } from 'vitest';
import { log } from '../src/log.ts';

afterEach(() => vi.restoreAllMocks());

test.each([
  ['info', 'log'],
  ['warn', 'warn'],
  ['error', 'error'],
] as const)('log.%s writes one JSON line with the event first, at the console level %s', (level, method) => {
  const write = vi.spyOn(console, method).mockImplementation(() => {});
  log[level]('delivery.enqueue_failed', { channel: 'a', error: 'down\nfor now' });
  expect(write.mock.calls).toEqual([
    [`{"event":"delivery.enqueue_failed","level":"${level}","channel":"a","error":"down\\nfor now"}`],
  ]);
});
