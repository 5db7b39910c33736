// The judges of the torture can say no: each lie that a coordinator could tell is seen, and a true account passes.
import { describe, expect, test } from 'vitest';
import type { WebhookBody } from '../../../src/channels/notification.ts';
import type { Received } from '../../support/mesh/receiver.ts';
import type { IncidentRow } from './journal.ts';
import { type Happened, verdictsOn } from './notification-audit.ts';
import { makePlan } from './schedule.ts';

const T0 = Date.UTC(2026, 0, 1);
const outage: Happened = { monitor: 'target-1', from: T0, to: T0 + 100_000 };
const row: IncidentRow = {
  id: 'inc_1',
  monitorId: 'target-1',
  state: 'resolved',
  verdict: 'down',
  startedAt: T0 + 4_000,
  resolvedAt: T0 + 106_000,
};
const awakeAlways = [{ from: T0 - 60_000, to: T0 + 600_000 }];

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
      },
      monitor: {
        id: of.monitorId,
        name: of.monitorId,
        check: { type: 'tcp', host: '127.0.0.1', port: 1 },
        tags: {},
      },
      quorum: null,
      evidence: [],
      location: null,
    },
  };
  return { id, body, at: T0, accepted: true };
}

const opened = notification('incident.opened', 'opened-1');
const resolved = notification('incident.resolved', 'resolved-1');

const judge = (received: Received[], rows: IncidentRow[], awake = awakeAlways): string[] =>
  verdictsOn([outage], received, rows, awake, () => 30_000);

describe('the ledger', () => {
  test('accepts one opened and one resolved notification, each delivered as often as it likes', () => {
    expect(judge([opened, opened, resolved, resolved], [row])).toEqual([]);
  });

  test.each<[string, Received[], IncidentRow[]]>([
    ['a second opened notification', [opened, notification('incident.opened', 'opened-2'), resolved], [row]],
    ['a missing resolved notification', [opened], [row]],
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
    ['a start before the truth', [opened, resolved], [{ ...row, startedAt: T0 - 6_000 }]],
    ['a start long after it', [opened, resolved], [{ ...row, startedAt: T0 + 40_000 }]],
    ['an end long after it', [opened, resolved], [{ ...row, resolvedAt: T0 + 140_000 }]],
    [
      'a notification that says another start',
      [notification('incident.opened', 'o', { ...row, startedAt: T0 }), resolved],
      [row],
    ],
  ])('sees %s', (_, received, rows) => {
    expect(judge(received, rows)).not.toEqual([]);
  });

  test('counts only the time in which somebody was awake', () => {
    const late = { ...row, startedAt: T0 + 60_000 };
    const told = [notification('incident.opened', 'o', late), notification('incident.resolved', 'r', late)];
    expect(judge(told, [late])).toHaveLength(1);
    expect(judge(told, [late], [{ from: T0 + 50_000, to: T0 + 600_000 }])).toEqual([]);
  });
});

describe('a plan', () => {
  test('is the same for the same seed, and has every outage seen', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const plan = makePlan(seed, 12, 1);
      expect(makePlan(seed, 12, 1)).toEqual(plan);
      expect(plan.kills).toHaveLength(50);
      expect(new Set(plan.outages.map(({ target }) => target)).size, 'targets with an outage').toBe(11);
      for (const { from, to } of plan.outages) {
        expect(to - from).toBeGreaterThanOrEqual(75_000);
        // What is open when the gap begins may have had to wait for somebody awake.
        if (to < plan.gapFrom) expect(to - from).toBeLessThanOrEqual(150_000);
        expect(from < plan.gapFrom || to > plan.gapTo, 'an outage that nobody could see').toBe(true);
      }
    }
  });
});
