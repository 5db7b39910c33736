// Scenarios in which the coordinator's clock is off: runs, notifications and their times, in true seconds.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseScenario, type Scenario } from '../../../scripts/simulate/scenario.ts';
import { simulate } from '../../../scripts/simulate/simulation.ts';
import { encodeSnapshot } from '../../../src/store/snapshot/codec.ts';

const LOCATIONS = ['aws:a', 'aws:b', 'aws:c', 'aws:d', 'aws:e', 'aws:f'];
const HOUR = 3_600;
const YEAR = 365 * 86_400;

const parse = (changes: object) =>
  parseScenario({
    ...{ version: 1, seed: 3, durationSeconds: 7_200, locations: LOCATIONS },
    monitors: [{ id: 'm1', intervalSeconds: 60 }],
    ...changes,
  });

function scenario(changes: object): Scenario {
  const parsed = parse(changes);
  if (!parsed.ok) throw new Error(parsed.errors.join('\n'));
  return parsed.scenario;
}
const play = (changes: object) => simulate(scenario(changes));

const outage = (from: number, to: number) => ({
  ...{ from, to, kind: 'refused', locations: '*', monitors: '*' },
});
const wrong = (from: number, offsetSeconds: number, to?: number) => ({
  ...(to === undefined ? {} : { to }),
  from,
  offsetSeconds,
});

const APART = [61, 6 * HOUR, 72 * HOUR, 5 * YEAR].flatMap((seconds) => [seconds, -seconds]);
const TOLERATED = [60, 59, 30, 6, -6, -30, -59, -60];

describe('a clock that is off by more than a minute', () => {
  test.each(APART)(
    '%i s off for 80 s: an outage right after is notified in time, and nothing else is',
    (offset) => {
      for (let onset = 12_081; onset < 12_141; onset += 7.3) {
        const { notifications } = play({
          durationSeconds: 14_400,
          clock: [wrong(12_000, offset, 12_080)],
          faults: [outage(onset, onset + 600)],
        });
        expect(notifications.map(({ event }) => event)).toEqual(['incident.opened', 'incident.resolved']);
        expect(notifications[0]!.at - onset).toBeLessThanOrEqual(20);
        expect(notifications[0]!.startedAt - onset).toBeGreaterThanOrEqual(0);
        expect(notifications[0]!.startedAt - onset).toBeLessThanOrEqual(15);
        expect(notifications[1]!.at - onset - 600).toBeLessThanOrEqual(25);
      }
    },
  );

  test.each(APART)(
    '%i s off during an outage: it stays open, and its end is notified once the clock is right',
    (offset) => {
      const { notifications, noDataSeconds } = play({
        clock: [wrong(3_700, offset, 3_900)],
        faults: [outage(3_603, 3_800)],
      });
      expect(notifications.map(({ event }) => event)).toEqual(['incident.opened', 'incident.resolved']);
      expect(notifications[1]!.at).toBeGreaterThanOrEqual(3_900);
      expect(notifications[1]!.at).toBeLessThanOrEqual(3_925);
      expect(noDataSeconds.m1).toBeLessThanOrEqual(60);
    },
  );

  test.each(APART)('%i s off in the middle of a fan-out: the outage is notified once', (offset) => {
    for (let jump = 3_604.5; jump < 3_620; jump += 0.7) {
      const { notifications } = play({
        clock: [wrong(jump, offset, jump + 30)],
        faults: [{ ...outage(3_603, 4_200), kind: 'timeout' }],
      });
      expect(notifications.map(({ event }) => event)).toEqual(['incident.opened', 'incident.resolved']);
      expect(notifications[0]!.at).toBeLessThanOrEqual(3_603 + 30 + 45);
    }
  });

  test.each([6 * HOUR, -6 * HOUR])(
    '%i s off for good: no run starts any more, and no event is sent',
    (offset) => {
      const whole = play({ durationSeconds: 86_400, clock: [wrong(12_000, offset)] });
      expect(whole.notifications).toEqual([]);
      expect(whole.checks).toBe(play({ durationSeconds: 12_000 }).checks);
      expect(whole.noDataSeconds.m1).toBeGreaterThan(86_400 - 12_000 - 200);
    },
  );

  test.each([6 * HOUR, -6 * HOUR])(
    '%i s off for an hour: a location that is lost and a monitor without data are not reported for it',
    (offset) => {
      const { notifications } = play({
        durationSeconds: 14_400,
        clock: [wrong(3_600, offset, 7_200)],
        faults: [{ ...outage(3_000, 3_500), kind: 'silent', locations: ['aws:a'] }],
      });
      expect(notifications.filter(({ at }) => at >= 3_600)).toEqual([]);
    },
  );
});

