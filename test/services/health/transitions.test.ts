import { describe, expect, test } from 'vitest';
import type { Reason, ReasonCode } from '../../../src/services/health/reasons.ts';
import { nextHealth, type Transition } from '../../../src/services/health/transitions.ts';
import type { HealthRow } from '../../../src/store/health.ts';

const T0 = 1_800_000_000_000;
const MINUTE = 60_000;

const reason = (code: ReasonCode): Reason => ({
  code,
  stops: false,
  since: null,
  detail: `detail of ${code}`,
});

/** Evaluates every minute, or at `stepMs`, and collects the events as `minute event codes`. */
function evaluate(minutes: readonly (readonly ReasonCode[])[], stepMs = MINUTE) {
  let row: HealthRow | null = null;
  const events: string[] = [];
  const transitions: Transition[] = [];
  minutes.forEach((codes, index) => {
    const next = nextHealth(row, codes.map(reason), T0 + index * stepMs);
    if (next === null) return;
    row = next.row;
    transitions.push(next);
    if (next.event) events.push(`${index} ${next.event} ${next.about.map(({ code }) => code).join(',')}`);
  });
  return { events, row: row as HealthRow | null, transitions };
}

const A: readonly ReasonCode[] = ['deliveries_overdue'];
const B: readonly ReasonCode[] = ['storage_nearly_full'];
const AB: readonly ReasonCode[] = ['deliveries_overdue', 'storage_nearly_full'];
const NONE: readonly ReasonCode[] = [];
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

test('a problem that two evaluations in a row find is sent once, and its end once', () => {
  const { events, row } = evaluate([NONE, ...times(5, A), ...times(6, NONE)]);
  expect(events).toEqual(['2 mesh.impaired deliveries_overdue', '9 mesh.recovered deliveries_overdue']);
  expect(row).toMatchObject({ impairedSince: null, reasons: [] });
});

test('a problem that every second evaluation finds raises nothing', () => {
  const { events } = evaluate(times(20, 0).map((_, index) => (index % 2 === 0 ? A : NONE)));
  expect(events).toEqual([]);
});

test('a problem that flickers for an hour, two minutes on and two off, is one impairment', () => {
  const { events } = evaluate([
    ...times(60, 0).map((_, index) => (index % 4 < 2 ? A : NONE)),
    ...times(5, NONE),
  ]);
  expect(events.map((event) => event.split(' ')[1])).toEqual(['mesh.impaired', 'mesh.recovered']);
});

test('doubled ticks, a second apart, do not count as two evaluations', () => {
  expect(evaluate(times(10, A), 1_000).events).toEqual([]);
});

test('a tick that is late by seconds still is the second evaluation', () => {
  expect(evaluate([A, A], 58_000).events).toHaveLength(1);
});

test('a further problem is sent although the mesh is impaired already', () => {
  const { events } = evaluate([A, A, AB, AB, AB]);
  expect(events).toEqual([
    '1 mesh.impaired deliveries_overdue',
    '3 mesh.impaired deliveries_overdue,storage_nearly_full',
  ]);
});

test('the end lists everything that did not work, also what ended earlier', () => {
  const { events } = evaluate([A, A, AB, AB, ...times(6, B), ...times(5, NONE)]);
  expect(events.at(-1)).toBe('13 mesh.recovered storage_nearly_full,deliveries_overdue');
  expect(events.filter((event) => event.includes('recovered'))).toHaveLength(1);
});

test('the start is the first evaluation that found the problem', () => {
  const { transitions } = evaluate([NONE, A, A]);
  expect(transitions.at(-1)).toMatchObject({ event: 'mesh.impaired', since: T0 + MINUTE });
});

test('nothing is written while nothing changes', () => {
  expect(evaluate([NONE, NONE, NONE]).row).toBeNull();
  expect(evaluate(times(30, A)).row?.seq).toBe(2);
});

describe('a problem that another event notifies of', () => {
  const LOST: readonly ReasonCode[] = ['location_lost'];

  test('a lost location is logged as a change and sends no mesh.impaired: location.lost was sent', () => {
    const { events, transitions } = evaluate([LOST, LOST, ...times(6, NONE)]);
    expect(events).toEqual([]);
    expect(transitions.flatMap(({ raised }) => raised.map(({ code }) => code))).toEqual(['location_lost']);
    expect(transitions.flatMap(({ ended }) => ended.map(({ code }) => code))).toEqual(['location_lost']);
  });
});
