// What people do with an incident over the API: it is acknowledged, snoozed, commented and given back, in one transaction
// with its entry in the audit log, the alert that stops, and the notification to everyone who was notified.
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { asKey, auditTrail, emptyAccess, makeKey } from '../../support/d1/access.ts';
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
let id = '';
let start = 0;

/** One incident, of which one of two channels was notified. Each test finds it as it was. */
beforeAll(async () => {
  await empty();
  await emptyAccess();
  await post('/api/v1/channels', RECEIVER);
  await post('/api/v1/channels', { ...RECEIVER, id: 'others', name: 'Others' });
  await createMonitor({ channels: ['on-call'], tags: { team: 'shop' } });
  await runUntilConfirmed(1, 6);
  id = (await ask('/api/v1/incidents')).json.incidents[0].id;
  start = clock.now;
});
beforeEach(async () => {
  await emptyAccess();
  clock.now = start;
  await DB.batch([
    DB.prepare('DELETE FROM alerts'),
    DB.prepare('DELETE FROM incident_actions'),
    DB.prepare("DELETE FROM deliveries WHERE notification_id NOT LIKE '%_opened'"),
    DB.prepare("DELETE FROM notifications WHERE event <> 'incident.opened'"),
    DB.prepare(
      "UPDATE incidents SET acknowledged_at = null, acknowledged_by = null, snoozed_until = null, state = 'open', resolved_at = null",
    ),
    DB.prepare(
      "INSERT INTO alerts (id, incident_id, monitor_id, opened_at, plan, next_at) VALUES (?, ?, 'shop', 1, '{}', 5)",
    ).bind(`${id}_opened`, id),
  ]);
});

const end = () =>
  DB.prepare("UPDATE incidents SET state = 'resolved', resolved_at = ?").bind(clock.now).run();
const act = (action: string, body: unknown = {}) => post(`/api/v1/incidents/${id}/${action}`, body);
const alert = () => DB.prepare('SELECT * FROM alerts').first<Record<string, unknown>>();
const queued = async (event: string): Promise<string[]> => {
  const { results } = await DB.prepare(
    `SELECT n.id || ' to ' || d.channel_id AS text FROM deliveries d JOIN notifications n ON n.id = d.notification_id
      WHERE n.event = ? ORDER BY 1`,
  )
    .bind(event)
    .all<{ text: string }>();
  return results.map(({ text }) => text);
};
const bodyOf = async (notification: string) =>
  JSON.parse(
    (await DB.prepare('SELECT body FROM notifications WHERE id = ?').bind(notification).first('body'))!,
  );

describe('acknowledging', () => {
  test('shows who took it and when, stops the alert, and notifies exactly the channels that were notified', async () => {
    const answer = await act('acknowledge', { text: 'On it.' });
    const at = new Date(clock.now).toISOString();
    expect([answer.status, answer.json]).toMatchObject([
      200,
      {
        ...{ id, state: 'open', acknowledgedAt: at, acknowledgedBy: 'bootstrap', snoozedUntil: null },
        actions: [{ action: 'acknowledged', at, by: 'bootstrap', via: 'api', text: 'On it.' }],
      },
    ]);
    expect(await alert()).toMatchObject({ acknowledged_at: clock.now, next_at: null, version: 2 });
    expect(await queued('incident.acknowledged')).toEqual([`${id}_acknowledged_1 to on-call`]);
    expect(await bodyOf(`${id}_acknowledged_1`)).toMatchObject({
      ...{ type: 'incident.acknowledged', severity: 'critical', drill: false },
      data: {
        incident: { id, state: 'open', acknowledgedAt: at, acknowledgedBy: 'bootstrap' },
        monitor: { id: 'shop' },
        action: { by: 'bootstrap', via: 'api', at, text: 'On it.', snoozedUntil: null },
      },
    });
    expect((await auditTrail()).at(-1)).toBe('incident.acknowledged by bootstrap');
  });

  test('twice changes nothing: the first person keeps it, and nothing is sent or logged again', async () => {
    await act('acknowledge');
    const entries = await auditTrail();
    clock.now += 60_000;
    const again = await asKey(await makeKey('responder'))(`/api/v1/incidents/${id}/acknowledge`, 'POST', {});
    expect([again.status, again.json.acknowledgedBy, again.json.actions.length]).toEqual([
      200,
      'bootstrap',
      1,
    ]);
    expect(await queued('incident.acknowledged')).toHaveLength(1);
    expect((await auditTrail()).slice(entries.length)).toEqual(['api_key.created by bootstrap']);
  });

  test('of five people at once is one acknowledgement', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => act('acknowledge')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await queued('incident.acknowledged')).toHaveLength(1);
    expect((await ask(`/api/v1/incidents/${id}`)).json.actions).toHaveLength(1);
  });

  test('an incident that has ended is a conflict, and nothing is written', async () => {
    await end();
    const answer = await act('acknowledge');
    expect([answer.status, answer.json.detail]).toEqual([409, expect.stringContaining('is over')]);
    expect((await act('snooze', { minutes: 5 })).status).toBe(409);
    expect(await queued('incident.acknowledged')).toEqual([]);
  });

  test('an incident that a tick ends between the read and the write is a conflict, and nothing is written', async () => {
    let ended = false;
    const racing = new Proxy(DB, {
      get(target, name) {
        if (name !== 'batch') return Reflect.get(target, name).bind(target);
        return async (statements: D1PreparedStatement[]) => {
          // The read has four statements, the write more.
          if (statements.length > 5 && !ended) {
            ended = true;
            await end();
          }
          return target.batch(statements);
        };
      },
    });
    const path = `/api/v1/incidents/${id}/acknowledge`;
    const answer = await ask(path, { method: 'POST', body: {}, env: { DB: racing } });
    expect([ended, answer.status]).toEqual([true, 409]);
    expect((await ask(`/api/v1/incidents/${id}`)).json).toMatchObject({ acknowledgedBy: null, actions: [] });
    expect(await queued('incident.acknowledged')).toEqual([]);
    // Only the first use of the bootstrap key.
    expect(await auditTrail()).toEqual(['api_key.created by probemesh']);
    expect((await alert())?.next_at).toBe(5);
  });

  test('a queue that fails loses no acknowledgement and no notification', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const failing = { send: async () => Promise.reject(new Error('queue down')) } as unknown as Queue;
    const answer = await ask(`/api/v1/incidents/${id}/acknowledge`, {
      ...{ method: 'POST', body: {}, env: { DELIVERIES: failing } },
    });
    expect([answer.status, answer.json.acknowledgedBy]).toEqual([200, 'bootstrap']);
    expect(JSON.stringify(error.mock.calls)).toContain('delivery.enqueue_failed');
    expect(await queued('incident.acknowledged')).toHaveLength(1);
    vi.restoreAllMocks();
  });
});

