// The audit of the chaos test can fail: it finds each kind of false notification, and accepts true ones.
import { describe, expect, test } from 'vitest';
import type { WebhookBody } from '../../../src/channels/notification.ts';
import type { Received } from '../../support/mesh/receiver.ts';
import type { IncidentRow } from './journal.ts';
import { auditNotifications, type InjectedOutage } from './notification-audit.ts';
import { makeSchedule } from './schedule.ts';

const T0 = Date.UTC(2026, 0, 1);
const outage: InjectedOutage = { monitor: 'target-1', from: T0, to: T0 + 100_000 };
const row: IncidentRow = {
  id: 'inc_1',
  monitorId: 'target-1',
  state: 'resolved',
  verdict: 'down',
  startedAt: T0 + 4_000,
  resolvedAt: T0 + 106_000,
};
const alwaysActive = [{ from: T0 - 60_000, to: T0 + 600_000 }];

function notification(
  type: 'incident.opened' | 'incident.resolved',
  id: string,
  of: IncidentRow = row,
): Received {
  const iso = (at: number): string => new Date(at).toISOString();
  const ended = type === 'incident.resolved';
  const body: WebhookBody = {
    type,
    timestamp: iso(T0),
    title: of.monitorId,
    summary: of.monitorId,
    severity: ended ? 'info' : 'critical',
    drill: false,
    data: {
      incident: {
        id: of.id,
        url: `http://127.0.0.1/incidents/${of.id}`,
        state: ended ? 'resolved' : 'open',
        verdict: 'down',
        startedAt: iso(of.startedAt),
        detectedAt: iso(of.startedAt),
        resolvedAt: ended && of.resolvedAt !== null ? iso(of.resolvedAt) : null,
        downtimeSeconds: 0,
        ...{ acknowledgedAt: null, acknowledgedBy: null },
      },
      monitor: {
        id: of.monitorId,
        name: of.monitorId,
        check: { type: 'tcp', host: '127.0.0.1', port: 1 },
        tags: {},
        ...{ group: null, description: null, runbookUrl: null },
      },
      quorum: null,
      evidence: [],
      flapping: null,
      location: null,
      channel: null,
      ...{ action: null, escalation: null, port: null, heartbeat: null },
      report: null,
      mesh: null,
    },
  };
  return { id, body, at: T0, accepted: true };
}

const opened = notification('incident.opened', 'opened-1');
const resolved = notification('incident.resolved', 'resolved-1');

const { incident } = resolved.body.data;
const marked: Received = {
  ...resolved,
  body: {
    ...resolved.body,
    data: { ...resolved.body.data, incident: { ...incident!, openedNotSent: true } },
  },
};

const audit = (received: Received[], rows: IncidentRow[], active = alwaysActive): string[] =>
  auditNotifications([outage], received, rows, active, () => 30_000);

describe('the notification audit', () => {
  test('the audit accepts one opened and one resolved notification, each delivered once or more', () => {
    expect(audit([opened, opened, resolved, resolved], [row])).toEqual([]);
  });

  test('the audit accepts a resolved notification alone if it says that the opening was not sent', () => {
    expect(audit([marked], [row])).toEqual([]);
  });

  test.each<[string, Received[], IncidentRow[]]>([
    ['a second opened notification', [opened, notification('incident.opened', 'opened-2'), resolved], [row]],
    ['a missing resolved notification', [opened], [row]],
    ['a missing opened notification', [resolved], [row]],
    ['an opened notification that was sent although the end denies it', [opened, marked], [row]],
    ['an incident that was lost', [opened, resolved], []],
    ['an incident that is still open', [opened, resolved], [{ ...row, state: 'open' }]],
    [
      'an incident of a healthy monitor',
      [opened, resolved],
      [row, { ...row, id: 'inc_2', monitorId: 'target-2' }],
    ],
    [
      'a notification without an outage',
      [opened, resolved, notification('incident.opened', 'other', { ...row, id: 'inc_2' })],
      [row],
    ],
    ['a start before the actual one', [opened, resolved], [{ ...row, startedAt: T0 - 6_000 }]],
    ['a start long after the actual one', [opened, resolved], [{ ...row, startedAt: T0 + 40_000 }]],
    ['an end long after the actual one', [opened, resolved], [{ ...row, resolvedAt: T0 + 140_000 }]],
    [
      'a notification with another start',
      [notification('incident.opened', 'o', { ...row, startedAt: T0 }), resolved],
      [row],
    ],
  ])('the audit finds %s', (_, received, rows) => {
    expect(audit(received, rows)).not.toEqual([]);
  });

  test('the audit counts only the time in which ticks ran', () => {
    const late = { ...row, startedAt: T0 + 60_000 };
    const sent = [notification('incident.opened', 'o', late), notification('incident.resolved', 'r', late)];
    expect(audit(sent, [late])).toHaveLength(1);
    expect(audit(sent, [late], [{ from: T0 + 50_000, to: T0 + 600_000 }])).toEqual([]);
  });
});

describe('the schedule', () => {
  test('a schedule is the same for the same seed, and ticks run during every outage', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const schedule = makeSchedule(seed, 12, 1);
      expect(makeSchedule(seed, 12, 1)).toEqual(schedule);
      expect(schedule.kills).toHaveLength(50);
      expect(new Set(schedule.outages.map(({ target }) => target)).size, 'targets with an outage').toBe(11);
      for (const { from, to } of schedule.outages) {
        expect(to - from).toBeGreaterThanOrEqual(75_000);
        // An outage that is open when the gap begins may begin earlier, to have enough active time.
        if (to < schedule.gapFrom) expect(to - from).toBeLessThanOrEqual(150_000);
        expect(from < schedule.gapFrom || to > schedule.gapTo, 'an outage within the gap').toBe(true);
      }
    }
  });
});
