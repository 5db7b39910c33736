// The flapping worlds of the detection benchmark: how they are drawn, when an outage counts as known, and the goals.
import { describe, expect, test } from 'vitest';
import {
  boundSeconds,
  drawFlappingWorlds,
  falseOpenings,
  flappingDelays,
  flappingScenario,
} from '../../bench/detection/flapping-worlds.ts';
import type { Alert } from '../../bench/detection/rule.ts';
import { summarize } from '../../bench/detection/summary.ts';
import { runTask, type Task } from '../../bench/detection/task.ts';
import { parseScenario } from '../../scripts/simulate/scenario.ts';

describe('drawn flapping worlds', () => {
  test.each([30, 60, 300])(
    'with an interval of %i s, each begins after flap detection has forgotten the one before',
    (interval) => {
      const worlds = drawFlappingWorlds(7, 50, interval);
      expect(drawFlappingWorlds(7, 50, interval)).toEqual(worlds);
      let end = 0;
      for (const { faults, locations, outage } of worlds) {
        expect(faults[0]![0] - end).toBeGreaterThan(21 * interval);
        expect(faults.length).toBeGreaterThanOrEqual(3);
        expect([faults.at(-1), locations.at(-1)]).toEqual([outage, 6]);
        expect(outage[1] - outage[0]).toBeGreaterThan(boundSeconds(interval) + 1_800);
        end = outage[1];
      }
      const settings = { intervalSeconds: interval, timeoutMs: 5_000, kind: 'timeout' as const, noise: {} };
      const parsed = parseScenario(flappingScenario(3, worlds, settings));
      expect(parsed.ok ? [] : parsed.errors).toEqual([]);
    },
  );
});

describe('the figures of flapping worlds', () => {
  const at = (seconds: number, kind: Alert['kind']): Alert => ({ at: seconds * 1_000, kind });
  const world = (from: number, to: number) => ({
    faults: [
      [from - 300, from - 200],
      [from, to],
    ] as const,
    locations: [6, 6],
    outage: [from, to] as const,
  });

  test('an outage is known from the last opening on that is not resolved before its end', () => {
    const worlds = [world(1_000, 4_000), world(11_000, 14_000), world(21_000, 24_000), world(31_000, 34_000)];
    const found = flappingDelays(worlds, [
      ...[at(720, 'opened'), at(820, 'resolved'), at(1_315, 'opened'), at(4_020, 'resolved')],
      // Known before, and never resolved in between.
      ...[at(10_990, 'opened'), at(14_020, 'resolved')],
      // Resolved shortly after the onset, by the pause before, and notified again.
      ...[at(20_720, 'opened'), at(21_010, 'resolved'), at(21_325, 'opened'), at(24_020, 'resolved')],
      at(34_010, 'opened'),
    ]);
    expect(found).toEqual({ delays: [0, 315_000, 325_000], missed: 1 });
  });

  test('an opening is false if no fault happened between the start of its incident and the notification', () => {
    const worlds = [world(1_000, 4_000)];
    const opened = [
      { startedAt: 790, at: 1_020 },
      { startedAt: 3_990, at: 4_300 },
      { startedAt: 4_001, at: 4_301 },
      { startedAt: 500, at: 699 },
    ];
    expect(falseOpenings(worlds, opened)).toBe(2);
  });

  test('a lasting outage of a flapping target is notified within the bound and the time to detect, without a false one', () => {
    const tasks: Task[] = [60, 300].map((interval) => ({
      task: 'flapping-ours',
      seed: 5,
      count: 6,
      kind: 'refused',
      interval,
    }));
    const { flapping, goals } = summarize(tasks, tasks.map(runTask));
    expect(
      flapping.map(({ outages, missed, falseOutages, bound }) => [outages, missed, falseOutages, bound]),
    ).toEqual([
      [6, 0, 0, 300],
      [6, 0, 0, 900],
    ]);
    // In most of these worlds the outage waits: else they would show nothing.
    for (const { p50, bound } of flapping) expect(p50).toBeGreaterThan(bound);
    expect(goals.filter(({ met }) => !met)).toEqual([]);
    expect(goals).toHaveLength(2 * 3 + 1);
  });
});
