// What the page of an incident says was held back, and why.
import { expect, test } from 'vitest';
import { heldBack } from '../../../src/services/incidents/held-back.ts';
import type { CoveringWindow, UpstreamIncident } from '../../../src/store/incident-page.ts';
import type { IncidentRow } from '../../../src/store/incidents.ts';

const T = Date.parse('2026-11-24T09:00:00Z');
const MINUTE = 60_000;

const incident = (changes: Partial<IncidentRow> = {}): IncidentRow => ({
  ...{ id: 'inc_1', monitorNumber: 1, monitorId: 'shop', monitorName: 'Shop', public: true, state: 'open' },
  ...{ verdict: 'down', startedAt: T - MINUTE, detectedAt: T, resolvedAt: null, reason: null, scope: [] },
  ...{ quorum: {}, evidence: [], evidenceDeletedAt: null, location: null, acknowledgedAt: null },
  ...{ acknowledgedBy: null, snoozedUntil: null },
  ...changes,
});

const NOTHING = {
  monitor: { tags: { team: 'shop' }, group: null, paused: 0 as const },
  ...{ notifications: [], windows: [], upstream: [], flapping: null },
};
const sent = (event: string, at: number) => ({ id: event, event, at, position: at });
const window = (changes: Partial<CoveringWindow> = {}): CoveringWindow => ({
  ...{ kind: 'silence', id: 'w', name: 'Known', monitors: ['shop'], tags: [], createdAt: T - 60 * MINUTE },
  updatedAt: T - 60 * MINUTE,
  schedule: { startsAt: T - MINUTE, endsAt: T + 10 * MINUTE },
  ...changes,
});
const UPSTREAM: UpstreamIncident = {
  ...{ id: 'inc_0', monitorId: 'db', monitorName: 'Database', verdict: 'down', tags: {} },
  ...{ detectedAt: T - MINUTE, resolvedAt: null },
};

test('nothing was, if the opening was sent at once', () => {
  expect(heldBack(incident(), { ...NOTHING, notifications: [sent('incident.opened', T)] })).toEqual([]);
});

test('an opening in a silence was not sent, or later', () => {
  const facts = { ...NOTHING, windows: [window()] };
  const reason = { by: 'silence', id: 'w', name: 'Known', until: T + 10 * MINUTE };
  expect(heldBack(incident(), facts)).toEqual([
    { what: 'beginning', at: T, sentAt: null, reason, isSure: true },
  ]);
  const late = { ...facts, notifications: [sent('incident.opened', T + 10 * MINUTE)] };
  expect(heldBack(incident(), late)).toEqual([
    { what: 'beginning', at: T, sentAt: T + 10 * MINUTE, reason, isSure: true },
  ]);
});

test.each([
  [
    'a maintenance comes before a silence',
    [window(), window({ kind: 'maintenance', id: 'm' })],
    'maintenance',
  ],
  ['a window by tag covers it', [window({ monitors: [], tags: ['team:shop'] })], 'silence'],
  ['a window of all monitors covers it', [window({ monitors: 'all' })], 'silence'],
  ['a window of others does not', [window({ monitors: ['blog'] })], 'unknown'],
  ['a window that was over does not', [window({ schedule: { startsAt: T - 9, endsAt: T } })], 'unknown'],
  [
    'a recurring window covers it',
    [window({ schedule: { cron: '0 10 * * *', durationMinutes: 5, timeZone: 'Europe/Berlin' } })],
    'silence',
  ],
] as const)('%s', (_, windows, by) => {
  expect(heldBack(incident(), { ...NOTHING, windows })[0]!.reason.by).toBe(by);
});

test('a dependency, flapping and a pause are named, in this order', () => {
  const all = {
    ...NOTHING,
    monitor: { ...NOTHING.monitor, paused: 1 as const },
    upstream: [UPSTREAM],
    flapping: { event: 'monitor.flapping', at: T - 5 * MINUTE },
  };
  const by = (facts: Parameters<typeof heldBack>[1]) => heldBack(incident(), facts)[0]!.reason.by;
  expect(by(all)).toBe('dependency');
  expect(by({ ...all, upstream: [] })).toBe('flapping');
  expect(by({ ...all, upstream: [], flapping: { event: 'monitor.flapping_ended', at: T } })).toBe('paused');
});

test('an end is held back by a window only, and never without its opening', () => {
  const over = incident({ state: 'resolved', resolvedAt: T + 5 * MINUTE });
  const begun = { ...NOTHING, notifications: [sent('incident.opened', T)] };
  const facts = {
    ...begun,
    windows: [window({ schedule: { startsAt: T + MINUTE, endsAt: T + 9 * MINUTE } })],
  };
  expect(heldBack(over, facts)).toMatchObject([{ what: 'end', sentAt: null, reason: { by: 'silence' } }]);
  expect(heldBack(over, { ...facts, notifications: [] })).toMatchObject([{ what: 'beginning' }]);
  const ended = [...begun.notifications, sent('incident.resolved', T + 5 * MINUTE)];
  expect(heldBack(over, { ...begun, notifications: ended })).toEqual([]);
});

test('an incident of a location has no notification of its own', () => {
  expect(heldBack(incident({ location: 'aws:eu-central-1' }), NOTHING)).toEqual([]);
});
