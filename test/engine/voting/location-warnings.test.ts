// When one location warns: the streaks of ok runs that carry a warning.
import { describe, expect, test } from 'vitest';
import type { Degraded } from '../../../probes/contract/index.ts';
import type { LocationStatus } from '../../../src/engine/model/state.ts';
import { recordObservation } from '../../../src/engine/voting/streak.ts';
import { policy, type Saw, T0, World } from '../../support/engine/world.ts';

const MINUTE = 60_000;
const SLOW: Degraded = { code: 'latency', limit: 500, detail: 'it took 812 ms' };
const LOSSY: Degraded = { code: 'loss', limit: 20, detail: '3 of 10 handshakes were lost' };
const expires = (limit: number): Degraded => ({ code: 'certificate', limit, detail: `${limit} days left` });

describe('warnings of one location', () => {
  const run = (
    status: LocationStatus,
    saw: Saw,
    degraded: readonly Degraded[] = [],
    parts = {},
  ): LocationStatus => {
    const startedAt = (status.lastCheckedAt ?? 0) + 10_000;
    const observation = { location: 1, startedAt, outcome: saw, timings: {} };
    return recordObservation(
      status,
      degraded.length > 0 ? { ...observation, degraded } : observation,
      policy(parts),
    );
  };
  const healthy = (): LocationStatus => run(new World(1).state.monitors.get(1)!.byLocation.get(1)!, 'ok');
  const runs = (steps: readonly (readonly Degraded[] | Saw)[], parts = {}): LocationStatus =>
    steps.reduce<LocationStatus>(
      (status, step) =>
        typeof step === 'string' ? run(status, step, [], parts) : run(status, 'ok', step, parts),
      healthy(),
    );
  const warns = (...args: Parameters<typeof runs>): boolean =>
    runs(...args).warnings?.degraded?.active ?? false;

  test('a location warns after `failures` ok runs in a row that carry the warning', () => {
    expect(runs(['ok', 'ok']).warnings).toBeNull();
    expect([warns([[SLOW]]), warns([[SLOW], [SLOW]])]).toEqual([false, true]);
    expect(warns([[SLOW], 'ok', [SLOW]])).toBe(false);
    expect(warns([[SLOW], [SLOW]], { failures: 3 })).toBe(false);
    expect(warns([[SLOW]], { failures: 1 })).toBe(true);
  });

  test('a location stops warning after `recoveries` ok runs in a row without the warning', () => {
    expect(warns([[SLOW], [SLOW], 'ok'])).toBe(true);
    expect(warns([[SLOW], [SLOW], 'ok', [SLOW], 'ok'])).toBe(true);
    expect(runs([[SLOW], [SLOW], 'ok', 'ok']).warnings).toBeNull();
    expect(warns([[SLOW], [SLOW], 'ok', 'ok'], { recoveries: 3 })).toBe(true);
    expect(runs([[SLOW], 'ok']).warnings).toBeNull();
  });

  test('failed and unmeasured runs neither start nor stop a warning', () => {
    expect(warns([[SLOW], 'failed', 'unmeasured', [SLOW]])).toBe(true);
    expect(warns([[SLOW], [SLOW], 'failed', 'failed', 'unmeasured'])).toBe(true);
    expect(warns([[SLOW], [SLOW], 'ok', 'failed', 'failed', 'ok'])).toBe(false);
  });

  test('latency and loss are one kind of warning, a certificate is another', () => {
    const both = runs([[SLOW], [LOSSY], [expires(14)]]).warnings;
    expect(both?.degraded).toEqual({ active: true, streak: 1, code: 'loss', limit: 20 });
    expect(both?.certificate).toEqual({ active: false, streak: 1, code: 'certificate', limit: 14 });
    expect(runs([[SLOW, expires(14), expires(7)]]).warnings?.certificate?.limit).toBe(7);
    expect(runs([[LOSSY, SLOW]]).warnings?.degraded?.code).toBe('loss');
  });

  test('runs that are too close together do not count for a warning', () => {
    const close = { location: 1, outcome: 'ok', timings: {}, degraded: [SLOW] } as const;
    const once = runs([[SLOW]]);
    const again = recordObservation(once, { ...close, startedAt: once.lastMeasuredAt! + 4_999 }, policy());
    expect(again.warnings).toEqual(once.warnings);
  });

  test('a warning makes no location pending, changes no vote and starts no fan-out', () => {
    const world = new World(6);
    world.play(T0 + 3 * MINUTE);
    const before = world.runs;
    world.finds = () => [SLOW, expires(7)];
    world.play(T0 + 5 * MINUTE);
    expect(world.runs - before).toBe(12);
    const monitor = world.state.monitors.get(1)!;
    expect(monitor).toMatchObject({ verdict: 'up', round: null, incident: null });
    expect([...monitor.byLocation.values()].every(({ vote }) => vote === 'passing')).toBe(true);
  });
});
