// Which incidents are planned work: those wholly inside maintenance of their monitor.
import { expect, test } from 'vitest';
import { isPlanned } from '../../../src/http/status-page/planned-incident.ts';
import type { WindowRow } from '../../../src/store/windows.ts';

const NOON = Date.parse('2026-11-24T12:00:00Z');
const MINUTE = 60_000;
const at = (minutes: number): number => NOON + minutes * MINUTE;

function maintenance(schedule: WindowRow['schedule'], changes: Partial<WindowRow> = {}): WindowRow {
  return {
    ...({ kind: 'maintenance', id: 'work', name: 'Work', monitors: 'all', schedule } as WindowRow),
    ...{ version: 1, createdAt: at(-600), updatedAt: at(-600) },
    ...changes,
  };
}
const once = (from: number, to: number, changes: Partial<WindowRow> = {}): WindowRow =>
  maintenance({ startsAt: at(from), endsAt: at(to) }, changes);
const incident = (from: number, to: number | null) => ({
  startedAt: at(from),
  resolvedAt: to === null ? null : at(to),
});

const SHOP = { id: 'shop', tags: { team: 'web' } };
const MAIL = { id: 'mail', tags: {} };

const HOUR = [once(0, 60)];

test.each([
  ['wholly inside', incident(5, 50), true],
  ['from its first to its last moment', incident(0, 60), true],
  ['one that begins before it', incident(-1, 50), false],
  ['one that outlasts it', incident(5, 61), false],
  ['one around it', incident(-1, 61), false],
  ['one before it', incident(-20, -10), false],
  ['one after it', incident(70, 80), false],
  ['one that begins at its end', incident(60, 60), false],
])('%s', (_, one, planned) => {
  expect(isPlanned(one, SHOP, HOUR, at(100))).toBe(planned);
});

test('an open incident is planned until the maintenance ends, and never if it began before', () => {
  expect(isPlanned(incident(5, null), SHOP, HOUR, at(30))).toBe(true);
  expect(isPlanned(incident(5, null), SHOP, HOUR, at(60))).toBe(false);
  expect(isPlanned(incident(-1, null), SHOP, HOUR, at(30))).toBe(false);
});

test('maintenances that follow each other count as one, and those with a pause do not', () => {
  expect(isPlanned(incident(5, 110), SHOP, [once(60, 120), once(0, 60)], at(200))).toBe(true);
  expect(isPlanned(incident(5, 110), SHOP, [once(61, 120), once(0, 60)], at(200))).toBe(false);
});

test('only a maintenance of the same monitor counts', () => {
  const others = [once(0, 60, { monitors: ['mail'], tags: [] })];
  expect(isPlanned(incident(5, 50), SHOP, others, at(100))).toBe(false);
  expect(isPlanned(incident(5, 50), MAIL, others, at(100))).toBe(true);
  expect(isPlanned(incident(5, 50), undefined, others, at(100))).toBe(false);
  const tagged = [once(0, 60, { monitors: [], tags: ['team:web'] })];
  expect(isPlanned(incident(5, 50), SHOP, tagged, at(100))).toBe(true);
  expect(isPlanned(incident(5, 50), MAIL, tagged, at(100))).toBe(false);
});

test('an occurrence of a recurring maintenance counts, but none from before it was planned', () => {
  const schedule = { cron: '0 12 * * *', durationMinutes: 60, timeZone: 'UTC' };
  const day = 24 * 60;
  const daily = [maintenance(schedule, { createdAt: at(-60) })];
  expect(isPlanned(incident(5, 50), SHOP, daily, at(100))).toBe(true);
  expect(isPlanned(incident(day + 5, day + 50), SHOP, daily, at(day + 100))).toBe(true);
  expect(isPlanned(incident(5 - day, 50 - day), SHOP, daily, at(100))).toBe(false);
  expect(isPlanned(incident(65, 70), SHOP, daily, at(100))).toBe(false);
});
