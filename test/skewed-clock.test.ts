// The clock that is wrong on purpose: its spans, its errors, and that a deployed Worker never has it.
import { describe, expect, test } from 'vitest';
import { type Bindings, readClock } from '../src/env.ts';
import { skewedClock } from '../src/skewed-clock.ts';

const AT = 1_800_000_000;
const read = (text: string, seconds: number): number =>
  skewedClock(text, () => seconds * 1_000)() / 1_000 - seconds;

describe('a clock that is wrong on purpose', () => {
  test.each([
    ['21600', AT, 21_600],
    ['-90', AT, -90],
    [`21600@${AT}..${AT + 80}`, AT - 1, 0],
    [`21600@${AT}..${AT + 80}`, AT, 21_600],
    [`21600@${AT}..${AT + 80}`, AT + 79, 21_600],
    [`21600@${AT}..${AT + 80}`, AT + 80, 0],
    [`-60@${AT}`, AT + 1e6, -60],
    [`5@${AT}, -7@${AT + 10}..${AT + 20}`, AT + 15, -2],
  ])('%s at %i is %i seconds off', (text, at, expected) => {
    expect(read(text, at)).toBe(expected);
  });

  test.each(['', 'six', '1.5', '5@', '5@1..', '5@x..9', '5,,6'])(
    '"%s" is refused with the entry and the fix',
    (text) => {
      expect(() => skewedClock(text, Date.now)).toThrow(
        /CLOCK_OFFSET_SECONDS has an invalid entry ".*"\. Use seconds/,
      );
    },
  );

  test('only a local mesh has it', () => {
    const offBy = (env: Partial<Bindings>): number =>
      Math.round((readClock({ CLOCK_OFFSET_SECONDS: '21600', ...env } as Bindings)() - Date.now()) / 1_000);
    expect(offBy({ ALLOW_LOOPBACK: 'true', LAMBDA_ENDPOINT: 'http://127.0.0.1:9001' })).toBe(21_600);
    expect(offBy({ ALLOW_LOOPBACK: 'true' })).toBe(0);
    expect(offBy({ LAMBDA_ENDPOINT: 'http://127.0.0.1:9001' })).toBe(0);
    expect(offBy({ ALLOW_LOOPBACK: 'false', LAMBDA_ENDPOINT: 'http://127.0.0.1:9001' })).toBe(0);
    expect(offBy({})).toBe(0);
  });
});
