// A snapshot in parts: each fits a row of D1, also in an outage of 5,000 monitors.
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { decodeEntry, encodeEntry } from '../../../src/store/journal/codec.ts';
import { fitReport } from '../../../src/store/journal/row-budget.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/store/snapshot/codec.ts';
import { PART_BYTES, partsOf } from '../../../src/store/snapshot/rows.ts';
import { T0, World } from '../../support/engine/world.ts';

const bytesOf = (parts: readonly string[]): number[] => parts.map((part) => Buffer.byteLength(part));

describe('the parts of a snapshot', () => {
  test.each(['x', 'ä', '漢', '👩🏽‍🚀', '\\ud800'])('a text of %j is cut between characters', (unit) => {
    const text = unit.repeat(1_000);
    const parts = partsOf(text, 101);
    expect(parts.join('')).toBe(text);
    expect(Math.max(...bytesOf(parts))).toBeLessThanOrEqual(101);
    for (const part of parts) expect(Buffer.from(part).toString()).toBe(part);
    expect(parts.length).toBeLessThanOrEqual(Math.ceil(Buffer.byteLength(text) / 97));
  });

  test('a small snapshot is one part, and an empty one too', () => {
    expect(partsOf('x'.repeat(PART_BYTES))).toHaveLength(1);
    expect(partsOf('')).toEqual(['']);
  });

  test.each([
    [
      'the text of the probe',
      (n: number) => `no answer from 10.0.${n >> 8}.${n & 255}:8443 within 5000 ms`,
      5e6,
    ],
    ['the longest sentence', (n: number) => `${n}${'\u001f'.repeat(290)}`, 10e6],
  ])(
    '5,000 monitors that all fail with %s are parts that fit a row',
    (_, detailOf, limit) => {
      const world = new World(
        6,
        Array.from({ length: 5_000 }, () => ({ failures: 1 })),
      );
      for (const location of [1, 2, 3, 4, 5, 6]) {
        const askedAt = T0 + location * 5_000;
        const entry = fitReport(world.state, {
          ...{ kind: 'report', at: askedAt + 5_200, location, askedAt, answeredAt: askedAt + 5_100 },
          ...{ error: null, missedDeadline: false },
          observations: Array.from({ length: 5_000 }, (__, index) => ({
            ...{ monitor: index + 1, startedAt: askedAt, outcome: 'failed', code: 'timeout' },
            // Each location has its own text.
            ...{ detail: detailOf(index * 6 + location), timings: { dnsMs: 12.345, totalMs: 5_001.234 } },
          })),
        });
        world.apply(decodeEntry(encodeEntry(entry)));
      }
      expect(world.events().filter((event) => event === 'incident.opened')).toHaveLength(5_000);
      const text = encodeSnapshot(world.state);
      const parts = partsOf(text);
      expect(Buffer.byteLength(text)).toBeGreaterThan(2_000_000);
      expect(Buffer.byteLength(text)).toBeLessThan(limit);
      expect(Math.max(...bytesOf(parts))).toBeLessThanOrEqual(PART_BYTES);
      expect(decodeSnapshot(parts.join(''))).toEqual(world.state);
    },
    120_000,
  );
});
