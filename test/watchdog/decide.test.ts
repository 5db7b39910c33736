import { describe, expect, test } from 'vitest';
import { type DecideInput, decide, REPEAT_MS } from '../../src/watchdog/decide.ts';
import { NO_STATE, readState, writeState } from '../../src/watchdog/state.ts';
import {
  ALIVE,
  deadBetween,
  MINUTE_MS,
  minutesAfterStart,
  play,
  SILENT,
  START,
  STOPPED,
} from './virtual-watchdog.ts';

const base: DecideInput = {
  ...{ observation: ALIVE, own: NO_STATE, peer: { kind: 'none' }, isSecond: false, now: START },
  canReadAgain: true,
};

describe('an outage of the coordinator', () => {
  test.each([
    ['silent', SILENT],
    ['answering 503', STOPPED],
  ])(
    'a coordinator that stays dead (%s) for three minutes alerts once, and resolves when it is well',
    (_, how) => {
      const { sent } = play({ coordinator: deadBetween(2, 20, how) }, 30);
      expect(sent.map(({ event, region, id }) => ({ event, region, id }))).toEqual([
        { event: 'alert', region: 'first', id: 'watchdog_2026112610' },
        { event: 'resolved', region: 'first', id: 'watchdog_2026112610' },
      ]);
      const [alert, resolved] = sent;
      expect(minutesAfterStart(alert!.at)).toBeCloseTo(5 + 20 / 60);
      expect(minutesAfterStart(resolved!.at)).toBeCloseTo(21 + 20 / 60);
    },
  );

  test('a deploy that makes the coordinator silent for 20 seconds, or for two minutes, raises no alert', () => {
    const short = (at: number) => (at >= START + 130_000 && at < START + 150_000 ? SILENT : ALIVE);
    expect(play({ coordinator: short }, 20).sent).toEqual([]);
    expect(play({ coordinator: deadBetween(2, 4) }, 20).sent).toEqual([]);
  });

  test('an impaired coordinator answers 200 and never alerts', () => {
    const { sent, ticks } = play({ coordinator: () => ({ kind: 'alive', tickAgeMs: 1_000 }) }, 60);
    expect({ sent, ticks }).toEqual({ sent: [], ticks: [] });
  });

  test('a coordinator that is dead every other minute never alerts', () => {
    const flickering = (at: number) => (Math.floor(at / MINUTE_MS) % 2 === 0 ? SILENT : ALIVE);
    expect(play({ coordinator: flickering }, 60).sent).toEqual([]);
  });

  test('an alert that lasts is repeated under its id every half an hour', () => {
    const { sent } = play({ coordinator: deadBetween(0, 100) }, 99);
    expect(new Set(sent.map(({ id }) => id))).toEqual(new Set(['watchdog_2026112610']));
    const [first, ...repeats] = sent;
    expect(repeats.map(({ at }) => at - first!.at)).toEqual([1, 2, 3].map((count) => count * REPEAT_MS));
  });

  test('an answer in the middle of an outage resolves nothing', () => {
    const once = (at: number) => (Math.floor((at - START) / MINUTE_MS) === 8 ? ALIVE : SILENT);
    const { sent } = play({ coordinator: once }, 20);
    expect(sent.map(({ event }) => event)).toEqual(['alert']);
  });

  test('a second outage in the same hour has an id of its own', () => {
    const twice = (at: number) =>
      deadBetween(0, 6)(at).kind === 'silent' ? SILENT : deadBetween(12, 20)(at);
    const { sent } = play({ coordinator: twice }, 30);
    expect(sent.map(({ event, id }) => `${event} ${id}`)).toEqual([
      ...['alert watchdog_2026112610', 'resolved watchdog_2026112610'],
      ...['alert watchdog_2026112610_02', 'resolved watchdog_2026112610_02'],
    ]);
  });

  test('a message that was not sent is sent again a minute later, under the same id', () => {
    const canSend = (at: number) =>
      minutesAfterStart(at) > 8 && (minutesAfterStart(at) < 20 || minutesAfterStart(at) > 25);
    const { sent } = play({ coordinator: deadBetween(0, 20), canSend }, 40);
    const arrived = sent.filter((one) => one.arrived).map(({ event }) => event);
    expect(arrived).toEqual(['alert', 'resolved']);
    expect(sent.filter(({ event, arrived: has }) => event === 'alert' && !has)).toHaveLength(5);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
  });

  test('a pause of the watchdog itself is not counted as an outage', () => {
    const runs = (_: string, at: number) => minutesAfterStart(at) < 2 || minutesAfterStart(at) > 40;
    const coordinator = (at: number) =>
      deadBetween(1, 2)(at).kind === 'silent' ? SILENT : deadBetween(40, 42)(at);
    expect(play({ coordinator, runs }, 60).sent).toEqual([]);
  });
});

