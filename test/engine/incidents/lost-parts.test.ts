// A location's runs are divided into jobs, and single jobs are lost: refused, killed or late. What was not measured
// raises no outage, and a location that still measures is neither lost nor in quarantine.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explain } from '../../../src/engine/explain/explain.ts';
import type { Policy } from '../../../src/engine/model/state.ts';
import { plan } from '../../../src/engine/schedule/schedule.ts';
import { T0, World } from '../../support/engine/world.ts';

const LOCATIONS = 6;
const NUM_RUNS = Number(process.env.PROPERTY_RUNS ?? 20);
const TIMEOUT_MS = 900_000;
const LATE = 'no answer within 8 s';

interface Part {
  readonly location: number;
  readonly monitors: readonly number[];
}

/** Runs take no time. Each planned invocation is divided into jobs of `size` monitors. */
function play(
  policies: Partial<Policy>[],
  size: number,
  minutes: number,
  isLost: (part: Part, at: number) => boolean,
): World {
  const world = new World(LOCATIONS, policies);
  while (world.now < T0 + minutes * 60_000) {
    const due = plan(world.state, new Set(), world.now);
    const at = () => Math.max(world.now, world.state.at + 1);
    if (due.reevaluate.length > 0) {
      const changes = due.reevaluate.map((number) => ({ type: 'monitor.reevaluated' as const, number }));
      world.apply({ kind: 'change', at: at(), changes });
      continue;
    }
    for (const { location, monitors } of due.invocations) {
      const parts = Array.from({ length: Math.ceil(monitors.length / size) }, (_, index) => ({
        location,
        monitors: monitors.slice(index * size, (index + 1) * size),
      }));
      for (const part of parts) {
        const lost = isLost(part, world.now);
        world.apply({
          ...{ kind: 'report', location, askedAt: world.now, answeredAt: world.now, at: at() },
          ...{ error: lost ? LATE : null, missedDeadline: lost },
          observations: part.monitors.map((monitor) => ({
            ...{ monitor, startedAt: world.now, timings: {} },
            ...(lost
              ? { outcome: 'unmeasured' as const, reason: 'late' as const }
              : { outcome: 'ok' as const, network: `10.0.${monitor}.0/24` }),
          })),
        });
      }
    }
    world.now = Math.max(due.wakeAt, world.now + 1);
  }
  return world;
}

const monitors = (count: number): Partial<Policy>[] => Array.from({ length: count }, () => ({}));
const opened = (world: World) => world.records.filter((record) => 'monitor' in record);

test('a job that is always lost, at every location, leaves its monitors without data and all others up', () => {
  const poisoned = 7;
  const world = play(monitors(40), 10, 20, (part) => part.monitors.includes(poisoned));
  expect(opened(world)).toEqual([]);
  expect(world.locationNotifications).toEqual([]);
  expect([...world.state.locations.values()].map(({ incident }) => incident)).toEqual(
    Array(LOCATIONS).fill(null),
  );
  const dark = [...world.state.monitors.values()].filter(({ verdict }) => verdict === 'no_data');
  expect(dark.length).toBeLessThanOrEqual(10);
  expect(dark.map(({ number }) => number)).toContain(poisoned);
  const { locations } = explain(world.state, poisoned, world.now);
  for (const { lastResult } of locations) expect(lastResult).toMatchObject({ reason: 'late', detail: LATE });
});

test('a job of frequent checks that is always lost does not lose locations whose other checks are rare', () => {
  const policies = [
    ...Array.from({ length: 10 }, () => ({ intervalMs: 30_000 })),
    ...Array.from({ length: 30 }, () => ({ intervalMs: 600_000 })),
  ];
  const from = T0 + 3_600_000;
  const world = play(policies, 10, 240, ({ monitors: of }, at) => at > from && of.includes(7));
  expect(opened(world)).toEqual([]);
  // Each location measures nothing at all until its next rare check. After that, it is known to measure.
  const late = world.locationNotifications.filter(({ at }) => at > from + 1_200_000 + 1_000);
  expect(late).toEqual([]);
});

test('a location that stops measuring is lost, whatever jobs of it were lost before', () => {
  const gone = T0 + 3_600_000;
  const world = play(
    [...Array.from({ length: 10 }, () => ({ intervalMs: 30_000 })), ...monitors(30)],
    10,
    75,
    ({ location, monitors: of }, at) => of.includes(7) || (location === 3 && at > gone),
  );
  expect(world.locationNotifications.map(({ event, location }) => [event, location])).toEqual([
    ['location.lost', 3],
  ]);
  expect(world.locationNotifications[0]!.at - gone).toBeLessThan(600_000);
});

test(
  'jobs that are lost at random raise no outage and no quarantine, and lose no location that answers',
  () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 15 }),
        fc.array(fc.nat(99), { minLength: 30, maxLength: 60 }),
        (size, dice) => {
          let n = 0;
          const answered: { readonly location: number; readonly at: number }[] = [];
          const world = play(monitors(30), size, 15, ({ location }, at) => {
            const isLost = dice[n++ % dice.length]! < 30;
            if (!isLost) answered.push({ location, at });
            return isLost;
          });
          expect(opened(world)).toEqual([]);
          // The dice can lose every job of a location for minutes.
          const wrong = world.locationNotifications.filter(
            ({ event, location, startedAt, at: detectedAt }) =>
              event !== 'location.recovered' &&
              (event !== 'location.lost' ||
                answered.some(
                  (one) => one.location === location && one.at > startedAt && one.at < detectedAt,
                )),
          );
          expect(wrong).toEqual([]);
        },
      ),
      { numRuns: NUM_RUNS },
    );
  },
  TIMEOUT_MS,
);
