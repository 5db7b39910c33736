// No data as it is reported, in virtual time.
import { describe, expect, test } from 'vitest';
import { T0, World } from '../../support/engine/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('no data', () => {
  test.each([
    [300_000, 1],
    [600_000, 3],
    [1_800_000, 6],
    [3_600_000, 6],
  ])('no data is reported with an interval of %i ms and %i locations', (intervalMs, locations) => {
    const world = new World(locations, [{ intervalMs }]);
    world.play(T0 + 2 * intervalMs);
    world.sees = () => 'unmeasured';
    world.play(T0 + 12 * intervalMs);
    expect(world.verdict()).toBe('no_data');
    expect(world.events()).toEqual(['monitor.no_data']);
  });

  test('a healthy monitor always has data, whatever its interval and confirmSeconds', () => {
    for (const intervalMs of [30_000, 60_000, 120_000, 300_000]) {
      for (const confirmMs of [5_000, 10_000, 120_000, 300_000]) {
        const world = new World(6, [{ intervalMs, confirmMs }]);
        world.play(T0 + MINUTE);
        for (let at = T0 + MINUTE; at < T0 + HOUR; at += 5_000) {
          world.play(at);
          expect(
            world.verdict(),
            `${intervalMs} ms, confirmed after ${confirmMs} ms, at +${at - T0} ms`,
          ).toBe('up');
        }
      }
    }
  });

  test('a failing monitor always has data, however far apart runs must be to count', () => {
    const world = new World(6, [{ confirmMs: 300_000 }]);
    world.play(T0 + 10 * MINUTE);
    world.sees = () => 'failed';
    for (let at = T0 + 10 * MINUTE; at < T0 + 30 * MINUTE; at += 1_000) {
      world.play(at);
      expect(world.verdict(), `at +${at - T0} ms`).not.toBe('no_data');
    }
    expect(world.events()).toEqual(['incident.opened']);
  });
});
