// A drill rehearses the alert path of a monitor: marked in everything that is sent, and invisible to everyone else.
import { beforeEach, expect, test } from 'vitest';
import { endDrills } from '../../../src/services/drill/drill.ts';
import { asKey, emptyAccess, makeKey } from '../../support/d1/access.ts';
import { ask, bindings, clock, createMonitor, empty, post, RECEIVER } from '../../support/d1/http-mesh.ts';

const config = { db: bindings.DB } as never;

beforeEach(async () => {
  await empty();
  await emptyAccess();
  await bindings.DB.batch(
    ['alerts', 'incident_actions'].map((table) => bindings.DB.prepare(`delete from ${table}`)),
  );
  await post('/api/v1/channels', { ...RECEIVER, id: 'pager', name: 'Pager' });
  await post('/api/v1/channels', { ...RECEIVER, id: 'other', name: 'Other' });
  await createMonitor({ id: 'shop', name: 'Shop', channels: ['pager'], tags: { team: 'shop' } });
});

const start = async (body: object = {}) => (await post('/api/v1/drill', { monitor: 'shop', ...body })).json;

async function sent(): Promise<
  { id: string; event: string; channel: string; drill: boolean; title: string }[]
> {
  const { results } = await bindings.DB.prepare(
    `select n.id, n.event, d.channel_id channel, n.body from notifications n
      join deliveries d on d.notification_id = n.id order by n.at, n.rowid`,
  ).all<{ id: string; event: string; channel: string; body: string }>();
  return results.map(({ body, ...row }) => {
    const { drill, title } = JSON.parse(body);
    return { ...row, drill, title };
  });
}

test('a drill of a monitor that does not exist is refused, and so is one outside of a restriction', async () => {
  expect((await post('/api/v1/drill', { monitor: 'nil' })).status).toBe(404);
  const key = asKey(await makeKey('editor', ['team:pay']));
  expect((await key('/api/v1/drill', 'POST', { monitor: 'shop' })).status).toBe(404);
  const viewer = asKey(await makeKey('viewer', null));
  expect((await viewer('/api/v1/drill', 'POST', { monitor: 'shop' })).status).toBe(403);
  expect(await sent()).toEqual([]);
});

test('a drill notifies the channels of the monitor, and opens no incident', async () => {
  const drill = await start();
  expect(drill).toMatchObject({ monitor: 'shop', event: 'incident.opened', channels: ['pager'] });
  expect(await sent()).toMatchObject([
    { id: `${drill.id}_opened`, event: 'incident.opened', channel: 'pager', drill: true },
  ]);
  expect((await ask('/api/v1/incidents')).json.incidents).toEqual([]);
  expect((await ask('/api/v1/status', { token: null })).text).not.toContain(drill.id);
  expect((await ask(`/incidents/${drill.id}`, { token: null })).status).toBe(404);
  expect((await ask('/api/v1/monitors/shop')).json.incident ?? null).toBeNull();
});

test('a drill is a line of its own, so that it holds back no real incident', async () => {
  const { id } = await start({ event: 'incident.partial' });
  const subject = await bindings.DB.prepare('select subject from deliveries').first('subject');
  expect(subject).toBe(`drill/${id}`);
});

test('a drill that no person acknowledges ends by itself, once, with a resolved drill', async () => {
  const drill = await start();
  await endDrills(config, Date.parse(drill.endsAt) - 1);
  expect(await sent()).toHaveLength(1);
  await endDrills(config, Date.parse(drill.endsAt));
  await endDrills(config, Date.parse(drill.endsAt) + 60_000);
  expect((await sent()).map(({ event, channel, drill: marked }) => [event, channel, marked])).toEqual([
    ['incident.opened', 'pager', true],
    ['incident.resolved', 'pager', true],
  ]);
});

test('an acknowledgement is sent to everyone who was notified, stops the alert, and ends the drill a minute later', async () => {
  const drill = await start();
  const { now } = clock;
  expect((await post('/api/v1/incidents/drill_none/acknowledge', {})).status).toBe(404);
  expect((await post(`/api/v1/incidents/${drill.id}/acknowledge`, {})).status).toBe(200);
  expect((await post(`/api/v1/incidents/${drill.id}/acknowledge`, {})).status).toBe(200);
  await endDrills(config, now + 59_999);
  await endDrills(config, now + 60_000);
  expect((await sent()).map(({ event, channel }) => [event, channel])).toEqual([
    ['incident.opened', 'pager'],
    ['incident.acknowledged', 'pager'],
    ['incident.resolved', 'pager'],
  ]);
  const alert = await bindings.DB.prepare('select acknowledged_at, next_at, ended_at from alerts').first();
  expect(alert).toEqual({ acknowledged_at: now, next_at: null, ended_at: now + 60_000 });
  const body = await bindings.DB.prepare(`select body from notifications where id = ?`)
    .bind(`${drill.id}_resolved`)
    .first<string>('body');
  expect(JSON.parse(body!).data.incident).toMatchObject({ state: 'resolved', acknowledgedBy: 'bootstrap' });
});

test('the API acknowledges, snoozes and comments a drill as an incident, and does not list it', async () => {
  const { id } = await start();
  const act = (action: string, body: object = {}) => post(`/api/v1/incidents/${id}/${action}`, body);
  const snoozed = await act('snooze', { minutes: 5 });
  expect([snoozed.status, snoozed.json]).toMatchObject([
    200,
    { id, state: 'open', verdict: 'down', monitor: { id: 'shop', name: 'Shop' }, acknowledgedAt: null },
  ]);
  expect(snoozed.json.snoozedUntil).toBe(new Date(clock.now + 300_000).toISOString());
  expect((await act('unacknowledge')).json.snoozedUntil).toBeNull();
  expect((await act('comments', { text: 'Heard it.' })).json.actions).toHaveLength(3);
  expect((await act('acknowledge')).json.acknowledgedBy).toBe('bootstrap');
  expect((await sent()).map(({ drill, title }) => [drill, title.startsWith('[Drill] ')])).toEqual(
    Array.from({ length: 5 }, () => [true, true]),
  );
  expect((await ask('/api/v1/incidents')).json.incidents).toEqual([]);
  await endDrills(config, clock.now + 60_000);
  expect((await act('acknowledge')).status).toBe(409);
});

test('a responder who is restricted to other monitors cannot act on a drill, and one of the monitor can', async () => {
  const { id } = await start();
  const path = `/api/v1/incidents/${id}/acknowledge`;
  const other = asKey(await makeKey('responder', ['team:pay']));
  const refused = await other(path, 'POST', {});
  const unknown = await other('/api/v1/incidents/drill_none/acknowledge', 'POST', {});
  expect([refused.status, unknown.status]).toEqual([404, 404]);
  expect(refused.json.detail.replace(id, 'drill_none')).toBe(unknown.json.detail);
  const own = asKey(await makeKey('responder', ['team:shop']));
  expect((await own(path, 'POST', {})).status).toBe(200);
});
