// The packed state must fit a row of D1, however bad things are.
import { describe, expect, test } from 'vitest';
import { pack, unpack } from '../../src/store/packed.ts';
import { T0, World } from '../support/world.ts';

const MINUTE = 60_000;

describe('the packed state', () => {
  test('of a thousand monitors at six locations stays below what D1 takes in a row, when all are down', () => {
    const world = new World(
      6,
      Array.from({ length: 1_000 }, () => ({})),
    );
    world.play(T0 + 2 * MINUTE);
    let most = 0;
    const hangs = (location: number, askedAt: number): void => {
      world.settle({
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
          // As the probe words it.
          detail: `no answer from 10.0.${index >> 8}.${index & 255}:8443 within 5000 ms`,
          timings: { dnsMs: 12.345, totalMs: 5001.234 },
        })),
      });
      const packed = pack(world.state);
      expect(pack(unpack(packed))).toBe(packed);
      most = Math.max(most, packed.length);
    };
    hangs(1, world.now);
    for (const step of [1, 2])
      for (const location of [2, 3, 4, 5, 6, 1]) hangs(location, T0 + 2 * MINUTE + step * 10_000);
    expect(world.kinds().filter((kind) => kind === 'opened')).toHaveLength(1_000);
    // 2,000,000 bytes a string or row: developers.cloudflare.com/d1/platform/limits
    expect(most).toBeLessThan(2_000_000);
  });
});
