// What one message carries, without a database: openings that were held, and what waits beyond five messages a minute.
import { expect, test } from 'vitest';
import { gatheredWith, MESSAGES_A_MINUTE, roomOf, shownOf } from '../../src/delivery/gather.ts';
import type { DueDelivery } from '../../src/store/outbox.ts';
import type { Carried } from '../../src/store/outbox-gather.ts';
import { bodyOf } from '../support/engine/notifications.ts';

const NOW = 1_800_000_000_000;
const one = (id: string, more: Partial<Carried> = {}): Carried => ({
  ...{ notificationId: id, subject: id, state: 'pending', heldUntil: null, routeId: null, incidentId: id },
  ...{ openedNotSent: false, body: bodyOf('incident.opened'), ...more },
});
const leadOf = (more: Partial<DueDelivery> = {}): DueDelivery =>
  ({ ...one('lead'), ...more }) as unknown as DueDelivery;
const many = (count: number): Carried[] => Array.from({ length: count }, (_, index) => one(`n${index}`));
const idle = { minuteStartedAt: 0, minuteMessages: 0 };
const minute = (room: number, state = idle) => ({ room, state, now: NOW });
const idsOf = (carried: readonly Carried[]): string[] => carried.map(({ notificationId }) => notificationId);

test('as many messages as the minute has room for are sent one by one', () => {
  expect(gatheredWith({}, leadOf(), { carried: [], ready: many(4), held: [] }, minute(5))).toEqual([]);
});

test('more than that are one message, with all of them in order', () => {
  const gathered = gatheredWith({}, leadOf(), { carried: [], ready: many(5), held: [] }, minute(5));
  expect(idsOf(gathered)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
});

test('what waited for the end of a full minute is one message, also if it is little', () => {
  const full = { minuteStartedAt: NOW - 60_000, minuteMessages: MESSAGES_A_MINUTE };
  const gathered = gatheredWith({}, leadOf(), { carried: [], ready: many(1), held: [] }, minute(5, full));
  expect(idsOf(gathered)).toEqual(['n0']);
});

test('a message has no more than its vendor can list, and at least its own notification', () => {
  const gatherable = { carried: [], ready: many(60), held: [] };
  for (const [capacity, length] of [
    [20, 19],
    [7, 6],
    [1, 0],
    [0, 0],
  ] as const)
    expect(gatheredWith({ capacity: () => capacity }, leadOf(), gatherable, minute(5))).toHaveLength(length);
  expect(gatheredWith({}, leadOf(), gatherable, minute(5))).toHaveLength(19);
});

test('held openings of one route go together once their time is over, and alone before', () => {
  const held = [one('h1', { heldUntil: NOW, routeId: 'shop' })];
  const gatherable = { carried: [], ready: [one('other')], held };
  const due = leadOf({ heldUntil: NOW, routeId: 'shop' });
  expect(idsOf(gatheredWith({}, due, gatherable, minute(5)))).toEqual(['h1']);
  const woken = leadOf({ heldUntil: NOW + 5_000, routeId: 'shop' });
  expect(gatheredWith({}, woken, gatherable, minute(5))).toEqual([]);
});

test('a minute has room for five messages, less those that were sent and those in flight', () => {
  const state = { minuteStartedAt: NOW - 59_999, minuteMessages: 3 };
  expect([roomOf(state, 1, NOW), roomOf(state, 1, NOW + 1), roomOf(idle, 0, NOW)]).toEqual([1, 4, 5]);
  // A clock that was ahead wrote it.
  expect(roomOf({ minuteStartedAt: NOW + 1, minuteMessages: 5 }, 0, NOW)).toBe(5);
});

test('the end of an incident shows its opening, and an outage does not show the regional problem that it was', () => {
  const of = (type: Parameters<typeof bodyOf>[0]) => ({ body: bodyOf(type), incidentId: 'i1' });
  const opened = one('i1_opened', { ...of('incident.opened'), state: 'merged' });
  const partial = one('i1_partial', { ...of('incident.partial'), state: 'merged' });
  expect(idsOf(shownOf(leadOf(of('incident.resolved')), [opened]))).toEqual(['i1_opened']);
  expect(shownOf(leadOf(of('incident.opened')), [partial])).toEqual([]);
});
