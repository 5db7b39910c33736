// Alerts that are open, in real D1: what a tick adds to the outbox, when, and what stops it.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { advanceAlerts } from '../../../src/services/alerts/advance-alerts.ts';
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

const act = async (incident: string, action: string, body: object = {}): Promise<void> => {
  const { status, text } = await post(`/api/v1/incidents/${incident}/${action}`, body);
  if (status !== 200) throw new Error(text);
};

const alertOf = (id: string) =>
  DB.prepare('select acknowledged_at, next_at, ended_at, version from alerts where id = ?').bind(id).first();

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
    await act(incident, 'acknowledge');
    expect(await tick(60 * MINUTE)).toBe(0);
    expect(await sent()).toEqual(['first incident.opened', 'first incident.acknowledged']);
    await act(incident, 'unacknowledge');
    expect(await tick(0)).toBe(1);
    expect(await sent()).toContain('second incident.escalated');
  });

  test('does not escalate if the acknowledgement comes between the read and the write', async () => {
    await addRoute();
    const incident = await openIncident();
    clock.now += 5 * MINUTE;
    const loadLate = async () => {
      await act(incident, 'acknowledge');
      return loadState(DB);
    };
    await advanceAlerts({ db: DB, now: clock.now, loadState: loadLate });
    expect(await sent()).toEqual(['first incident.opened', 'first incident.acknowledged']);
    expect(await alertOf(`${incident}_opened`)).toMatchObject({ acknowledged_at: clock.now, next_at: null });
  });

  test('waits while it is snoozed, and while its monitor is silenced', async () => {
    await addRoute();
    const incident = await openIncident();
    await act(incident, 'snooze', { minutes: 30 });
    expect(await tick(29 * MINUTE)).toBe(0);
    const silence = await post('/api/v1/silences', {
      name: 'Known',
      monitors: ['shop'],
      durationMinutes: 60,
    });
    expect(silence.status).toBe(201);
    await tick(2 * MINUTE);
    expect(await sent()).toEqual(['first incident.opened', 'first incident.acknowledged']);
    await tick(61 * MINUTE);
    expect(await sent()).toContain('second incident.escalated');
  });

  test('a snooze that takes the place of a longer one ends first', async () => {
    await addRoute();
    const incident = await openIncident();
    await act(incident, 'snooze', { minutes: 600 });
    await act(incident, 'snooze', { minutes: 10 });
    expect(await tick(9 * MINUTE)).toBe(0);
    await tick(MINUTE);
    expect(await sent()).toContain('second incident.escalated');
  });

  test('two ticks at once and a queue consumer escalate once and remind once', async () => {
    await addRoute({ repeatMinutes: 5 });
    const incident = await openIncident();
    clock.now += 6 * MINUTE;
    const now = clock.now;
    let read = 0;
    let release = (): void => {};
    const allHaveRead = new Promise<void>((resolve) => {
      release = resolve;
    });
    // Each has read the alert before any of them writes.
    const late = async () => {
      read += 1;
      if (read === 3) release();
      await allHaveRead;
      return loadState(DB);
    };
    await Promise.all([1, 2, 3].map(() => advanceAlerts({ db: DB, now, loadState: late })));
    expect((await sent()).toSorted()).toEqual([
      'first incident.escalated',
      'first incident.opened',
      'first incident.reminder',
      // It has just learned of the outage.
      'second incident.escalated',
    ]);
    expect(await alertOf(`${incident}_opened`)).toMatchObject({ version: 2, next_at: now + 5 * MINUTE });
  });

  test('is as it was if the outbox cannot take what follows, and the next tick repeats it', async () => {
    await addRoute({ repeatMinutes: 60 });
    const incident = await openIncident();
    const before = await alertOf(`${incident}_opened`);
    await DB.prepare(
      `create trigger no_more before insert on notifications begin select raise(abort, 'D1 is full'); end`,
    ).run();
    await expect(tick(5 * MINUTE)).rejects.toThrow();
    await DB.prepare('drop trigger no_more').run();
    expect(await alertOf(`${incident}_opened`)).toEqual(before);
    expect(await sent()).toEqual(['first incident.opened']);
    await tick(0);
    expect((await sent()).filter((line) => line.endsWith('escalated'))).toHaveLength(2);
  });

  test('escalates although another alert cannot be worked off, which is tried again', async () => {
    await addRoute();
    await openIncident();
    await DB.prepare(
      `insert into notifications (id, event, at, position, body) select 'damaged', event, at, 0, body from notifications`,
    ).run();
    await DB.prepare(
      `insert into alerts (id, opened_at, plan, next_at) values ('damaged', 1, '{"routes":[{}]}', 1)`,
    ).run();
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await tick(5 * MINUTE);
    expect(JSON.stringify(error.mock.calls)).toContain('alert.advance_failed');
    error.mockRestore();
    expect(await sent()).toContain('second incident.escalated');
    expect(await alertOf('damaged')).toMatchObject({ ended_at: null, next_at: clock.now + MINUTE });
  });

  test('escalates although what follows on another alert cannot be written, which is tried again', async () => {
    await addRoute();
    const incident = await openIncident();
    await DB.batch([
      DB.prepare(
        `insert into notifications (id, event, at, position, incident_id, body)
          select 'other' || value || '_opened', event, at, 0, 'drill_' || value, json_set(body, '$.drill', json('true'))
          from notifications, json_each('[1,2,3]') where incident_id = ?`,
      ).bind(incident),
      DB.prepare(
        `insert into alerts (id, incident_id, opened_at, plan, next_at)
          select 'other' || value || '_opened', 'drill_' || value, opened_at, plan, next_at
          from alerts, json_each('[1,2,3]') where incident_id = ?`,
      ).bind(incident),
      DB.prepare(
        `create trigger no_more before insert on notifications when new.incident_id = 'drill_2'
          begin select raise(abort, 'too large'); end`,
      ),
    ]);
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(await tick(5 * MINUTE)).toBe(4);
    const logged = JSON.stringify(error.mock.calls);
    error.mockRestore();
    expect([logged.includes('other2_opened'), logged.includes('other1_opened')]).toEqual([true, false]);
    const escalated = async () =>
      (await sent()).filter((line) => line === 'second incident.escalated').length;
    expect(await escalated()).toBe(3);
    expect(await alertOf('other2_opened')).toMatchObject({ ended_at: null, next_at: clock.now + MINUTE });
    await DB.prepare('drop trigger no_more').run();
    expect(await tick(MINUTE)).toBe(1);
    expect(await escalated()).toBe(4);
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
  await act(json.incidents[0].id, 'acknowledge');
  await runUntilConfirmed(1, 6);
  expect((await sent()).slice(1)).toEqual(['first incident.acknowledged', 'unused incident.opened']);
  expect(await alertOf(`${json.incidents[0].id}_opened`)).toMatchObject({
    ...{ acknowledged_at: null, ended_at: null },
  });
  await runUntilConfirmed(1, 0);
  expect((await sent()).slice(3).toSorted()).toEqual(['first incident.resolved', 'unused incident.resolved']);
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
