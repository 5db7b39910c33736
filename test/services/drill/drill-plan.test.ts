// When a drill does what.
import { expect, test } from 'vitest';
import type { PlannedRoute } from '../../../src/routing/model.ts';
import { drillTimes, isDrillOver } from '../../../src/services/drill/drill-plan.ts';

const route = (seconds: readonly number[], done: number, heldUntil: number | null = null): PlannedRoute => ({
  routeId: 'all',
  steps: seconds.map((afterSeconds) => ({ afterSeconds, channels: ['pager'], schedules: [] })),
  ...{ done, repeatMinutes: null, remindedAt: null, heldUntil },
});

test('a drill ends ten minutes after its last step, and after a day at most', () => {
  expect(drillTimes([], 0)).toEqual({ nextAt: null, endsAt: 600_000 });
  expect(drillTimes([route([0, 300, 900], 1), route([60], 0)], 0)).toEqual({
    nextAt: 60_000,
    endsAt: 1_500_000,
  });
  expect(drillTimes([route([0, 200_000], 1)], 0).endsAt).toBe(86_400_000);
});

test('quiet hours hold the steps of a drill', () => {
  expect(drillTimes([route([0], 0, 5_000_000)], 0)).toEqual({ nextAt: 5_000_000, endsAt: 5_600_000 });
});

test('a drill that quiet hours hold for days ends after its opening, and a day after that at most', () => {
  const days = 172_800_000;
  expect(drillTimes([route([0], 0, days)], 0)).toEqual({ nextAt: days, endsAt: days + 600_000 });
  expect(drillTimes([route([0, 200_000], 0, days)], 0).endsAt).toBe(days + 86_400_000);
});

test('an acknowledged drill is over a minute later, and any drill when its time is up', () => {
  const drill = { acknowledgedAt: null, openedAt: 0, drillEndsAt: 600_000 };
  expect([599_999, 600_000].map((now) => isDrillOver(drill, now))).toEqual([false, true]);
  const taken = { ...drill, acknowledgedAt: 10_000 };
  expect([69_999, 70_000].map((now) => isDrillOver(taken, now))).toEqual([false, true]);
});