describe('a clock that is off by a minute at most', () => {
  test.each(TOLERATED)('%i s off for good: outages are notified in time', (offset) => {
    for (let onset = 3_600; onset < 3_660; onset += 7.3) {
      const { notifications, noDataSeconds } = play({
        clock: [wrong(1_800, offset)],
        faults: [outage(onset, onset + 600)],
      });
      expect(notifications.map(({ event }) => event)).toEqual(['incident.opened', 'incident.resolved']);
      expect(notifications[0]!.at - onset).toBeLessThanOrEqual(20);
      expect(notifications[0]!.startedAt - onset).toBeGreaterThanOrEqual(0);
      expect(notifications[0]!.startedAt - onset).toBeLessThanOrEqual(10);
      expect(notifications[1]!.at - onset - 600).toBeLessThanOrEqual(25);
      expect(noDataSeconds.m1).toBe(0);
    }
  });

  test.each(TOLERATED)(
    '%i s off and then corrected: an outage around the correction is notified in time',
    (offset) => {
      for (let onset = 3_640; onset < 3_720; onset += 7.3) {
        const { notifications } = play({
          clock: [wrong(1_800, offset, 3_660)],
          faults: [outage(onset, onset + 600)],
        });
        expect(notifications.map(({ event }) => event)).toEqual(['incident.opened', 'incident.resolved']);
        expect(notifications[0]!.at - onset).toBeLessThanOrEqual(35);
        expect(notifications[0]!.at - notifications[0]!.startedAt).toBeGreaterThanOrEqual(0);
      }
    },
  );

  test.each(TOLERATED)(
    '%i s off for every other minute: nothing is notified, and at most two runs in five are added',
    (offset) => {
      const clock = Array.from({ length: 30 }, (_, n) => wrong(1_200 + 120 * n, offset, 1_260 + 120 * n));
      const { notifications, checks } = play({ clock });
      expect(notifications).toEqual([]);
      expect(checks).toBeLessThan(1.4 * play({}).checks);
    },
  );
});

describe('the clock of a scenario file', () => {
  test('skipping is exact across changes of the clock', () => {
    const span = fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 1, max: 3_000 }));
    const skew = fc.record({ span, offset: fc.constantFrom(...APART, ...TOLERATED), forGood: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(skew, { minLength: 1, maxLength: 3 }),
        fc.array(span, { maxLength: 2 }),
        fc.boolean(),
        (skews, faults, noisy) => {
          const one = scenario({
            durationSeconds: 24_000,
            ...(noisy ? { noise: { iid: 0.01 } } : {}),
            clock: skews.map(({ span: [from, length], offset, forGood }) =>
              wrong(from, offset, forGood ? undefined : from + length),
            ),
            faults: faults.map(([from, length]) => outage(from, from + length)),
          });
          const comparable = ({ state, ...output }: ReturnType<typeof simulate>) => ({
            ...output,
            wallSeconds: 0,
            state: encodeSnapshot({ ...state, seq: 0 }),
          });
          expect(comparable(simulate(one))).toEqual(comparable(simulate(one, { skip: false })));
        },
      ),
      {
        numRuns: Number(process.env.PROPERTY_RUNS ?? 40),
        seed: Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31),
      },
    );
  }, 900_000);

  test('a run that is too close to the one before, after a change of the clock, is not skipped', () => {
    const one = scenario({ durationSeconds: 24_000, clock: [wrong(0, 61), wrong(5_956, -59, 5_975)] });
    const measured = (skip: boolean) =>
      [...simulate(one, { skip }).state.monitors.get(1)!.byLocation.values()].map((status) => [
        status.lastCheckedAt,
        status.lastMeasuredAt,
      ]);
    expect(measured(true)).toEqual(measured(false));
  });

  test('a year with a clock that is off for good is played in seconds', () => {
    for (const offset of [6 * HOUR, 30]) {
      const { wallSeconds } = play({ durationSeconds: YEAR, clock: [wrong(12_000, offset)] });
      expect(wallSeconds).toBeLessThan(6);
    }
  });

  test.each([
    [[{ from: 10, offsetSeconds: 5, until: 20 }], 'clock[0].until: unknown key'],
    [[{ from: 10 }], 'clock[0].offsetSeconds'],
    [[{ from: 10, to: 10, offsetSeconds: 5 }], 'clock[0].to: must be greater than "from" (10)'],
    [[{ from: -1, to: 10, offsetSeconds: 5 }], 'clock[0].from'],
    [{ from: 1, offsetSeconds: 5 }, 'clock'],
  ])('the clock %j is refused with the path of the field', (clock, error) => {
    const parsed = parse({ clock });
    expect(parsed.ok ? [] : parsed.errors).toEqual([expect.stringContaining(error)]);
  });
});
