import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Observation, observationSchema } from '../../../probes/contract/index.ts';
import { trimToLimit } from '../../../probes/runner/trim-report.ts';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import { serve } from '../../support/net/http-run.ts';
import { rawTarget } from '../../support/net/http-server.ts';

test('a report with many long responses stays within what Lambda returns', async () => {
  const long = `: ${'\xff'.repeat(256)}\r\n`;
  const names = ['via', 'age', 'date', 'allow', 'server', 'cf-ray', 'x-cache', 'location', 'retry-after'];
  const { port } = await serve(
    rawTarget((socket) =>
      socket.once('data', () => {
        socket.write(`HTTP/1.1 500 no\r\n${names.map((name) => name + long).join('')}\r\n`, 'latin1');
        socket.end('\x01'.repeat(1_024));
      }),
    ),
  );
  const check = { type: 'http', url: `http://127.0.0.1:${port}/`, timeoutMs: 8_000 };
  const { observations } = await askProbe(Array.from({ length: 650 }, () => check));
  expect(new Set(observations.map(words))).toEqual(new Set(['failed unexpected_reply']));
  expect(Buffer.byteLength(JSON.stringify(observations))).toBeLessThan(6_000_000);
  expect(observations[0]).toHaveProperty('response');
});

const bytesOf = (observations: readonly Observation[]): number =>
  Buffer.byteLength(JSON.stringify(observations));

/** Everything that a run may carry, each at its limit, with characters that take six bytes. */
const largest = (id: number): Observation => ({
  ...{ id, startedAt: 1, timings: { totalMs: 1 }, outcome: 'ok' },
  facts: [{ name: 'a.b', value: '\u0001'.repeat(512) }],
  degraded: Array.from({ length: 8 }, () => ({ code: 'loss', limit: 1, detail: '\u0001'.repeat(300) })),
});

test('250 runs with everything that a run may carry stay within the limit, and keep their outcome', () => {
  const trimmed = trimToLimit(Array.from({ length: 250 }, (_, id) => largest(id)));
  expect(bytesOf(trimmed)).toBeLessThan(5_900_000);
  expect(trimmed.every(({ outcome }) => outcome === 'ok')).toBe(true);
});

test('10,000 runs, as many as the contract allows, stay within the limit: the last ones become unmeasured with a detail', () => {
  const trimmed = trimToLimit(Array.from({ length: 10_000 }, (_, id) => largest(id)));
  expect(trimmed.map(({ id }) => id)).toEqual(Array.from({ length: 10_000 }, (_, id) => id));
  expect(bytesOf(trimmed)).toBeLessThan(5_900_000);
  expect(trimmed[0]).toMatchObject({ outcome: 'ok' });
  expect(trimmed.at(-1)).toMatchObject({
    ...{ outcome: 'unmeasured', reason: 'bad_report' },
    detail: expect.stringContaining('too large'),
  });
});

test('whatever runs carry, the report is valid, complete and within its limit', () => {
  const drawn = fc.array(fc.record({ length: fc.nat(300), failed: fc.boolean() }), { maxLength: 30 });
  fc.assert(
    fc.property(drawn, fc.integer({ min: 4_500, max: 20_000 }), (runs, maxBytes) => {
      const all = runs.map(({ length, failed }, id): Observation => {
        const detail = '語'.repeat(length);
        const base = { id, startedAt: 1, timings: {}, facts: [{ name: 'a.b', value: detail }] };
        return failed
          ? { ...base, outcome: 'failed', code: 'reset', detail }
          : { ...base, outcome: 'ok', degraded: [{ code: 'loss', limit: 1, detail }] };
      });
      const trimmed = trimToLimit(all, maxBytes);
      expect(trimmed.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
      expect(bytesOf(trimmed)).toBeLessThanOrEqual(maxBytes);
      for (const observation of trimmed) observationSchema.parse(observation);
    }),
  );
});
