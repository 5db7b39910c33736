// A snapshot must fit a row of D1, in the worst outage.
import { describe, expect, test } from 'vitest';
import type { ReportedObservation } from '../../../src/engine/model/journal.ts';
import { decodeEntry, encodeEntry } from '../../../src/store/journal/codec.ts';
import { limitResponses } from '../../../src/store/journal/response-budget.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/store/snapshot/codec.ts';
import { T0, World } from '../../support/engine/world.ts';

const MINUTE = 60_000;

describe('the size of a snapshot', () => {
  test('a snapshot of 1,000 monitors at six locations fits a D1 row if all are down', () => {
    const world = new World(
      6,
      Array.from({ length: 1_000 }, () => ({})),
    );
    world.play(T0 + 2 * MINUTE);
    let largest = 0;
    const hangs = (location: number, askedAt: number): void => {
      world.apply({
        kind: 'report',
        at: Math.max(askedAt + 5_200, world.state.at + 1),
        location,
        askedAt,
        answeredAt: askedAt + 5_200,
        error: null,
        missedDeadline: false,
        observations: Array.from({ length: 1_000 }, (_, index) => ({
          monitor: index + 1,
          startedAt: askedAt + index,
          outcome: 'failed' as const,
          code: 'timeout' as const,
          // The text of the probe.
          detail: `no answer from 10.0.${index >> 8}.${index & 255}:8443 within 5000 ms`,
          timings: { dnsMs: 12.345, totalMs: 5001.234 },
        })),
      });
      const snapshot = encodeSnapshot(world.state);
      expect(encodeSnapshot(decodeSnapshot(snapshot))).toBe(snapshot);
      largest = Math.max(largest, snapshot.length);
    };
    hangs(1, world.now);
    for (const step of [1, 2])
      for (const location of [2, 3, 4, 5, 6, 1]) hangs(location, T0 + 2 * MINUTE + step * 10_000);
    expect(world.events().filter((event) => event === 'incident.opened')).toHaveLength(1_000);
    // 2,000,000 bytes a string or row: developers.cloudflare.com/d1/platform/limits
    expect(largest).toBeLessThan(2_000_000);
  });

  test('a snapshot of 1,000 monitors fits a D1 row if half have unexpected responses and half have warnings', () => {
    const world = new World(
      6,
      Array.from({ length: 1_000 }, () => ({})),
    );
    world.play(T0 + 2 * MINUTE);
    const isUnexpected = (monitor: number): boolean => monitor % 2 === 0;
    const run = (monitor: number, startedAt: number): ReportedObservation =>
      isUnexpected(monitor)
        ? {
            ...{ monitor, startedAt, outcome: 'failed', code: 'unexpected_reply', phase: 'reply' },
            detail: `status 503 is not 200, and the body lacks "ready" (${monitor})`,
            timings: { dnsMs: 12.345, connectMs: 20.5, tlsMs: 40.25, firstByteMs: 99.125, totalMs: 180.5 },
            // The largest response in JSON.
            response: { status: 503, headers: { server: 'x'.repeat(256) }, body: '\u0001'.repeat(1_024) },
          }
        : {
            ...{ monitor, startedAt, outcome: 'ok' },
            timings: { dnsMs: 12.3, connectMs: 20.5, tlsMs: 40.2, firstByteMs: 700.1, totalMs: 780.5 },
            samples: { sent: 10, lost: 3, minMs: 19, meanMs: 20, maxMs: 22, jitterMs: 0.5 },
            degraded: [
              { code: 'latency', limit: 500, detail: `it took ${monitor}.5 ms, more than 500 ms` },
              { code: 'loss', limit: 20, detail: '3 of 10 handshakes were lost, more than 20 %' },
              { code: 'certificate', limit: 14, detail: `expires in ${monitor} hours, less than 14 days` },
            ],
          };
    let largest = 0;
    let largestRow = 0;
    for (let turn = 0; turn < 18; turn += 1) {
      const askedAt = T0 + 2 * MINUTE + turn * 10_000;
      const entry = limitResponses(world.state, {
        ...{
          kind: 'report',
          at: askedAt + 1_200,
          location: 1 + (turn % 6),
          askedAt,
          answeredAt: askedAt + 1_000,
        },
        ...{ error: null, missedDeadline: false },
        observations: Array.from({ length: 1_000 }, (_, index) => run(index + 1, askedAt + index)),
      });
      const row = encodeEntry(entry);
      largestRow = Math.max(largestRow, JSON.stringify(row.detail).length);
      world.apply(decodeEntry(row));
      const snapshot = encodeSnapshot(world.state);
      expect(encodeSnapshot(decodeSnapshot(snapshot))).toBe(snapshot);
      largest = Math.max(largest, snapshot.length);
    }
    const count = (event: string): number => world.events().filter((one) => one === event).length;
    expect([count('incident.opened'), count('monitor.degraded'), count('monitor.certificate')]).toEqual([
      500, 500, 500,
    ]);
    expect(largestRow).toBeLessThan(500_000);
    expect(largest).toBeLessThan(2_000_000);
  });
});
