import fc from 'fast-check';
import { expect, test } from 'vitest';
import { REPEAT_MS } from '../../src/watchdog/decide.ts';
import {
  ALIVE,
  MINUTE_MS,
  minutesAfterStart,
  play,
  SILENT,
  START,
  STOPPED,
  type World,
} from './virtual-watchdog.ts';

const MINUTES = 120;
const minuteOf = (at: number): number => Math.floor(minutesAfterStart(at));

/** Stretches of dead minutes, in order. */
const stretches = fc
  .array(fc.record({ well: fc.integer({ min: 1, max: 30 }), dead: fc.integer({ min: 1, max: 25 }) }), {
    maxLength: 6,
  })
  .map((parts) => {
    const dead: boolean[] = [];
    for (const part of parts) dead.push(...Array(part.well).fill(false), ...Array(part.dead).fill(true));
    return [...dead, ...Array(10).fill(false)] as boolean[];
  });

const flags = fc.array(fc.boolean(), { minLength: MINUTES * 3, maxLength: MINUTES * 3 });
const flagAt =
  (list: readonly boolean[]) =>
  (at: number): boolean =>
    list[minuteOf(at)] ?? false;

const coordinatorOf = (dead: readonly boolean[], is503: readonly boolean[]) => (at: number) =>
  flagAt(dead)(at) ? (flagAt(is503)(at) ? STOPPED : SILENT) : ALIVE;

/** Minutes without a pause until this one, this one included, in which no run is remembered that found it alive. */
function deadMinutesAt(dead: readonly boolean[], isLost: (minute: number) => boolean, at: number): number {
  let count = 0;
  for (let minute = minuteOf(at); minute >= 0 && (dead[minute] || isLost(minute)); minute -= 1) count += 1;
  return count;
}

test('whatever fails, an alert opens only after three minutes in a row without a remembered run that found it alive', () => {
  fc.assert(
    fc.property(stretches, flags, flags, flags, flags, (dead, is503, unread, unwritten, cold) => {
      const world: World = {
        coordinator: coordinatorOf(dead, is503),
        canRead: (_, __, at) => !flagAt(unread)(at),
        canWrite: (_, at) => !flagAt(unwritten)(at),
        isCold: (_, at) => flagAt(cold)(at),
      };
      // Nothing remembers a run that could not write what it saw, and whose host was replaced before the next.
      const isLost = (minute: number): boolean => unwritten[minute] === true && cold[minute + 1] === true;
      const known = new Set<string>();
      for (const { event, id, at } of play(world, dead.length).sent) {
        if (event === 'alert' && !known.has(id))
          expect(deadMinutesAt(dead, isLost, at)).toBeGreaterThanOrEqual(4);
        known.add(id);
      }
    }),
    { numRuns: 300 },
  );
});

test('with an SSM that works, every outage of four minutes has one alert and one end, in order, under one id', () => {
  fc.assert(
    fc.property(stretches, flags, (dead, is503) => {
      const { sent } = play({ coordinator: coordinatorOf(dead, is503) }, dead.length);
      // An outage that lasts is repeated.
      const turns = sent.filter(
        ({ event, id }, index) => event !== sent[index - 1]?.event || id !== sent[index - 1]?.id,
      );
      expect(turns.map(({ event }) => event)).toEqual(
        turns.map((_, index) => (index % 2 ? 'resolved' : 'alert')),
      );
      for (const [index, { id }] of turns.entries()) if (index % 2) expect(id).toBe(turns[index - 1]!.id);
      for (const [index, { at }] of sent.entries())
        if (!turns.includes(sent[index]!)) expect(at - sent[index - 1]!.at).toBeGreaterThanOrEqual(REPEAT_MS);
      if (dead.join().includes([true, true, true, true].join())) expect(sent.length).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
});

test('whichever region runs, and whatever it cannot read or send, one outage has one id and an end that arrives', () => {
  const long = fc.record({ from: fc.integer({ min: 5, max: 15 }), length: fc.integer({ min: 12, max: 30 }) });
  fc.assert(
    fc.property(long, flags, flags, flags, flags, ({ from, length }, firstRuns, unread, unsent, cold) => {
      const until = from + length;
      const calm = (at: number): boolean => minuteOf(at) >= until + 5;
      const world: World = {
        coordinator: (at) => (minuteOf(at) >= from && minuteOf(at) < until ? SILENT : ALIVE),
        // The second region always runs: without any, nothing can be sent.
        runs: (region, at) => region === 'second' || calm(at) || flagAt(firstRuns)(at),
        canRead: (of, by, at) => of === by || calm(at) || !flagAt(unread)(at),
        canSend: (at) => calm(at) || !flagAt(unsent)(at),
        isCold: (_, at) => flagAt(cold)(at),
      };
      const { sent } = play(world, until + 20);
      expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
      expect(sent.filter(({ arrived }) => arrived).at(-1)?.event).toBe('resolved');
    }),
    { numRuns: 300 },
  );
});

test('a tick is asked for by one region a minute, and only while the newest is too old', () => {
  fc.assert(
    fc.property(flags, flags, (old, firstRuns) => {
      const { ticks } = play(
        {
          coordinator: (at) => ({ kind: 'alive', tickAgeMs: flagAt(old)(at) ? 100_000 : 10_000 }),
          runs: (region, at) => region === 'second' || flagAt(firstRuns)(at),
        },
        MINUTES,
      );
      expect(ticks.every(({ at }) => flagAt(old)(at))).toBe(true);
      const minutes = ticks.map(({ at }) => Math.floor((at - START) / MINUTE_MS));
      expect(new Set(minutes).size).toBe(minutes.length);
    }),
    { numRuns: 100 },
  );
});