describe('two regions', () => {
  test('the second region alerts when the first has not run for three minutes, under the same id', () => {
    const runs = (region: string, at: number) => region === 'second' || minutesAfterStart(at) < 3;
    const { sent } = play({ coordinator: deadBetween(2, 20), runs }, 30);
    expect(sent.map(({ event, region, id }) => `${event} ${region} ${id}`)).toEqual([
      'alert second watchdog_2026112610',
      'resolved second watchdog_2026112610',
    ]);
    expect(minutesAfterStart(sent[0]!.at)).toBeLessThan(7);
  });

  test('a first region that dies after it has alerted leaves one alert, which the second resolves', () => {
    const runs = (region: string, at: number) => region === 'second' || minutesAfterStart(at) < 8;
    const { sent } = play({ coordinator: deadBetween(2, 20), runs }, 30);
    expect(sent.map(({ event, region }) => `${event} ${region}`)).toEqual(['alert first', 'resolved second']);
  });

  test('a first region that returns neither repeats nor forgets what the second has opened', () => {
    const runs = (region: string, at: number) =>
      region === 'second' || minutesAfterStart(at) < 1 || minutesAfterStart(at) > 12;
    const { sent } = play({ coordinator: deadBetween(2, 20), runs }, 30);
    expect(sent.map(({ event, region }) => `${event} ${region}`)).toEqual(['alert second', 'resolved first']);
  });

  test('while the first region cannot be read, both act, and every message has the same id', () => {
    const canRead = (of: string, by: string) => of === by;
    const { sent } = play({ coordinator: deadBetween(2, 20), canRead }, 30);
    expect(sent.map(({ event }) => event).sort()).toEqual(['alert', 'alert', 'resolved', 'resolved']);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
  });

  test('with an SSM that does not work at all, the alert is sent, under one id', () => {
    const no = () => false;
    const { sent } = play({ coordinator: deadBetween(2, 20), canRead: no, canWrite: no }, 30);
    expect(sent.some(({ event }) => event === 'alert')).toBe(true);
    expect(sent.some(({ event }) => event === 'resolved')).toBe(true);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
  });

  test('two regions that have never run do not wait for each other', () => {
    expect(play({ coordinator: deadBetween(0, 20) }, 10, ['second']).sent.map(({ event }) => event)).toEqual([
      'alert',
    ]);
  });

  test('a first region whose clock is hours wrong does not stop the second, and opens no second alert', () => {
    const skew = (region: string) => (region === 'first' ? 5 * 3_600_000 : 0);
    const { sent } = play({ coordinator: deadBetween(2, 20), skew }, 30);
    expect(sent.filter(({ region }) => region === 'second').map(({ event }) => event)).toEqual([
      'alert',
      'resolved',
    ]);
  });
});

describe('ticks', () => {
  test.each([
    [{ kind: 'alive', tickAgeMs: 60_000 }, false],
    [{ kind: 'alive', tickAgeMs: 75_000 }, false],
    [{ kind: 'alive', tickAgeMs: 76_000 }, true],
    [{ kind: 'alive', tickAgeMs: null }, false],
    [{ kind: 'stopped', tickAgeMs: 200_000, reason: '' }, true],
    [{ kind: 'stopped', tickAgeMs: null, reason: '' }, true],
    [{ kind: 'stopped', tickAgeMs: 10_000, reason: '' }, false],
  ] as const)('of a coordinator that is %j a tick is asked for: %s', (observation, tick) => {
    expect(decide({ ...base, observation, canReadAgain: false }).report).toEqual({ tick });
  });

  test('a tick that would be two minutes old at the next run is read again within this run', () => {
    for (let ageMs = 0; ageMs <= 120_000; ageMs += 1_000) {
      const { report, readAgainAfterMs } = decide({
        ...base,
        observation: { kind: 'alive', tickAgeMs: ageMs },
      });
      const askedAtAge = report?.tick
        ? ageMs
        : readAgainAfterMs === null
          ? ageMs + MINUTE_MS
          : ageMs + readAgainAfterMs;
      expect(askedAtAge).toBeLessThanOrEqual(120_000);
    }
  });

  test('a silent coordinator is sent nothing', () => {
    expect(decide({ ...base, observation: SILENT }).report).toBeNull();
  });

  test('the second region reports that it lives, and asks for no tick while the first works', () => {
    const observation = { kind: 'alive', tickAgeMs: 100_000 } as const;
    const first = { ...NO_STATE, runAt: START - 30_000 };
    const second = { ...base, isSecond: true, observation };
    expect(decide({ ...second, peer: { kind: 'read', state: first } }).report).toEqual({ tick: false });
    const old = { ...first, runAt: START - 180_000 };
    expect(decide({ ...second, peer: { kind: 'read', state: old } }).report).toEqual({ tick: true });
    expect(decide({ ...second, peer: { kind: 'unreadable' } }).report).toEqual({ tick: true });
  });
});

describe('what is remembered', () => {
  test('a state survives being written and read', () => {
    const { state } = decide({ ...base, observation: SILENT });
    expect(readState(writeState(state))).toEqual(state);
  });

  test.each(['', '{}', 'null', '[]', '{"runAt":"soon"}', '{"runAt":-1}', '\u0000', '{"runAt":1e400}'])(
    'the text %j is not a state, and nothing is thrown',
    (text) => {
      expect(readState(text)).toBeNull();
    },
  );

  test('times that are still to come, of a clock that was wrong, count from now', () => {
    const ahead = START + 3_600_000;
    const own = { ...NO_STATE, runAt: ahead, deadSince: ahead, deadRuns: 2, silentSince: ahead };
    const { state, message } = decide({ ...base, own, observation: SILENT });
    expect(message).toBeNull();
    expect(state).toMatchObject({ runAt: START, deadSince: START, silentSince: START });
  });
});