describe('snoozing', () => {
  test('pauses the alert until then, and replaces an acknowledgement', async () => {
    await act('acknowledge');
    const until = clock.now + 30 * 60_000;
    const answer = await act('snooze', { minutes: 30 });
    expect(answer.json).toMatchObject({ acknowledgedAt: null, snoozedUntil: new Date(until).toISOString() });
    expect(await alert()).toMatchObject({ acknowledged_at: null, snoozed_until: until, next_at: until });
    expect(await queued('incident.acknowledged')).toHaveLength(2);
    const { action, incident } = (await bodyOf(`${id}_acknowledged_2`)).data;
    expect([action.snoozedUntil, incident.acknowledgedAt]).toEqual([new Date(until).toISOString(), null]);
  });
});

describe('giving it back', () => {
  test('makes reminders and escalation due again, and everyone who was notified learns of it', async () => {
    await act('acknowledge');
    const answer = await act('unacknowledge');
    expect(answer.json).toMatchObject({ acknowledgedAt: null, acknowledgedBy: null, snoozedUntil: null });
    expect(await alert()).toMatchObject({ acknowledged_at: null, next_at: clock.now });
    expect(await queued('incident.commented')).toHaveLength(1);
    expect((await act('unacknowledge')).json.actions).toHaveLength(2);
    expect((await auditTrail()).at(-1)).toBe('incident.unacknowledged by bootstrap');
  });
});

describe('commenting', () => {
  test('is possible after the end, in order, and the public page does not show it', async () => {
    await act('comments', { text: 'First\nsecond line' });
    await end();
    clock.now += 1_000;
    const answer = await act('comments', { text: 'It was the certificate.' });
    expect(answer.json.actions.map(({ text }: { text: string }) => text)).toEqual([
      'First\nsecond line',
      'It was the certificate.',
    ]);
    expect(await queued('incident.commented')).toHaveLength(2);
    const page = await ask(`/incidents/${id}`, { token: null });
    expect([page.status, page.text.includes('certificate')]).toEqual([200, false]);
  });
});

describe('who may', () => {
  test('a viewer may not, and a responder whose tags include the monitor may', async () => {
    const request = (key: { key: string }) => asKey(key)(`/api/v1/incidents/${id}/acknowledge`, 'POST', {});
    expect((await request(await makeKey('viewer'))).status).toBe(403);
    expect((await request(await makeKey('responder', ['team:pay']))).status).toBe(404);
    expect((await request(await makeKey('responder', ['team:shop']))).status).toBe(200);
  });
});

test('the public page and the public status show when it was acknowledged, and never by whom', async () => {
  const key = await makeKey('responder');
  await patch(`/api/v1/api-keys/${key.id}`, { name: 'Ada Lovelace' });
  await asKey(key)(`/api/v1/incidents/${id}/acknowledge`, 'POST', {});
  const at = new Date(clock.now).toISOString();
  const page = await ask(`/incidents/${id}`, { token: null });
  expect(page.text).toMatch(new RegExp(`Acknowledged</h3>\\s*<p class="note">\\s*<time datetime="${at}"`));
  const status = await ask('/api/v1/status', { token: null });
  expect(status.json.incidents[0]).toMatchObject({ id, acknowledgedAt: at });
  expect(page.text + status.text).not.toContain('Lovelace');
});

test('a request with a wrong field is refused with what is wrong, and nothing is written', async () => {
  const bodies: [string, object][] = [
    ...[{}, { minutes: 0 }, { minutes: 10_081 }, { minutes: 1.5 }, { minutes: 5, until: 'x' }].map(
      (body): [string, object] => ['snooze', body],
    ),
    ...[{}, { text: ' ' }, { text: 'x'.repeat(2_001) }, { text: 'a\u0007b' }].map(
      (body): [string, object] => ['comments', body],
    ),
    ['acknowledge', { by: 'Eve' }],
  ];
  for (const [action, body] of bodies)
    expect([action, body, (await act(action, body)).status]).toEqual([action, body, 422]);
  expect((await ask(`/api/v1/incidents/${id}`)).json.actions).toEqual([]);
});
