// Alerts that are open, in real D1: what a tick adds to the outbox, when, and what stops it.
import { beforeEach, describe, expect, test } from 'vitest';
import { advanceAlerts } from '../../../src/services/alerts/advance-alerts.ts';
import {
  acknowledgeAlerts,
  findAlert,
  snoozeAlerts,
  unacknowledgeAlerts,
} from '../../../src/store/alerts.ts';
import { runBatch } from '../../../src/store/database.ts';
import { loadState } from '../../../src/store/shard.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';

const { DB } = bindings;
const MINUTE = 60_000;

beforeEach(async () => {
  await empty();
  for (const id of ['first', 'second', 'unused']) {
    const { status, text } = await post('/api/v1/channels', { ...RECEIVER, id });
    if (status !== 201) throw new Error(text);
  }
  const settings = await patch('/api/v1/settings', { defaultChannels: ['unused'] });
  if (settings.status !== 200) throw new Error(settings.text);
});

const addRoute = async (changes: object = {}) => {
  const created = await post('/api/v1/routes', {
    id: 'shop',
    name: 'Shop',
    steps: [{ channels: ['first'] }, { afterSeconds: 300, channels: ['second'] }],
    ...changes,
  });
  if (created.status !== 201) throw new Error(created.text);
};

/** What the outbox has for each channel, in order. */
const sent = async (): Promise<string[]> => {
  const { results } = await DB.prepare(
    `select d.channel_id || ' ' || n.event as line from deliveries d join notifications n on n.id = d.notification_id
      order by d.position, d.rowid`,
  ).all<{ line: string }>();
  return results.map(({ line }) => line);
};

const tick = async (afterMs: number): Promise<number> => {
  clock.now += afterMs;
  return advanceAlerts({ db: DB, now: clock.now, loadState: () => loadState(DB) });
};

const openIncident = async (): Promise<string> => {
  await createMonitor();
  await runUntilConfirmed(1, 6);
  const { json } = await ask('/api/v1/incidents?state=open');
  return json.incidents[0].id;
};

describe('an outage that takes a route', () => {
  test('escalates when nobody acknowledges it, and its end reaches everyone who was notified and no other channel', async () => {
    await addRoute({ repeatMinutes: 60 });
    await openIncident();
    expect(await sent()).toEqual(['first incident.opened']);
    expect(await tick(MINUTE)).toBe(0);
    await tick(5 * MINUTE);
    expect((await sent()).toSorted()).toEqual([
      'first incident.escalated',
      'first incident.opened',
      'second incident.escalated',
    ]);
    expect(await tick(0)).toBe(0);
    await tick(60 * MINUTE);
    expect((await sent()).slice(3).toSorted()).toEqual([
      'first incident.reminder',
      'second incident.reminder',
    ]);
    await runUntilConfirmed(1, 0);
    expect((await sent()).slice(5).toSorted()).toEqual([
      'first incident.resolved',
      'second incident.resolved',
    ]);
    expect(await tick(24 * 60 * MINUTE)).toBe(0);
    expect(await sent()).toHaveLength(7);
  });

  test('never escalates after it is acknowledged, and does again after that is taken back', async () => {
    await addRoute();
    const incident = await openIncident();
    await runBatch(DB, [acknowledgeAlerts(DB, incident, clock.now)]);
    expect(await tick(60 * MINUTE)).toBe(0);
    expect(await sent()).toEqual(['first incident.opened']);
    await runBatch(DB, [unacknowledgeAlerts(DB, incident, clock.now)]);
    expect(await tick(0)).toBe(1);
    expect(await sent()).toContain('second incident.escalated');
  });

  test('does not escalate if the acknowledgement comes between the read and the write', async () => {
    await addRoute();
    const incident = await openIncident();
    clock.now += 5 * MINUTE;
    const loadLate = async () => {
      await runBatch(DB, [acknowledgeAlerts(DB, incident, clock.now)]);
      return loadState(DB);
    };
    await advanceAlerts({ db: DB, now: clock.now, loadState: loadLate });
    expect(await sent()).toEqual(['first incident.opened']);
    expect((await findAlert(DB, `${incident}_opened`))?.acknowledgedAt).toBe(clock.now);
  });

  test('waits while it is snoozed, and while its monitor is silenced', async () => {
    await addRoute();
    const incident = await openIncident();
    await runBatch(DB, [snoozeAlerts(DB, incident, clock.now + 30 * MINUTE, clock.now)]);
    expect(await tick(29 * MINUTE)).toBe(0);
    const silence = await post('/api/v1/silences', {
      name: 'Known',
      monitors: ['shop'],
      durationMinutes: 60,
    });
    expect(silence.status).toBe(201);
    await tick(2 * MINUTE);
    expect(await sent()).toEqual(['first incident.opened']);
    await tick(61 * MINUTE);
    expect(await sent()).toContain('second incident.escalated');
  });

  test('two ticks at once escalate once', async () => {
    await addRoute();
    await openIncident();
    clock.now += 6 * MINUTE;
    const now = clock.now;
    await Promise.all([1, 2, 3].map(() => advanceAlerts({ db: DB, now, loadState: () => loadState(DB) })));
    expect((await sent()).filter((line) => line.includes('escalated'))).toHaveLength(2);
  });
});

test('an outage that is over before the delay of its route reaches no channel', async () => {
  await addRoute({ steps: [{ afterSeconds: 600, channels: ['first'] }] });
  await openIncident();
  await runUntilConfirmed(1, 0);
  await tick(60 * MINUTE);
  expect(await sent()).toEqual([]);
});

test('a delayed opening goes to its channel when it is due, and so does its end', async () => {
  await addRoute({ steps: [{ afterSeconds: 600, channels: ['first'] }] });
  await openIncident();
  expect(await sent()).toEqual([]);
  await tick(10 * MINUTE);
  expect(await sent()).toEqual(['first incident.opened']);
  await runUntilConfirmed(1, 0);
  expect(await sent()).toEqual(['first incident.opened', 'first incident.resolved']);
});

test('a regional problem that becomes an outage is a new alert that its own routes decide about, and its end reaches both', async () => {
  await addRoute({ id: 'regional', match: { severities: ['warning'] } });
  await addRoute({ id: 'outages', steps: [{ channels: ['unused'] }] });
  await createMonitor();
  await runUntilConfirmed(1, 2);
  expect(await sent()).toEqual(['first incident.partial']);
  const { json } = await ask('/api/v1/incidents?state=open');
  await runBatch(DB, [acknowledgeAlerts(DB, json.incidents[0].id, clock.now)]);
  await runUntilConfirmed(1, 6);
  expect((await sent()).slice(1)).toEqual(['unused incident.opened']);
  const alert = await findAlert(DB, `${json.incidents[0].id}_opened`);
  expect([alert?.acknowledgedAt, alert?.endedAt]).toEqual([null, null]);
  await runUntilConfirmed(1, 0);
  expect((await sent()).slice(2).toSorted()).toEqual(['first incident.resolved', 'unused incident.resolved']);
});

test('a disabled channel that a person enables gets the open outage that names it, and no other one does', async () => {
  await addRoute();
  await patch('/api/v1/channels/first', { enabled: false });
  await patch('/api/v1/channels/unused', { enabled: false });
  await openIncident();
  expect(await sent()).toEqual([]);
  await patch('/api/v1/channels/first', { enabled: true });
  await patch('/api/v1/channels/unused', { enabled: true });
  expect(await sent()).toEqual(['first incident.opened']);
});
